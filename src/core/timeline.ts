import { compareCanonical, compareEvents, type Event, encodeCanonical } from './events.ts'
import { firstPlace } from './first-place.ts'

/** A subject's events, each once, sorted by (occurredAt, lifecycle rank, eventId). Mutable: owned by the shard. */
export type Timeline = Event[]

export type Insertion =
  | 'applied'
  | 'duplicate'
  /** Another payload stands under this eventId, and goes on standing. */
  | 'conflicting-kept'
  /** Another payload stood under this eventId; this one, being the smaller, has replaced it. */
  | 'conflicting-replaced'
  | 'subject-too-long'

/** What becomes of an event that another one under its id, or the subject's length, stood against. */
export const refusalDetails = {
  'conflicting-kept':
    'does not count, because another payload under its eventId does; give each event an eventId of its own',
  'conflicting-replaced':
    'counts, and the payload that came before it under its eventId no longer does; give each event an eventId of its own',
  'subject-too-long': 'the subject holds as many events as it may; raise limits.eventsPerSubjectMax',
} as const satisfies Partial<Record<Insertion, string>>

/** Puts an event in. Idempotent; the order of arrival does not matter. */
export const insertEvent = (timeline: Timeline, event: Event, eventsMax: number): Insertion => {
  const known = timeline.findIndex((candidate) => candidate.eventId === event.eventId)
  if (known >= 0) return insertAgain(timeline, known, event)
  if (timeline.length >= eventsMax) return 'subject-too-long'
  insertSorted(timeline, event)
  return 'applied'
}

const insertAgain = (timeline: Timeline, index: number, event: Event): Insertion => {
  const standing = timeline[index]
  if (!standing) throw new Error('the timeline lost an event')
  const order = compareCanonical(encodeCanonical(event), encodeCanonical(standing))
  if (order === 0) return 'duplicate'
  if (order > 0) return 'conflicting-kept'
  timeline.splice(index, 1)
  insertSorted(timeline, event)
  return 'conflicting-replaced'
}

const insertSorted = (timeline: Timeline, event: Event): void => {
  const last = timeline.at(-1)
  // As nearly always: `splice` makes a list of what it takes out.
  if (!last || compareEvents(last, event) < 0) {
    timeline.push(event)
    return
  }
  const place = firstPlace(timeline.length, (at) => compareEvents(timeline[at] as Event, event) >= 0)
  timeline.splice(place, 0, event)
}

/** What counts: the events less those taken back, and less the retractions themselves. */
export const standingEvents = (timeline: readonly Event[]): readonly Event[] => {
  if (!timeline.some((event) => event.type === 'event.retracted')) return timeline
  const retracted = new Set<string>()
  for (const event of timeline) if (event.type === 'event.retracted') retracted.add(event.retracts)
  return timeline.filter((event) => event.type !== 'event.retracted' && !retracted.has(event.eventId))
}
