import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import type { MetricValue } from '../src/core/metric-values.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { defaultPolicy, defaultRules, policyPresets, type Rules } from '../src/core/rules.ts'
import { normaliseSet, withParents } from '../src/core/scopes.ts'
import { parseWindow } from '../src/core/windows.ts'
import { createZone } from '../src/core/zone.ts'
import { readNdjson } from '../src/files/ndjson.ts'
import { createReplay, type ReplayedSnapshot } from '../src/replay.ts'
import { createRandom } from '../src/simulate/random.ts'

/** Real events stand beside the checkout and never in it. */
const folder = fileURLToPath(new URL('../../shared/data/', import.meta.url))

const pathOf = (name: string): string => {
  const path = `${folder}${name}`
  if (!existsSync(path)) throw new Error(`real events are expected in ${folder}, which has no ${name}`)
  return path
}

const readEvents = async (name: string): Promise<readonly Event[]> => {
  const events: Event[] = []
  for await (const batch of readNdjson([pathOf(name)]))
    for (const { decoded } of batch) {
      if (!decoded.ok) throw new Error(`${name} holds a record that is no event: ${decoded.detail}`)
      events.push(decoded.event)
    }
  return events
}

type Row = Readonly<Record<string, string>>

const readRows = (name: string): readonly Row[] => {
  const bytes = readFileSync(pathOf(name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [head = '', ...lines] = text.trim().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? '', cell])))
}

const rules: Rules = {
  ...defaultRules,
  policies: [
    defaultPolicy,
    ...Object.entries(policyPresets).map(([id, preset]) => policyNamed(id, preset)),
    policyNamed('30s', { thresholdMs: 30_000 }),
    policyNamed('60s', { thresholdMs: 60_000 }),
  ],
}

function policyNamed(id: string, own: Partial<typeof defaultPolicy>) {
  return { ...defaultPolicy, ...own, id, metricId: `serviceLevel.${id}` }
}

type Asked = { readonly windows: string; readonly scopes?: string; readonly everyMs?: number }

const replay = (events: readonly Event[], { windows, scopes = '', everyMs }: Asked): ReplayedSnapshot[] => {
  const sets = scopes.split(';').map((set) => normaliseSet(set === '' ? [] : set.split(',')))
  const specs = windows.split(',').map((id) => {
    const parsed = parseWindow(id)
    if (!parsed.ok) throw new Error(parsed.detail)
    return parsed.window
  })
  const running = createReplay({
    shard: {
      rules,
      sets: withParents(sets),
      zone: createZone('UTC'),
      finestTier: windows === 'total' ? 4 : 0,
      latenessMs: 86_400_000,
      eventsPerSubjectMax: 2_000,
      scopeKeysMax: 10_000,
    },
    rows: catalogueFor(rules),
    windows: specs,
    sets,
    disorderMs: 5_000,
    liveSubjectsMax: 20_000,
    packedSubjectsMax: 400_000,
    ...(everyMs === undefined ? {} : { everyMs }),
  })
  const snapshots: ReplayedSnapshot[] = []
  for (let from = 0; from < events.length; from += batchEvents)
    snapshots.push(...running.feed(events.slice(from, from + batchEvents)))
  snapshots.push(...running.finish())
  return snapshots
}

const batchEvents = 2_000

/** What a snapshot says of its window, as bytes. */
const saidBy = (snapshots: readonly ReplayedSnapshot[]) =>
  snapshots.map(({ scope, window, metrics, worst }) => JSON.stringify({ scope, window, metrics, worst }))

const metricsOf = (snapshot: ReplayedSnapshot | undefined, id: string): MetricValue => {
  const metric = snapshot?.metrics[id]
  if (!metric) throw new Error(`the snapshot has no ${id}`)
  return metric
}

