import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEvent } from '../../src/core/events.ts'
import { queueIds, tenantIds } from './arbitraries/alphabet.ts'
import { oracleConfig } from './arbitraries/configs.ts'
import { asOfAmong, batches, history, rearranged } from './arbitraries.ts'
import { defaultOracleConfig, defaultOraclePolicy, type OracleConfig } from './oracle/config.ts'
import { createOracle } from './oracle.ts'

const hourMs = 3_600_000
const office = {
  zone: 'Europe/Copenhagen',
  week: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '08:00', to: '18:00' }],
} as const

/** Everything configured at once. */
const busyConfig: OracleConfig = {
  ...defaultOracleConfig,
  calendar: office,
  serviceLevel: { ...defaultOraclePolicy, shortAbandonMs: 5000, target: 0.8 },
  targets: {
    firstResponse: [{ withinMs: hourMs }, { priority: 'high', withinMs: 60_000 }],
    nextReply: [{ withinMs: 120_000, calendar: office }],
    resolution: [{ withinMs: 4 * hourMs }],
    atRiskMs: hourMs / 2,
  },
}
const windows = ['now', 'total', '15m', '24h', 'interval-15m', 'today', 'week']

test('every event is one that the contract accepts, decoded', () => {
  fc.assert(
    fc.property(history, (events) => {
      for (const event of events) expect(parseEvent(event)).toEqual({ ok: true, event })
    }),
    { numRuns: 300 },
  )
})

test('batches put together are the list', () => {
  const cut = fc
    .array(fc.nat(), { maxLength: 20 })
    .chain((items) => fc.tuple(fc.constant(items), batches(items)))
  fc.assert(
    fc.property(cut, ([items, parts]) => {
      expect(parts.flat()).toEqual(items)
    }),
  )
})

test('the oracle says the same of every arrangement of the same events', () => {
  const arranged = history.chain((events) =>
    fc.tuple(fc.constant(events), rearranged(events), asOfAmong(events)),
  )
  fc.assert(
    fc.property(
      arranged,
      fc.constantFrom(...windows),
      oracleConfig,
      ([events, again, asOfMs], window, config) => {
        for (const tenantId of tenantIds) {
          const request = { tenantId, scope: {}, window, asOfMs }
          const told = createOracle(events, config).snapshot(request)
          expect(createOracle(again, config).snapshot(request)).toEqual(told)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('what was offered is accounted for in every queue, and what is open is what flowed in less what flowed out', () => {
  const dated = history.chain((events) => fc.tuple(fc.constant(events), asOfAmong(events)))
  fc.assert(
    fc.property(dated, oracleConfig, ([events, asOfMs], config) => {
      const oracle = createOracle(events, config)
      for (const tenantId of tenantIds) {
        for (const queueId of queueIds) {
          const { metrics } = oracle.snapshot({ tenantId, scope: { queueId }, window: 'total', asOfMs })
          expect(metrics.reconciliationResidual?.value).toBe(0)
          expect(metrics.serviceLevel?.n).toBeLessThanOrEqual(metrics.callsOffered?.value ?? 0)
        }
        const { metrics } = oracle.snapshot({ tenantId, scope: {}, window: 'total', asOfMs })
        // A ticket nobody spoke of for so long is open no more, though nothing flowed out.
        const isAllKept = events.every((event) => asOfMs < event.occurredAt + config.openSubjectExpiryMs)
        if (isAllKept) expect(metrics.netFlow?.value).toBe(metrics.openTickets?.value)
        expect(metrics.unansweredNow?.n).toBeLessThanOrEqual(metrics.openTickets?.n ?? 0)
      }
    }),
    { numRuns: 300 },
  )
})

test('every metric has a value in some history, and differs from zero in some', () => {
  const seen = new Set<string>()
  const all = new Set<string>()
  const dated = history.chain((events) => fc.tuple(fc.constant(events), asOfAmong(events)))
  for (const [events, asOfMs] of fc.sample(dated, { numRuns: 2_000, seed: 1 })) {
    const oracle = createOracle(events, busyConfig)
    for (const scope of [{}, { channel: 'email' }, { category: 'fault' }]) {
      const { metrics } = oracle.snapshot({ tenantId: 'acme', scope, window: 'total', asOfMs })
      for (const [id, { value }] of Object.entries(metrics)) {
        all.add(id)
        if (value !== null && value !== 0) seen.add(id)
      }
    }
  }
  expect([...all].filter((id) => !seen.has(id))).toEqual(['reconciliationResidual'])
})
