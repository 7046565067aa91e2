import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { defaultOracleConfig, defaultOraclePolicy, presetPolicy } from './oracle/config.ts'
import { createOracle, type Oracle } from './oracle.ts'

/** Real events, kept beside the checkout and never in it. */
const dataFolder = new URL('../../../shared/data/', import.meta.url)

const readText = (name: string): string => {
  const bytes = readFileSync(new URL(name, dataFolder))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

const readEvents = (name: string): readonly Event[] =>
  readText(name)
    .trim()
    .split('\n')
    .map((line) => {
      const fields = JSON.parse(line) as Readonly<Record<string, unknown>>
      const filled = fields.type === 'call.queued' ? { direction: 'inbound', ...fields } : fields
      const created = fields.type === 'ticket.created' ? { openedBy: 'customer', ...filled } : filled
      return { ...created, occurredAt: Date.parse(String(fields.occurredAt)) } as unknown as Event
    })

type Row = Readonly<Record<string, string>>
const readRows = (name: string): readonly Row[] => {
  const [head = '', ...lines] = readText(name).trim().split('\n')
  const names = head.split(',')
  return lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, index) => [names[index] ?? '', cell])),
  )
}

const farAhead = Date.parse('2030-01-01T00:00:00Z')
const tenantId = 'default'

describe('bank-02', () => {
  let oracle: Oracle
  beforeAll(() => {
    const thresholds = [30_000, 60_000].map((thresholdMs) => ({
      ...defaultOraclePolicy,
      id: String(thresholdMs),
      thresholdMs,
    }))
    const presets = (
      ['answered-only', 'without-short-abandons', 'abandons-as-hits', 'removed-from-queue'] as const
    ).map((preset) => presetPolicy(preset))
    const policies = [...thresholds, ...presets]
    oracle = createOracle(readEvents('bank-02.ndjson.gz'), { ...defaultOracleConfig, policies })
  }, 60_000)
  const counts = ['callsOffered', 'callsAnswered', 'callsAbandoned', 'abandonRate', 'reconciliationResidual']
  const times = ['averageSpeedOfAnswer', 'abandonTime', 'averageHandleTime']
  const policies = ['serviceLevel', 'serviceLevel.30000', 'serviceLevel.60000']
  const total = (scope = {}, metrics = [...counts, ...times, ...policies]) =>
    oracle.snapshot({ tenantId, scope, window: 'total', asOfMs: farAhead, metrics }).metrics

  test('the whole tenant', () => {
    const metrics = total()
    expect(metrics.callsOffered?.value).toBe(31_125)
    expect(metrics.callsAnswered?.value).toBe(27_162)
    expect(metrics.callsAbandoned?.value).toBe(3963)
    expect(metrics.averageSpeedOfAnswer).toMatchObject({ numerator: 1_107_512_000, n: 27_162 })
    expect(metrics.averageSpeedOfAnswer).toMatchObject({
      p50: 6000,
      p90: 131_000,
      p95: 189_000,
      p99: 310_000,
    })
    expect(metrics.abandonTime?.value).toBeCloseTo(65_529.902, 3)
    expect(metrics.averageHandleTime?.numerator).toBe(4_790_100_000)
    expect(metrics.abandonRate?.value).toBeCloseTo(0.1273253, 8)
    expect(metrics.serviceLevel).toMatchObject({ numerator: 16_209, denominator: 31_125 })
    expect(metrics.reconciliationResidual?.value).toBe(0)
  })

  test.each([
    ['answered-only', 0.59675282],
    ['without-short-abandons', 0.54268783],
    ['abandons-as-hits', 0.56115663],
    ['removed-from-queue', 0.56115663],
  ])('the preset %s', (preset, value) => {
    const id = `serviceLevel.${preset}`
    expect(total({}, [id])[id]?.value).toBeCloseTo(value, 8)
  })

  test.each(readRows('bank-02.by-queue.truth.csv'))('queue $key', (row) => {
    const metrics = total({ queueId: row.key })
    expect(metrics.callsOffered?.value).toBe(Number(row.offered))
    expect(metrics.callsAnswered?.value).toBe(Number(row.served))
    expect(metrics.callsAbandoned?.value).toBe(Number(row.hang_in_queue))
    expect(metrics.averageSpeedOfAnswer?.numerator ?? 0).toBe(Number(row.wait_sum_served_s) * 1000)
    expect(metrics.averageHandleTime?.numerator ?? 0).toBe(Number(row.ser_sum_s) * 1000)
    expect(metrics.serviceLevel?.numerator).toBe(Number(row.answered_le_20))
    expect(metrics['serviceLevel.30000']?.numerator).toBe(Number(row.answered_le_30))
    expect(metrics['serviceLevel.60000']?.numerator).toBe(Number(row.answered_le_60))
    expect(metrics.reconciliationResidual?.value).toBe(0)
  })

  test('every quarter of an hour', () => {
    const metrics = [...counts, ...times, ...policies, 'waitingNow']
    const rows = readRows('bank-02.windows-15min.truth.csv').map((row) => {
      const asOfMs = Date.parse(`${row.window_start}Z`) + 900_000
      const found = oracle.snapshot({ tenantId, scope: {}, window: 'interval-15m', asOfMs, metrics }).metrics
      const actual = {
        offered: found.callsOffered?.value,
        answered: found.callsAnswered?.value,
        abandoned: found.callsAbandoned?.value,
        wait_sum_answered_s: (found.averageSpeedOfAnswer?.numerator ?? 0) / 1000,
        wait_sum_abandoned_s: (found.abandonTime?.numerator ?? 0) / 1000,
        answered_le_20: found.serviceLevel?.numerator ?? 0,
        answered_le_30: found['serviceLevel.30000']?.numerator ?? 0,
        answered_le_60: found['serviceLevel.60000']?.numerator ?? 0,
        ended: found.averageHandleTime?.n,
        service_sum_ended_s: (found.averageHandleTime?.numerator ?? 0) / 1000,
        waiting_at_end: found.waitingNow?.value,
      }
      const { window_start, ...expected } = row
      return {
        window_start,
        actual,
        expected: Object.fromEntries(Object.entries(expected).map(([k, v]) => [k, Number(v)])),
      }
    })
    expect(
      rows.filter(({ actual, expected }) => JSON.stringify(actual) !== JSON.stringify(expected)),
    ).toEqual([])
    expect(rows.length).toBeGreaterThan(1000)
  })
})

