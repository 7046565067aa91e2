import { Redis } from 'ioredis'
import type { BaselineJob } from './baselines/job.ts'
import { type GoalId, goalOf } from './goals.ts'
import { type Measured, startNode, startProduct, waitFor } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { type Log, openLog, openRig, type Progress, readRedisCpuMs } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { makeStream } from './streams.ts'

/**
 * One process of Floorwatch against baselines on the same log, in turn, several rounds. The rate is records a CPU second of the
 * process (not of the broker), from a fifth of the records on, so that starting and compiling count for nobody. The clock's
 * rates are said beside it: on two cores with the broker they depend on what else runs.
 */

/** What a run cost after its warm-up. */
type Cost = {
  readonly records: number
  readonly cpuMs: number
  readonly redisCpuMs: number
  readonly ms: number
}

const rounds = 3
const warmUpShare = 0.2

export const measureDense = async (
  servers: BenchServers,
  ids: ReadonlySet<GoalId>,
): Promise<readonly Result[]> => {
  const log = await fillLog(servers, { eventsPerSecond: 200, records: 400_000 })
  const rates = await takeTurns(servers, log, {
    records: 400_000,
    withHandWritten: ids.has('pipeline-vs-hand-written'),
  })
  await log.close()
  const results: Result[] = []
  if (ids.has('pipeline-vs-kafkajs')) results.push(compare('pipeline-vs-kafkajs', rates))
  if (ids.has('pipeline-vs-hand-written')) results.push(compareHandWritten(rates))
  return results
}

/** Two months at four thousand events a day. */
export const measureHistory = async (servers: BenchServers): Promise<readonly Result[]> => {
  const records = 250_000
  const log = await fillLog(servers, { eventsPerSecond: 4_000 / 86_400, records })
  const turns = await takeTurns(servers, log, { records, withHandWritten: false })
  await log.close()
  return [compare('history-vs-kafkajs', turns)]
}

const fillLog = async (
  servers: BenchServers,
  spec: { readonly eventsPerSecond: number; readonly records: number },
): Promise<Log> => {
  const log = await openLog(servers)
  const stream = makeStream(spec, Date.now())
  const bytes = stream.reduce((sum, { value }) => sum + value.length, 0)
  await log.write(stream)
  console.log(`  log: ${stream.length} records of ${Math.round(bytes / stream.length)} bytes`)
  return log
}

type Turn = { readonly kafkajs: Cost; readonly product: Cost; readonly handWritten: Cost | undefined }
type Task = { readonly records: number; readonly withHandWritten: boolean }

const takeTurns = async (servers: BenchServers, log: Log, task: Task): Promise<readonly Turn[]> => {
  const turns: Turn[] = []
  for (let round = 1; round <= rounds; round++) {
    const kafkajs = await runBaseline(servers, log, { file: 'count-records.ts', ...task })
    const product = await runProduct(servers, log, task.records)
    const handWritten = task.withHandWritten
      ? await runBaseline(servers, log, { file: 'hand-written.ts', ...task })
      : undefined
    turns.push({ kafkajs, product, handWritten })
    console.log(`  round ${round}: kafkajs ${say(kafkajs)}; floorwatch ${say(product)}`)
    if (handWritten) console.log(`           by hand ${say(handWritten)}`)
  }
  return turns
}

const say = ({ records, cpuMs, redisCpuMs, ms }: Cost): string =>
  `${((cpuMs / records) * 1_000).toFixed(2)} CPU s a million (redis ${((redisCpuMs / records) * 1_000).toFixed(2)}), ` +
  `${Math.round((records / ms) * 1_000)} records/s by the clock`

const rateOf = ({ records, cpuMs }: Cost): number => records / cpuMs
const fullRateOf = ({ records, cpuMs, redisCpuMs }: Cost): number => records / (cpuMs + redisCpuMs)

const compare = (id: GoalId, turns: readonly Turn[]): Result =>
  summarise(
    goalOf(id),
    turns.map(({ product, kafkajs }) => rateOf(product) / rateOf(kafkajs)),
  )

