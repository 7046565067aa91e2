import { expect, test } from 'vitest'
import { fingerprintOf } from '../src/config-fingerprint.ts'
import { configSchema } from '../src/config-schema.ts'

const of = (config: object) => fingerprintOf(configSchema.parse(config))

test.each([
  { serviceLevel: { default: { thresholdMs: 30_000 } } },
  { serviceLevel: { per: [{ queueId: 'billing', thresholdMs: 60_000 }] } },
  { time: { visitExpiryMs: 1 } },
  { time: { wrapExpected: true } },
  { targets: { firstResponse: [{ withinMs: 60_000 }] } },
  { surveys: { positiveFrom: [1, 2] } },
  { complaints: { from: 'escalation' } },
  { fcr: { windowMs: 1 } },
])('%j decides numbers', (config) => {
  expect(of(config)).not.toBe(of({}))
})

test.each([
  { labels: { queueId: { billing: 'Billing' } } },
  { scopes: [[]] },
  { publish: [{ scopes: [[]], windows: ['now'] }] },
  { kafka: { groupId: 'other' } },
  { kafka: { snapshotFormat: 'avro' } },
  { serviceLevel: { default: { target: 0.9 } } },
  { limits: { batchRecordsMax: 7 } },
])('%j decides none', (config) => {
  expect(of(config)).toBe(of({}))
})

test('the order of a file decides nothing', () => {
  const chat = { thresholdMs: 60_000 }
  const short = { thresholdMs: 10_000 }
  expect(of({ serviceLevel: { policies: { chat, short } } })).toBe(
    of({ serviceLevel: { policies: { short, chat } } }),
  )
})
