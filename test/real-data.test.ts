import { beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { defaultPolicy, defaultRules, policyPresets, type Rules } from '../src/core/rules.ts'
import { normaliseSet, withParents } from '../src/core/scopes.ts'
import { parseWindow } from '../src/core/windows.ts'
import { createZone } from '../src/core/zone.ts'
import { createReplay, type ReplayedSnapshot } from '../src/replay.ts'
import { createRandom } from '../src/simulate/random.ts'
import {
  metricOf,
  quarterRowOf,
  queueRowOf,
  readRealEvents,
  readTruth,
  waitsUntil,
} from './support/bank-truth.ts'

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
    events = await readRealEvents('bank-02.ndjson.gz')
    total = replay(events, { windows: 'total' })
    byQueue = replay(events, { windows: 'total', scopes: 'queueId' })
  }, 120_000)

  test('the whole tenant has the figures that were computed from the raw rows', () => {
    const [snapshot] = total
    expect(total).toHaveLength(1)
    expect(metricOf(snapshot, 'callsOffered').value).toBe(31_125)
    expect(metricOf(snapshot, 'callsAnswered').value).toBe(27_162)
    expect(metricOf(snapshot, 'callsAbandoned').value).toBe(3_963)
    expect(metricOf(snapshot, 'abandonRate').value).toBeCloseTo(0.1273253, 8)
    expect(metricOf(snapshot, 'averageSpeedOfAnswer')).toMatchObject({
      n: 27_162,
      numerator: 1_107_512_000,
    })
    expect(metricOf(snapshot, 'abandonTime').value).toBeCloseTo(65_529.902, 3)
    expect(metricOf(snapshot, 'averageHandleTime')).toMatchObject({ n: 27_162, numerator: 4_790_100_000 })
    expect(metricOf(snapshot, 'serviceLevel')).toMatchObject({ numerator: 16_209, denominator: 31_125 })
    expect(metricOf(snapshot, 'serviceLevel.30s').numerator).toBe(17_729)
    expect(metricOf(snapshot, 'serviceLevel.60s').numerator).toBe(20_935)
    expect(metricOf(snapshot, 'reconciliationResidual').value).toBe(0)
  })

  test.each([
    ['all-offered', 0.52077108],
    ['answered-only', 0.59675282],
    ['without-short-abandons', 0.54268783],
    ['abandons-as-hits', 0.56115663],
    ['removed-from-queue', 0.56115663],
  ])('the preset %s is %d', (preset, value) => {
    expect(metricOf(total[0], `serviceLevel.${preset}`).value).toBeCloseTo(value, 8)
  })

  test('percentiles of the waits lie within 1 %', () => {
    const answered = metricOf(total[0], 'averageSpeedOfAnswer')
    expectNear(answered.p50, 6_000)
    expectNear(answered.p90, 131_000)
    expectNear(answered.p95, 189_000)
    expectNear(answered.p99, 310_000)
  })

  test.each([
    ['waitTime', ['call.answered', 'call.abandoned', 'call.diverted'], 31_125],
    ['averageSpeedOfAnswer', ['call.answered'], 27_162],
    ['abandonTime', ['call.abandoned'], 3_963],
  ] as const)(
    'percentiles of %s lie within a hundredth of those of the raw waits, its mean is theirs',
    (id, exits, count) => {
      const waits = waitsUntil(events, exits)
      expect(waits).toHaveLength(count)
      const metric = metricOf(total[0], id)
      const sum = waits.reduce((all, wait) => all + wait, 0)
      expect(metric).toMatchObject({ n: count, numerator: sum, value: sum / count })
      const exactAt = (share: number) => waits[Math.floor((count - 1) * share)] ?? Number.NaN
      expectNear(metric.p50, exactAt(0.5))
      expectNear(metric.p90, exactAt(0.9))
      expectNear(metric.p95, exactAt(0.95))
      expectNear(metric.p99, exactAt(0.99))
      expectNear(metric.max, exactAt(1))
    },
  )

  test.each(readTruth('bank-02.by-queue.truth.csv'))('queue $key has its row of the truth', (row) => {
    const snapshot = byQueue.find(({ scope }) => scope.queueId === row.key)
    const found = queueRowOf(snapshot)
    const { key: _, ...expected } = row
    expect(Object.keys(found)).toEqual(Object.keys(expected))
    for (const [name, cell] of Object.entries(expected))
      expect(found[name], name).toBeCloseTo(Number(cell), 5)
    expect(metricOf(snapshot, 'reconciliationResidual').value).toBe(0)
  })

  test('every quarter of an hour has its row of the truth', () => {
    const steps = new Map(
      replay(events, { windows: 'interval-15m', everyMs: 900_000 }).map((snapshot) => [
        snapshot.window.startAt?.slice(0, 19),
        snapshot,
      ]),
    )
    const rows = readTruth('bank-02.windows-15min.truth.csv')
    for (const { window_start = '', ...expected } of rows)
      expect(quarterRowOf(steps.get(window_start)), window_start).toEqual(
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

describe('italian: tickets of a help desk', () => {
  test('first and last resolutions have the sums that were computed from the raw rows', async () => {
    const [snapshot] = replay(await readRealEvents('italian.ndjson.gz'), { windows: 'total' })
    const first = metricOf(snapshot, 'resolutionTime')
    expect(first).toMatchObject({ n: 4_569, numerator: 4_390_741_989_000 })
    expect(first.value).toBeCloseTo(960_985_333.552, 3)
    expectNear(first.p50, 516_936_000)
    expectNear(first.p90, 2_580_536_000)
    const last = metricOf(snapshot, 'fullResolutionTime')
    expect(last).toMatchObject({ n: 4_569, numerator: 4_554_766_290_000 })
    expect(metricOf(snapshot, 'ticketsCreated').value).toBe(4_580)
  }, 120_000)

  test('shuffled it says the same byte for byte', async () => {
    const events = await readRealEvents('italian.ndjson.gz')
    const asked = { windows: 'total' }
    expect(saidBy(replay(shuffleWithin(events, 400 * 86_400_000), asked))).toEqual(
      saidBy(replay(events, asked)),
    )
  }, 120_000)
})

test('sudzilla: an NPS survey of 39 answers is −35.9', async () => {
  const [snapshot] = replay(await readRealEvents('sudzilla.ndjson.gz'), { windows: 'total' })
  const nps = metricOf(snapshot, 'nps')
  expect(nps.value).toBeCloseTo(-35.897436, 6)
  expect(nps).toMatchObject({
    n: 39,
    parts: { promoters: { value: 8 }, passives: { value: 9 }, detractors: { value: 22 } },
  })
})