const expectNear = (found: number | undefined, exact: number) =>
  expect(Math.abs((found ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact * 0.01 + 0.5)

const shuffleWithin = (events: readonly Event[], withinMs: number): readonly Event[] => {
  const random = createRandom(7, 'shuffle')
  return events
    .map((event) => ({ event, atMs: event.occurredAt + random() * withinMs }))
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap(({ event }) => (random() < 0.02 ? [event, event] : [event]))
}

describe('bank-02: calls of a bank', () => {
  let events: readonly Event[]
  let total: readonly ReplayedSnapshot[]
  let byQueue: readonly ReplayedSnapshot[]
  beforeAll(async () => {
    events = await readEvents('bank-02.ndjson.gz')
    total = replay(events, { windows: 'total' })
    byQueue = replay(events, { windows: 'total', scopes: 'queueId' })
  }, 120_000)

  test('the whole tenant has the figures that were computed from the raw rows', () => {
    const [snapshot] = total
    expect(total).toHaveLength(1)
    expect(metricsOf(snapshot, 'callsOffered').value).toBe(31_125)
    expect(metricsOf(snapshot, 'callsAnswered').value).toBe(27_162)
    expect(metricsOf(snapshot, 'callsAbandoned').value).toBe(3_963)
    expect(metricsOf(snapshot, 'abandonRate').value).toBeCloseTo(0.1273253, 8)
    expect(metricsOf(snapshot, 'averageSpeedOfAnswer')).toMatchObject({
      n: 27_162,
      numerator: 1_107_512_000,
    })
    expect(metricsOf(snapshot, 'abandonTime').value).toBeCloseTo(65_529.902, 3)
    expect(metricsOf(snapshot, 'averageHandleTime')).toMatchObject({ n: 27_162, numerator: 4_790_100_000 })
    expect(metricsOf(snapshot, 'serviceLevel')).toMatchObject({ numerator: 16_209, denominator: 31_125 })
    expect(metricsOf(snapshot, 'serviceLevel.30s').numerator).toBe(17_729)
    expect(metricsOf(snapshot, 'serviceLevel.60s').numerator).toBe(20_935)
    expect(metricsOf(snapshot, 'reconciliationResidual').value).toBe(0)
  })

  test.each([
    ['all-offered', 0.52077108],
    ['answered-only', 0.59675282],
    ['without-short-abandons', 0.54268783],
    ['abandons-as-hits', 0.56115663],
    ['removed-from-queue', 0.56115663],
  ])('the preset %s is %d', (preset, value) => {
    expect(metricsOf(total[0], `serviceLevel.${preset}`).value).toBeCloseTo(value, 8)
  })

  test('percentiles of the waits lie within 1 %', () => {
    const answered = metricsOf(total[0], 'averageSpeedOfAnswer')
    expectNear(answered.p50, 6_000)
    expectNear(answered.p90, 131_000)
    expectNear(answered.p95, 189_000)
    expectNear(answered.p99, 310_000)
  })

  test.each(readRows('bank-02.by-queue.truth.csv'))('queue $key has its row of the truth', (row) => {
    const snapshot = byQueue.find(({ scope }) => scope.queueId === row.key)
    const answered = metricsOf(snapshot, 'averageSpeedOfAnswer')
    const percent = (id: string) => 100 * (metricsOf(snapshot, id).value ?? Number.NaN)
    const found = {
      offered: metricsOf(snapshot, 'callsOffered').value,
      served: metricsOf(snapshot, 'callsAnswered').value,
      hang_in_queue: metricsOf(snapshot, 'callsAbandoned').value,
      abandon_rate_pct: percent('abandonRate'),
      asa_s: (answered.value ?? 0) / 1000,
      wait_sum_served_s: (answered.numerator ?? 0) / 1000,
      mean_wait_abandoned_s: (metricsOf(snapshot, 'abandonTime').value ?? 0) / 1000,
      aht_s: (metricsOf(snapshot, 'averageHandleTime').value ?? 0) / 1000,
      ser_sum_s: (metricsOf(snapshot, 'averageHandleTime').numerator ?? 0) / 1000,
      answered_le_20: metricsOf(snapshot, 'serviceLevel').numerator,
      abandoned_le_20:
        (metricsOf(snapshot, 'serviceLevel.removed-from-queue').numerator ?? 0) -
        (metricsOf(snapshot, 'serviceLevel').numerator ?? 0),
      sl_20_of_offered_pct: percent('serviceLevel'),
      sl_20_of_answered_pct: percent('serviceLevel.answered-only'),
      sl_20_excl_short_abandons_pct: percent('serviceLevel.without-short-abandons'),
      sl_20_removed_from_queue_pct: percent('serviceLevel.removed-from-queue'),
      answered_le_30: metricsOf(snapshot, 'serviceLevel.30s').numerator,
      answered_le_60: metricsOf(snapshot, 'serviceLevel.60s').numerator,
    }
    const { key: _, ...expected } = row
    expect(Object.keys(found)).toEqual(Object.keys(expected))
    for (const [name, cell] of Object.entries(expected))
      expect(found[name as keyof typeof found], name).toBeCloseTo(Number(cell), 5)
    expect(metricsOf(snapshot, 'reconciliationResidual').value).toBe(0)
  })

  test('every quarter of an hour has its row of the truth', () => {
    const steps = new Map(
      replay(events, { windows: 'interval-15m', everyMs: 900_000 }).map((snapshot) => [
        snapshot.window.startAt?.slice(0, 19),
        snapshot,
      ]),
    )
    const rows = readRows('bank-02.windows-15min.truth.csv')
    for (const { window_start = '', ...expected } of rows)
      expect(readQuarter(steps.get(window_start)), window_start).toEqual(
        Object.fromEntries(Object.entries(expected).map(([name, cell]) => [name, Number(cell)])),
      )
    expect(rows.length).toBeGreaterThan(1_000)
  }, 180_000)

  test('shuffled within two minutes, with one in fifty twice, the end is the same byte for byte', () => {
    const asked = { windows: 'total,now,24h,today', scopes: ';queueId' }
    expect(saidBy(replay(shuffleWithin(events, 120_000), asked))).toEqual(saidBy(replay(events, asked)))
  }, 180_000)

  test('in any order at all the end is the same byte for byte', () => {
    const asked = { windows: 'total', scopes: ';queueId' }
    expect(saidBy(replay(shuffleWithin(events, 40 * 86_400_000), asked))).toEqual(
      saidBy(replay(events, asked)),
    )
  }, 180_000)
})

const readQuarter = (snapshot: ReplayedSnapshot | undefined) => {
  const numerator = (id: string) => (snapshot && metricsOf(snapshot, id).numerator) ?? 0
  const value = (id: string) => (snapshot && metricsOf(snapshot, id).value) ?? 0
  return {
    offered: value('callsOffered'),
    answered: value('callsAnswered'),
    abandoned: value('callsAbandoned'),
    wait_sum_answered_s: numerator('averageSpeedOfAnswer') / 1000,
    wait_sum_abandoned_s: numerator('abandonTime') / 1000,
    answered_le_20: numerator('serviceLevel'),
    answered_le_30: numerator('serviceLevel.30s'),
    answered_le_60: numerator('serviceLevel.60s'),
    ended: snapshot ? metricsOf(snapshot, 'averageHandleTime').n : 0,
    service_sum_ended_s: numerator('averageHandleTime') / 1000,
    waiting_at_end: value('waitingNow'),
  }
}

describe('italian: tickets of a help desk', () => {
  test('first and last resolutions have the sums that were computed from the raw rows', async () => {
    const [snapshot] = replay(await readEvents('italian.ndjson.gz'), { windows: 'total' })
    const first = metricsOf(snapshot, 'resolutionTime')
    expect(first).toMatchObject({ n: 4_569, numerator: 4_390_741_989_000 })
    expect(first.value).toBeCloseTo(960_985_333.552, 3)
    expectNear(first.p50, 516_936_000)
    expectNear(first.p90, 2_580_536_000)
    const last = metricsOf(snapshot, 'fullResolutionTime')
    expect(last).toMatchObject({ n: 4_569, numerator: 4_554_766_290_000 })
    expect(metricsOf(snapshot, 'ticketsCreated').value).toBe(4_580)
  }, 120_000)

  test('shuffled it says the same byte for byte', async () => {
    const events = await readEvents('italian.ndjson.gz')
    const asked = { windows: 'total' }
    expect(saidBy(replay(shuffleWithin(events, 400 * 86_400_000), asked))).toEqual(
      saidBy(replay(events, asked)),
    )
  }, 120_000)
})

test('sudzilla: an NPS survey of 39 answers is −35.9', async () => {
  const [snapshot] = replay(await readEvents('sudzilla.ndjson.gz'), { windows: 'total' })
  const nps = metricsOf(snapshot, 'nps')
  expect(nps.value).toBeCloseTo(-35.897436, 6)
  expect(nps).toMatchObject({
    n: 39,
    parts: { promoters: { value: 8 }, passives: { value: 9 }, detractors: { value: 22 } },
  })
})