describe('italian', () => {
  const events = readEvents('italian.ndjson.gz')
  const ticketsOf = (some: readonly Event[]) => createOracle(some, defaultOracleConfig)
  test('first and last resolutions', () => {
    const { metrics } = ticketsOf(events).snapshot({ tenantId, scope: {}, window: 'total', asOfMs: farAhead })
    expect(metrics.resolutionTime).toMatchObject({ n: 4569, numerator: 4_390_741_989_000 })
    expect(metrics.resolutionTime).toMatchObject({ p50: 516_936_000, p90: 2_580_536_000 })
    expect(metrics.fullResolutionTime).toMatchObject({ n: 4569, numerator: 4_554_766_290_000 })
  })

  test('every ticket', () => {
    const byTicket = new Map<string, Event[]>()
    for (const event of events) {
      const ticketId = 'ticketId' in event ? (event.ticketId ?? '') : ''
      byTicket.set(ticketId, [...(byTicket.get(ticketId) ?? []), event])
    }
    const rows = readRows('italian.by-ticket.truth.csv.gz')
    const wrong = rows.filter((row) => {
      const request = { tenantId, scope: {}, window: 'total', asOfMs: farAhead }
      const metrics = ['resolutionTime', 'fullResolutionTime']
      const found = ticketsOf(byTicket.get(row.case ?? '') ?? []).snapshot({ ...request, metrics }).metrics
      const seconds = (id: string) =>
        found[id]?.value === null ? '' : ((found[id]?.value ?? 0) / 1000).toFixed(1)
      return (
        seconds('resolutionTime') !== row.first_resolve_s ||
        seconds('fullResolutionTime') !== row.last_resolve_s
      )
    })
    expect(wrong).toEqual([])
    expect(rows.length).toBe(4580)
  })
})

test('sudzilla: 39 answers, 8 promoters, 9 passives, 22 detractors', () => {
  const oracle = createOracle(readEvents('sudzilla.ndjson.gz'), defaultOracleConfig)
  const { nps } = oracle.snapshot({ tenantId, scope: {}, window: 'total', asOfMs: farAhead }).metrics
  expect(nps?.value).toBeCloseTo(-35.897436, 6)
  expect(nps).toMatchObject({
    n: 39,
    parts: { promoters: { value: 8 }, passives: { value: 9 }, detractors: { value: 22 } },
  })
})
