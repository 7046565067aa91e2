import type { Event } from '../src/core/events.ts'
import { goalOf } from './goals.ts'
import { type Result, summarise } from './results.ts'
import { openShard } from './shard.ts'

/** One ticket with 2,000 events in batches of 100, filed, placed and packed as for a commit, in the engine. */

const events = 2_000
const batchEvents = 100
const batches = events / batchEvents
const runs = 7
const minuteMs = 60_000
const startMs = Date.UTC(2026, 0, 5, 9)

export const measureLongSubject = async (): Promise<readonly Result[]> => {
  const ratios: number[] = []
  for (let run = 0; run <= runs; run++) {
    const times = timeBatches(`ticket-${run}`)
    const tenth = batches / 10
    const first = sum(times.slice(0, tenth)) / (tenth * batchEvents)
    const last = sum(times.slice(-tenth)) / (tenth * batchEvents)
    console.log(
      `  ${run === 0 ? 'warm-up' : `run ${run}`}: ${(first * 1_000).toFixed(1)} µs an event, at last ${(last * 1_000).toFixed(1)}`,
    )
    if (run > 0) ratios.push(last / first)
  }
  return [summarise(goalOf('long-subject'), ratios)]
}

/** The ms that each batch took. */
const timeBatches = (ticketId: string): readonly number[] => {
  const shard = openShard()
  const times: number[] = []
  for (let batch = 0; batch < batches; batch++) {
    const messages = Array.from({ length: batchEvents }, (_, at) =>
      eventOf(ticketId, batch * batchEvents + at),
    )
    const before = process.cpuUsage()
    for (const message of messages) shard.fileEvent(message)
    const lastMs = (messages.at(-1) as Event).occurredAt
    shard.advance(lastMs + 1, shard.takeDue(lastMs + 1, Number.POSITIVE_INFINITY).keys)
    shard.takeDelta()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1_000)
  }
  return times
}

/** Customer and agent take turns. */
const eventOf = (ticketId: string, number: number): Event => {
  const common = {
    tenantId: 'default',
    ticketId,
    eventId: `${ticketId}-${number}`,
    occurredAt: startMs + number * minuteMs,
  }
  if (number === 0) return { ...common, type: 'ticket.created', channel: 'email', teamId: 'team-1' } as Event
  const author = number % 2 === 0 ? 'customer' : 'agent'
  const sender = author === 'agent' ? { agentId: `agent-${number % 7}` } : {}
  return {
    ...common,
    ...sender,
    type: 'message.sent',
    messageId: `m${number}`,
    author,
    public: true,
  } as Event
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
