import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createRandom } from '../../src/simulate/random.ts'
import {
  type Measured,
  quarterRowOf,
  queueRowOf,
  readRealEvents,
  readTruth,
  type TruthRow,
} from '../support/bank-truth.ts'
import { type BreakableRedis, startBreakableRedis } from '../support/breakable-redis.ts'
import { untilTrue } from '../support/fault-bench.ts'
import { startFeeder } from '../support/load.ts'
import { watchSnapshots } from '../support/metrics-topic.ts'
import { openServiceBench, type ServiceBench, type ServiceProcess } from '../support/service.ts'

const perSecond = 300
const seed = Number(process.env.FLOORWATCH_TEST_SEED ?? 1999)

const presets = [
  'all-offered',
  'answered-only',
  'without-short-abandons',
  'abandons-as-hits',
  'removed-from-queue',
]
const settings = {
  time: { source: 'events' },
  scopes: [[], ['queueId']],
  publish: [
    { scopes: [['queueId']], windows: ['total'], metrics: ['all'], everyMs: 1_000 },
    { scopes: [[]], windows: ['interval-15m'], metrics: ['all'], everyMs: 1_000 },
  ],
  serviceLevel: {
    policies: {
      ...Object.fromEntries(presets.map((preset) => [preset, { preset }])),
      '30s': { thresholdMs: 30_000 },
      '60s': { thresholdMs: 60_000 },
    },
  },
}

type Floor = {
  readonly bench: ServiceBench
  readonly redis: BreakableRedis
  readonly processes: ServiceProcess[]
}

/** One of what may befall it, by the numbers given; resolves when all run again, in doubt or not. */
const breakSomething = async ({ bench, redis, processes }: Floor, random: () => number): Promise<string> => {
  const place = Math.floor(random() * processes.length)
  const forMs = 500 + random() * 13_000
  const act = Math.floor(random() * 7)
  switch (act) {
    case 0:
    case 1:
      await processes[place]?.kill('SIGKILL')
      processes[place] = bench.start()
      return `killed process ${place}`
    case 2:
      processes[place]?.send('SIGSTOP')
      await setTimeout(forMs)
      processes[place]?.send('SIGCONT')
      return `froze process ${place} for ${Math.round(forMs)} ms`
    case 3:
      await processes[place]?.kill('SIGTERM')
      processes[place] = bench.start()
      return `restarted process ${place}`
    case 4: {
      const mark = await redis.markTail()
      await setTimeout(1_000 * random())
      const lost = await redis.startAgain(mark)
      return `restarted Redis without its last ${lost} bytes`
    }
    case 5:
      redis.proxy.holdReplies()
      await setTimeout(forMs / 2)
      redis.proxy.cut()
      redis.proxy.releaseReplies()
      return `withheld Redis's replies for ${Math.round(forMs / 2)} ms and cut the connections`
    default:
      await redis.startAgain()
      return 'restarted Redis'
  }
}

const isRowOf = (row: TruthRow, found: Readonly<Record<string, number | null>>): boolean =>
  Object.entries(row).every(([name, cell]) => Math.abs((found[name] ?? Number.NaN) - Number(cell)) <= 1e-5)

it('a month of a bank, fed at 300 events a second while processes and Redis are killed, frozen and restarted at random, ends in every cell of the truth', {
  timeout: 900_000,
}, async () => {
  const events = await readRealEvents('bank-02.ndjson.gz')
  const queues = readTruth('bank-02.by-queue.truth.csv')
  const quarters = readTruth('bank-02.windows-15min.truth.csv')
  const redis = await startBreakableRedis()
  const bench = await openServiceBench(
    { ...settings, redis: { url: redis.proxiedUrl, commandTimeoutMs: 2_000 } },
    4,
    { redisUrl: redis.url },
  )
  const current = await watchSnapshots(bench.client, bench.names.metrics)
  const intervals = await watchSnapshots(bench.client, bench.names.intervals)
  const processes = [bench.start(), bench.start(), bench.start()]
  const feeder = startFeeder({ events, perSecond, feed: bench.feed })
  const befell: string[] = []
  const wrongRows = (): readonly string[] => {
    const now = current.latest() as ReadonlyMap<string, unknown> as ReadonlyMap<string, Measured>
    const seen = [
      ...intervals.latest().values(),
      ...current.latest().values(),
    ] as unknown as readonly Interval[]
    const byStart = new Map(seen.map((snapshot) => [snapshot.window.startAt?.slice(0, 19), snapshot]))
    return [
      ...queues
        .filter(({ key, ...row }) => !isRowOf(row, rowOrEmpty(now.get(`default|queueId=${key}|total`))))
        .map(({ key }) => `queue ${key}`),
      ...quarters
        .filter(({ window_start = '', ...row }) => !isRowOf(row, quarterRowOf(byStart.get(window_start))))
        .map(({ window_start }) => `quarter ${window_start}`),
    ]
  }
  try {
    const random = createRandom(seed, 'bank')
    while (feeder.fedCount() < events.length) {
      await setTimeout(1_000 + random() * 9_000)
      befell.push(await breakSomething({ bench, redis, processes }, random))
    }
    await feeder.done
    await untilTrue(
      () => wrongRows().length === 0,
      120_000,
      async () => [
        `seed ${seed} (FLOORWATCH_TEST_SEED); wrong: ${wrongRows().slice(0, 20).join(', ')}`,
        ...befell,
        bench.output().slice(-20_000),
      ],
    )
    expect(befell.length).toBeGreaterThan(15)
    expect(quarters.length).toBeGreaterThan(1_000)
  } finally {
    await Promise.allSettled([feeder.stop()])
    await current.close()
    await intervals.close()
    await bench.close()
    await redis.close()
  }
})

type Interval = Measured & { readonly window: { readonly startAt: string | null } }

const rowOrEmpty = (snapshot: Measured | undefined) => (snapshot ? queueRowOf(snapshot) : {})
