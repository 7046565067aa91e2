import fc from 'fast-check'
import {
  defaultOracleConfig,
  defaultOraclePolicy,
  type OfficeHours,
  type OracleConfig,
  type OraclePolicy,
  type Target,
} from '../oracle/config.ts'
import { compact } from './alphabet.ts'

const hourMs = 3_600_000
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const

const calendars: readonly OfficeHours[] = [
  { zone: 'UTC', week: [{ days: weekdays, from: '08:00', to: '18:00' }] },
  {
    zone: 'Europe/Copenhagen',
    week: [
      { days: [...weekdays, 'sat'], from: '09:00', to: '12:00' },
      { days: weekdays, from: '12:30', to: '24:00' },
      { days: ['sun'], from: '02:00', to: '03:00' },
    ],
    holidays: ['2026-03-30', '2027-01-01'],
    versions: [{ from: '2026-10-26', week: [{ days: weekdays, from: '00:00', to: '24:00' }] }],
  },
  {
    zone: 'UTC',
    week: [{ days: weekdays, from: '08:00', to: '18:00' }],
    versions: [{ from: '2026-03-04', week: [] }],
  },
]
const calendar = fc.option(fc.constantFrom(...calendars), { nil: undefined })

const verdict = fc.constantFrom('miss', 'hit', 'ignore')

/** Any policy that is not refused: a short abandon is never longer than the threshold. */
export const policyOf = (id: string): fc.Arbitrary<OraclePolicy> =>
  fc
    .record({
      thresholdMs: fc.constantFrom(5000, 20_000, 60_000),
      boundary: fc.constantFrom('inclusive', 'exclusive'),
      clock: fc.constantFrom('visit', 'visit', 'call'),
      abandoned: verdict,
      diverted: verdict,
      stillWaiting: fc.constantFrom('miss', 'ignore'),
      shortAbandonMs: fc.constantFrom(undefined, 0, 5000),
      target: fc.constantFrom(undefined, 0.8),
      per: fc.constantFrom([], [{ queueId: 'billing', thresholdMs: 30_000, target: 0.5 }]),
    })
    .map((policy) => ({ ...defaultOraclePolicy, ...compact(policy), id }))

const targetRows: fc.Arbitrary<readonly Target[]> = fc
  .array(
    fc
      .record({
        priority: fc.constantFrom(undefined, 'high'),
        channel: fc.constantFrom(undefined, undefined, 'email'),
        withinMs: fc.constantFrom(60_000, hourMs, 4 * hourMs),
        calendar,
      })
      .map((row) => ({ withinMs: row.withinMs, ...compact(row) })),
    { maxLength: 3 },
  )
  .map((rows) => rows.filter((row, at) => rows.findIndex((other) => isSameMatch(row, other)) === at))

const isSameMatch = (a: Target, b: Target): boolean => a.priority === b.priority && a.channel === b.channel

/** Any configuration of what decides the numbers. */
export const oracleConfig: fc.Arbitrary<OracleConfig> = fc
  .record({
    serviceLevel: policyOf(defaultOraclePolicy.id),
    policies: fc.oneof(fc.constant([]), fc.tuple(policyOf('other'))),
    targets: fc.record({
      firstResponse: targetRows,
      nextReply: targetRows,
      resolution: targetRows,
      atRiskMs: fc.constantFrom(30_000, hourMs),
    }),
    calendar,
    zone: fc.constantFrom('UTC', 'Europe/Copenhagen', 'Asia/Kathmandu'),
    wrapExpected: fc.boolean(),
    wrapExpiryMs: fc.constantFrom(20_000, 600_000),
    complaintsFrom: fc.constantFrom('creation', 'escalation'),
  })
  .map((config) => {
    const { calendar: hours, ...rest } = config
    return { ...defaultOracleConfig, ...rest, ...(hours === undefined ? {} : { calendar: hours }) }
  })
