import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Event } from '../../src/core/events.ts'
import { decodeHead, type ShardHead } from '../../src/core/shard-codec.ts'
import { FloorwatchError } from '../../src/errors.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import { countersOf } from './centre.ts'
import { type Feeder, startFeeder } from './load.ts'
import { type SnapshotTopic, watchSnapshots } from './metrics-topic.ts'
import { replayTotals, totalsSettings } from './replayed.ts'
import { type BenchServers, openServiceBench, type ServiceBench, type Snapshot } from './service.ts'

/** A bench whose processes are ended, frozen and cut off, and whose numbers must be those of a replay all the same. */
export type FaultBench = ServiceBench & {
  readonly partitions: number
  readonly topic: SnapshotTopic
  /** Feeds events at a steady rate, in the background. */
  feedAt(perSecond: number, events: readonly Event[]): Feeder
  /** Waits until the metrics topic says in every key what a replay of these events says: difference 0. */
  untilReplayed(events: readonly Event[], timeoutMs: number): Promise<void>
  /** Waits until so many records have been taken and stand in the store. */
  untilTaken(recordCount: number, timeoutMs: number): Promise<void>
  /** Heads of the shards that were written, as they stand in the store. */
  heads(): Promise<readonly ShardHead[]>
  /** What became of every record, as it stands in the store. */
  counters(): Promise<Readonly<Record<string, number>>>
}

export type FaultSettings = {
  readonly settings?: Readonly<Record<string, object>>
  readonly servers?: BenchServers
  readonly partitions?: number
}

export const faultSets = [[], ['queueId'], ['channel']]
const chainLength = 256
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const openFaultBench = async ({
  settings = {},
  servers = {},
  partitions = 4,
}: FaultSettings = {}): Promise<FaultBench> => {
  const bench = await openServiceBench({ ...totalsSettings(faultSets), ...settings }, partitions, servers)
  const topic = await watchSnapshots(bench.client, bench.names.metrics)
  const store = await createRedisStore({
    ...bench.redis,
    chainLength,
    commandTimeoutMs: 5_000,
    logger: silent,
  })
  const readHeads = async (): Promise<readonly ShardHead[]> => {
    const shards = [...Array(partitions).keys()]
    const changes = await Promise.all(
      shards.map((shard) => store.readChanges(shard, { sinceId: '', wanted: () => false })),
    )
    return changes.flatMap(({ head }) => (head ? [decodeHead(head)] : []))
  }
  const heads = () => untilAnswered(readHeads)
  const counters = async () => countersOf(await heads())
  const feeders: Feeder[] = []
  return {
    ...bench,
    partitions,
    topic,
    heads,
    counters,
    feedAt: (perSecond, events) => {
      const feeder = startFeeder({ events, perSecond, feed: bench.feed })
      feeders.push(feeder)
      return feeder
    },
    untilReplayed: async (events, timeoutMs) => {
      const expected = replayTotals(events, faultSets)
      const different = () => differencesOf(expected, topic.latest())
      const isSame = () => different().length === 0
      await untilTrue(isSame, timeoutMs, async () => [
        `${events.length} events fed; ${JSON.stringify(await counters())}`,
        ...different().slice(0, linesShown),
        bench.output(),
      ])
    },
    untilTaken: async (recordCount, timeoutMs) => {
      const isTaken = async () => ((await counters()).records ?? 0) >= recordCount
      await untilTrue(isTaken, timeoutMs, async () => [
        `fewer than ${recordCount} records were taken: ${JSON.stringify(await counters())}`,
        bench.output(),
      ])
    },
    close: async () => {
      await Promise.allSettled(feeders.map((feeder) => feeder.stop()))
      await topic.close()
      await store.close()
      await bench.close()
    },
  }
}

const answerWithinMs = 20_000

const untilAnswered = async <T>(question: () => Promise<T>): Promise<T> => {
  const endMs = Date.now() + answerWithinMs
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof FloorwatchError && error.retriable) || Date.now() > endMs) throw error
      await setTimeout(pollMs)
    }
  }
}

const pollMs = 200
const linesShown = 20

/** Waits for a condition; fails with what `describe` says. */
export const untilTrue = async (
  isReached: () => boolean | Promise<boolean>,
  timeoutMs: number,
  describe: () => Promise<readonly string[]> = async () => [],
): Promise<void> => {
  const endMs = Date.now() + timeoutMs
  while (!(await isReached())) {
    if (Date.now() > endMs)
      throw new Error([`not reached in ${timeoutMs} ms`, ...(await describe())].join('\n'))
    await setTimeout(pollMs)
  }
}

/** A line for each metric or list that is not as expected. */
export const differencesOf = (
  expected: ReadonlyMap<string, Snapshot>,
  seen: ReadonlyMap<string, Snapshot>,
): readonly string[] =>
  [...expected].flatMap(([key, snapshot]) => {
    const found = seen.get(key)
    if (!found) return [`${key}: absent`]
    const lines = Object.entries(snapshot.metrics).flatMap(([id, metric]) =>
      isDeepStrictEqual(metric, found.metrics[id])
        ? []
        : [`${key} ${id}: ${JSON.stringify(found.metrics[id])}, not ${JSON.stringify(metric)}`],
    )
    if (isDeepStrictEqual(snapshot.worst, found.worst)) return lines
    return [...lines, `${key} worst: ${JSON.stringify(found.worst)}, not ${JSON.stringify(snapshot.worst)}`]
  })
