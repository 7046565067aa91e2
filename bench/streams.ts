import { type Event, kafkaKeyOf, topicOfType } from '../src/core/events.ts'
import type { Topic } from '../src/core/topics.ts'
import { createSimulation } from '../src/simulate/simulation.ts'

/** A record as it will lie in the log; `atMs` is its event's time and the record's own. */
export type BenchRecord<Payload = string> = {
  readonly topic: Topic
  readonly key: Payload
  readonly value: Payload
  readonly atMs: number
}

export type StreamSpec = {
  /** Mean of a simulated week, in events a second. */
  readonly eventsPerSecond: number
  /** Records of the topics that are read. */
  readonly records: number
  readonly seed?: number
  /** Changes an event on its way, such as its keys. */
  readonly alter?: (event: Event) => Event
}

const counted: ReadonlySet<Topic> = new Set(['call-queue', 'ticket', 'message', 'survey'])
const startAtMs = Date.UTC(2026, 0, 5, 9)
const minuteMs = 60_000

/** A simulated contact centre's events, moved in time so that the last of them lies just before `endAtMs`. */
export const makeStream = (spec: StreamSpec, endAtMs: number): readonly BenchRecord[] => {
  const events = simulateEvents(spec)
  const lastMs = events.reduce((latest, { occurredAt }) => Math.max(latest, occurredAt), 0)
  const shiftMs = Math.floor((endAtMs - lastMs) / minuteMs) * minuteMs
  return events.map((event) => toRecord({ ...event, occurredAt: event.occurredAt + shiftMs }))
}

const simulateEvents = ({ eventsPerSecond, records, seed = 1, alter }: StreamSpec): readonly Event[] => {
  const events: Event[] = []
  const simulation = createSimulation({ seed, profile: 'default', eventsPerSecond, startAtMs })
  for (const items of simulation.batches())
    for (const item of items) {
      if (!('event' in item) || !counted.has(topicOfType(item.event.type) ?? 'agent')) continue
      events.push(alter ? alter(item.event) : item.event)
      if (events.length === records) return events
    }
  return events
}

export const toRecord = (event: Event): BenchRecord => ({
  topic: topicOfType(event.type) as Topic,
  key: kafkaKeyOf(event),
  value: JSON.stringify({ ...event, occurredAt: new Date(event.occurredAt).toISOString() }),
  atMs: event.occurredAt,
})
