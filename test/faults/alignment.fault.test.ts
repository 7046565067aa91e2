import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { type AlignmentWatch, type Round, watchAlignment } from '../support/alignment-watch.ts'
import { type FaultBench, openFaultBench } from '../support/fault-bench.ts'
import { giveLeadership } from '../support/leaders.ts'
import { readRealEvents } from '../support/real-events.ts'
import { type KafkaCluster, startKafkaCluster } from '../support/servers/kafka-cluster.ts'

let events: readonly Event[]
let cluster: KafkaCluster | undefined
let bench: FaultBench | undefined
let watch: AlignmentWatch | undefined

beforeAll(async () => {
  events = await readRealEvents()
  cluster = await startKafkaCluster()
})
afterEach(async () => {
  for (const proxy of cluster?.proxies() ?? []) proxy.limitReplies(Number.POSITIVE_INFINITY)
  try {
    await watch?.stop()
  } finally {
    watch = undefined
    await bench?.close()
    bench = undefined
  }
})
afterAll(() => cluster?.close())

const partitions = 4
const slowBroker = 1
const fastBrokers = [2, 3]
/** Of one topic-partition: less than two processes would count. */
const slowBytesPerSecond = 80_000
const fastBytesPerSecond = 10 * slowBytesPerSecond
const queueRecordsMax = 2_000
/** Whatever is asked of the slow broker waits behind what it sends. */
const sessionTimeoutMs = 30_000
/** A fetch that was under way when a queue became full: half a megabyte of records of 150 bytes or more. */
const fetchedRecordsMax = (512 * 1_024) / 150

type Slowness = {
  readonly what: string
  readonly isSlow: (topic: string, partition: number) => boolean
  /** Topic-partitions of calls, which are most of the events, on the line of the slow broker. */
  readonly slowCount: number
}

const slownesses: readonly Slowness[] = [
  { what: 'one partition', isSlow: (_, partition) => partition === 1, slowCount: 1 },
  { what: 'one topic', isSlow: (topic) => topic === 'call-queue', slowCount: partitions },
]

/** The slow ones are led by a broker of their own, whose line carries a tenth of what the others' lines carry of each. */
const openSlowly = async (
  { brokers, proxyOf }: KafkaCluster,
  { isSlow, slowCount }: Slowness,
): Promise<FaultBench> => {
  const opened = await openFaultBench({
    partitions,
    settings: { limits: { queueRecordsMax }, kafka: { sessionTimeoutMs } },
    servers: { brokers, replicationFactor: 3, compression: 'none' },
  })
  const topics = new Map(Object.entries(opened.names.input).map(([topic, name]) => [name, topic]))
  await giveLeadership(opened.client, slowBroker, (name, partition) => {
    const topic = topics.get(name)
    return topic !== undefined && isSlow(topic, partition)
  })
  await opened.feed(events)
  proxyOf(slowBroker).limitReplies(slowBytesPerSecond * slowCount)
  for (const id of fastBrokers) proxyOf(id).limitReplies(fastBytesPerSecond * partitions)
  return opened
}

const hourMs = 3_600_000
/** Half the lateness, and the longest stretch without a call: from Friday noon to Saturday evening. */
const driftMaxMs = (12 + 36) * hourMs
/** Calls come until the end of the month, tickets eleven years later. */
const callsUntilMs = Date.UTC(1999, 1, 26)

/**
 * How far the partitions were apart in each round, as long as the slowest was among the calls. What the slowest had taken when others
 * were let go on may not be committed yet: they are held against where it stands in the next round.
 */
const driftsMs = (rounds: readonly Round[]): readonly number[] =>
  rounds.slice(1).flatMap((next, at) => {
    const positions = positionsOf(rounds[at])
    const slowestMs = Math.min(...positions)
    const isCounting = positions.length === partitions && slowestMs > 0 && slowestMs < callsUntilMs
    return isCounting ? [Math.max(...positions) - Math.min(...positionsOf(next))] : []
  })

const positionsOf = (round: Round | undefined): readonly number[] =>
  round?.takenMs.map((taken) => Math.max(...Object.values(taken))) ?? []

describe('two processes on four partitions, calls and tickets of real centres', () => {
  test.each(slownesses)(
    '$what fetched ten times slower than the others: the numbers of the replay, nothing too old, and what is ahead waits in bounded queues',
    async (slowness) => {
      bench = await openSlowly(cluster as KafkaCluster, slowness)
      watch = watchAlignment(bench, [bench.start(), bench.start()])
      await bench.untilReplayed(events, 400_000)
      const counters = await bench.counters()
      expect(counters).toMatchObject({ applied: events.length })
      expect(Object.keys(counters).filter((name) => name.startsWith('deadLetter.'))).toEqual([])
      const rounds = watch.rounds()
      const queues = rounds.flatMap((round) => round.queues)
      expect(queues.length).toBeGreaterThan(20)
      for (const { topic, partition, count } of queues)
        expect(count, `${topic} ${partition}`).toBeLessThan(queueRecordsMax + fetchedRecordsMax)
      const drifts = driftsMs(rounds)
      expect(drifts.length).toBeGreaterThan(20)
      expect(Math.max(...drifts)).toBeLessThan(driftMaxMs)
    },
  )
})
