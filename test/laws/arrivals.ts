import fc from 'fast-check'
import { type Event, subjectKey } from '../../src/core/events.ts'
import type { Driver } from '../support/driver.ts'

/** One stretch of an arrival: these events, then as-of moves to `toMs`, then perhaps something happens to memory. */
export type Step = {
  readonly events: readonly Event[]
  readonly toMs: number
  readonly mishap: 'none' | 'evict' | 'crash'
}

export type Arrival = {
  readonly steps: readonly Step[]
  /** Where as-of stands at last. */
  readonly asOfMs: number
  readonly shardCount: number
}

export const farAheadMs = 50 * 86_400_000
const laterMs = [0, 1, 5_000, 20_001, 60_000, 900_000, 3_590_000, 14_400_001, 86_400_000]

/**
 * The events in any order, some of them again, cut into batches; between them as-of moves on, now and then so far
 * that all that comes after is late.
 */
export const arrivalOf = (events: readonly Event[]): fc.Arbitrary<Arrival> =>
  fc
    .record({
      events: arrangementOf(events),
      cuts: fc.array(fc.nat({ max: events.length * 2 }), { maxLength: 4 }),
      instants: fc.array(instantAmong(events), { minLength: 6, maxLength: 6 }),
      isFarAhead: fc.nat({ max: 4 }).map((roll) => roll === 0),
      mishaps: fc.array(fc.constantFrom('none', 'none', 'evict', 'crash'), { minLength: 6, maxLength: 6 }),
      shardCount: fc.constantFrom(1, 1, 3),
    })
    .map(({ events: arranged, cuts, instants, isFarAhead, mishaps, shardCount }) => {
      const moments = instants.toSorted((a, b) => a - b)
      const batches = cutAt(
        arranged,
        cuts.map((cut) => Math.min(cut, arranged.length)),
      )
      const steps = batches.map(
        (batch, index): Step => ({
          events: batch,
          toMs: moments[index] ?? 0,
          mishap: (mishaps[index] ?? 'none') as Step['mishap'],
        }),
      )
      const last = Math.max(...events.map(({ occurredAt }) => occurredAt))
      return { steps, asOfMs: isFarAhead ? last + farAheadMs : (moments.at(-1) ?? last), shardCount }
    })

/** Mostly nearly in order, as logs are, else shuffled; some events come twice. */
const arrangementOf = (events: readonly Event[]): fc.Arbitrary<readonly Event[]> => {
  const again = fc.subarray([...events], { maxLength: Math.min(5, events.length) })
  const nearlyInOrder = fc
    .tuple(
      again,
      fc.array(fc.constantFrom(0, 0, 0, 1_000, 30_000, 7_200_000), { minLength: 7, maxLength: 7 }),
    )
    .map(([repeated, delays]) =>
      [...events, ...repeated]
        .map((event, index) => ({ event, atMs: event.occurredAt + (delays[index % 7] ?? 0) }))
        .sort((a, b) => a.atMs - b.atMs)
        .map(({ event }) => event),
    )
  const shuffled = again.chain((repeated) =>
    fc.shuffledSubarray([...events, ...repeated], { minLength: events.length + repeated.length }),
  )
  return fc.oneof({ weight: 2, arbitrary: nearlyInOrder }, { weight: 1, arbitrary: shuffled })
}

const instantAmong = (events: readonly Event[]): fc.Arbitrary<number> =>
  fc
    .tuple(fc.constantFrom(...events.map(({ occurredAt }) => occurredAt)), fc.constantFrom(...laterMs))
    .map(([atMs, later]) => atMs + later)

const cutAt = (events: readonly Event[], cuts: readonly number[]): readonly (readonly Event[])[] => {
  const bounds = [0, ...cuts.toSorted((a, b) => a - b), events.length]
  return bounds.slice(1).map((to, index) => events.slice(bounds[index], to))
}

/** Plays an arrival into an engine, mishaps and all, up to its as-of. */
export const playArrival = (driver: Driver, { steps, asOfMs }: Arrival): void => {
  for (const { events, toMs, mishap } of steps) {
    driver.feed(events)
    if (mishap === 'crash') driver.crash()
    driver.advanceTo(toMs)
    if (mishap === 'evict') driver.evict(1)
  }
  driver.advanceTo(asOfMs)
}

export const latenessMs = 86_400_000

/**
 * As a log is read: events up to a day late, those older than that refused, as-of never past the greatest event time
 * read, so that what is forgotten cannot come back.
 */
export const timelyArrivalOf = (events: readonly Event[]): fc.Arbitrary<Arrival> =>
  fc
    .record({
      delays: fc.array(fc.constantFrom(0, 0, 5_000, 7_200_000, latenessMs - 1, 3 * latenessMs), {
        minLength: 7,
        maxLength: 7,
      }),
      lags: fc.array(fc.constantFrom(0, 0, 5_000, 3_600_000), { minLength: 5, maxLength: 5 }),
      batchSize: fc.integer({ min: 1, max: 12 }),
      mishaps: fc.array(fc.constantFrom('none', 'none', 'evict', 'crash'), { minLength: 5, maxLength: 5 }),
      isFarAhead: fc.boolean(),
    })
    .map(({ delays, lags, batchSize, mishaps, isFarAhead }) => {
      const arrived = acceptInOrder(delayAll(withoutLateNamesakes(events), delays))
      const steps: Step[] = []
      let greatestMs = Number.NEGATIVE_INFINITY
      for (let from = 0; from < arrived.length; from += batchSize) {
        const batch = arrived.slice(from, from + batchSize)
        for (const { occurredAt } of batch) greatestMs = Math.max(greatestMs, occurredAt)
        const index = steps.length
        const toMs = Math.max(greatestMs - (lags[index % 5] ?? 0), steps.at(-1)?.toMs ?? 0)
        steps.push({ events: batch, toMs, mishap: (mishaps[index % 5] ?? 'none') as Step['mishap'] })
      }
      // Nothing may be left of a history of namesakes alone.
      const lastMs = arrived.length === 0 ? 0 : greatestMs
      return { steps, asOfMs: lastMs + (isFarAhead ? farAheadMs : 0), shardCount: 1 }
    })

const delayAll = (events: readonly Event[], delays: readonly number[]): readonly Event[] =>
  events
    .map((event, index) => ({ event, atMs: event.occurredAt + (delays[index % delays.length] ?? 0) }))
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ event }) => event)

const acceptInOrder = (events: readonly Event[]): readonly Event[] => {
  let greatestMs = Number.NEGATIVE_INFINITY
  return events.filter(({ occurredAt }) => {
    const isTooOld = occurredAt < greatestMs - latenessMs
    greatestMs = Math.max(greatestMs, occurredAt)
    return !isTooOld
  })
}

/** An id used again when its first bearer may be forgotten cannot be told from a new one. */
const withoutLateNamesakes = (events: readonly Event[]): readonly Event[] => {
  const bornMs = new Map<string, number>()
  const nameOf = (event: Event, eventId: string) => `${subjectKey(event)}|${eventId}`
  for (const event of events) {
    const name = nameOf(event, event.eventId)
    bornMs.set(name, Math.min(bornMs.get(name) ?? event.occurredAt, event.occurredAt))
  }
  return events.filter(
    (event) => event.occurredAt - (bornMs.get(nameOf(event, event.eventId)) ?? 0) <= latenessMs,
  )
}