const compareHandWritten = (turns: readonly Turn[]): Result =>
  summarise(
    goalOf('pipeline-vs-hand-written'),
    turns.flatMap(({ product, handWritten }) =>
      handWritten ? [fullRateOf(product) / fullRateOf(handWritten)] : [],
    ),
  )

type Sample = {
  readonly records: number
  readonly cpuMs: number
  readonly redisCpuMs: number
  readonly ms: number
}

const costBetween = (from: Sample, to: Sample): Cost => ({
  records: to.records - from.records,
  cpuMs: to.cpuMs - from.cpuMs,
  redisCpuMs: to.redisCpuMs - from.redisCpuMs,
  ms: to.ms - from.ms,
})

/** Longest warm-up: a slow machine measures from fewer records on. */
const warmUpMaxMs = 12_000
const measuringMaxMs = 180_000

/**
 * From the first commit past the warm-up until all is said: the last record committed, as-of past it and the windows before it closed.
 * Records that are committed and not placed yet would be work that nobody has counted.
 */
export const runProduct = async (servers: BenchServers, log: Log, records: number): Promise<Cost> => {
  const rig = await openRig(log, servers)
  const product = startProduct(rig.configFile)
  const sampleWhen = async (isReached: (progress: Progress) => boolean): Promise<Sample> => {
    const progress = await waitFor(
      async () => {
        const now = await rig.progress()
        if (now.deadLetters > 0) throw new Error(`${now.deadLetters} records were refused`)
        return isReached(now) ? now : undefined
      },
      { timeoutMs: measuringMaxMs, everyMs: 50, of: [product] },
    )
    return {
      records: progress.records,
      cpuMs: product.cpuMs(),
      redisCpuMs: await readRedisCpuMs(rig.redis),
      ms: performance.now(),
    }
  }
  const warmUpEndMs = performance.now() + warmUpMaxMs
  const isWarm = ({ records: read }: Progress) =>
    read >= records * warmUpShare || (read > 0 && performance.now() > warmUpEndMs)
  const isSaid = ({ records: read, asOfMs, closedMs }: Progress) =>
    read >= records && Math.min(asOfMs, closedMs) >= log.lastAtMs()
  try {
    return costBetween(await sampleWhen(isWarm), await sampleWhen(isSaid))
  } finally {
    await product.kill(process.env.BENCH_NODE_ARGS === undefined ? 'SIGKILL' : 'SIGTERM')
    await rig.close()
  }
}

/** By what the baseline says of itself at each tenth of the records. */
const runBaseline = async (
  servers: BenchServers,
  log: Log,
  { file, records }: { readonly file: string; readonly records: number },
): Promise<Cost> => {
  const redisUrl = await servers.redisUrl()
  const rig = await openRig(log, servers)
  const job: BaselineJob = {
    brokers: log.brokers,
    groupId: rig.groupId,
    topics: Object.values(log.names.input),
    metricsTopic: log.names.metrics,
    records,
    redisUrl,
    keyPrefix: rig.keyPrefix,
  }
  const baseline = startNode([`bench/baselines/${file}`, JSON.stringify(job)])
  const redis = new Redis(redisUrl)
  try {
    const first = await sampleBaseline(baseline, redis, records * warmUpShare)
    return costBetween(first, await sampleBaseline(baseline, redis, records))
  } finally {
    redis.disconnect()
    await baseline.kill()
    await rig.close()
  }
}

const sampleBaseline = (baseline: Measured, redis: Redis, from: number): Promise<Sample> =>
  waitFor(
    async () => {
      for (const line of baseline.output().split('\n')) {
        const [records = 0, cpuMs = 0, ms = 0] = line.split(' ').map(Number)
        if (records >= from) return { records, cpuMs, ms, redisCpuMs: await readRedisCpuMs(redis) }
      }
      return undefined
    },
    { timeoutMs: 240_000, everyMs: 5, of: [baseline] },
  )
