import fc from 'fast-check'
import type { EventType } from '../../../src/core/events.ts'

/** An event less its id, its instant and its tenant. */
export type Body = { readonly type: EventType; readonly [field: string]: unknown }

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const tenantIds = ['acme', 'globex'] as const
export const queueIds = ['billing', 'sales'] as const
export const agentIds = ['anna', 'ben', 'cleo'] as const
export const priorities = ['high', 'low'] as const
export const categories = ['invoice', 'fault'] as const
export const channels = ['voice', 'email', 'chat'] as const

/** Small alphabets, so that ids, instants and dimensions collide. */
export const queueId = fc.constantFrom(...queueIds)
export const agentId = fc.constantFrom(...agentIds)
export const legId = fc.constantFrom('leg-1', 'leg-2')
export const visitId = fc.constantFrom('visit-1', 'visit-2')

/** A field that is there less often than not. */
export const sometimes = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 })

/** Dimensions as events carry them: most of the time none. */
export const dimensions = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        queueId,
        channel: fc.constantFrom(...channels),
        teamId: fc.constantFrom('front', 'back'),
        priority: fc.constantFrom(...priorities),
        category: fc.constantFrom(...categories),
        customerId: fc.constantFrom('carl', 'dora'),
        attributes: fc.dictionary(fc.constantFrom('region', 'brand'), fc.constantFrom('north', 'south'), {
          maxKeys: 2,
        }),
      },
      { requiredKeys: [] },
    ),
  },
)

/** Before, on and after days on which clocks change in Copenhagen, and off every slice boundary. */
export const startAt = fc
  .tuple(
    fc.constantFrom(
      '2026-03-02T10:00:00Z',
      '2026-03-28T22:50:00Z',
      '2026-10-24T23:40:00Z',
      '2026-12-31T22:59:58Z',
    ),
    fc.integer({ min: 0, max: 30_000 }),
  )
  .map(([from, offsetMs]) => Date.parse(from) + offsetMs)

/** Time from one event to the next: none, thresholds and a millisecond beside them, minutes, days. */
export const stepMs = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constantFrom(1, 4999, 5000, 5001, 19_999, 20_000, 20_001, 30 * second, minute) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 * minute }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 5 * hour }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(4 * hour - 1, 4 * hour, 10 * minute, hour, day, 48 * hour, 48 * hour + 1),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 10 * day }) },
)

/** The same over weeks, so that ended subjects expire and their ids come again: half the expiry, all of it, and past it. */
export const slowStepMs = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0, 1, minute) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 * day }) },
  { weight: 1, arbitrary: fc.constantFrom(48 * hour, 20 * day, 40 * day, 40 * day + 1) },
)

/** The same over days, so that limits of business days and hours run out. */
export const dayStepMs = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1, minute, day) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 * day }) },
)

/** Drops the fields that are undefined. */
export const compact = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
