import { FloorwatchError } from '../errors.ts'
import type { AdminCalls } from './admin-calls.ts'
import type { KafkaClient } from './client.ts'
import { instantMs } from './instant.ts'

/** First offset still in the log, and the end of what is committed in it. */
export type LogRange = {
  readonly low: bigint
  readonly high: bigint
  /** Just before it was asked for. */
  readonly askedAtMs: number
}

export type LogOffsets = {
  /** By partition. Calls for one topic at the same time share one request. */
  readonly ranges: (topicName: string) => Promise<ReadonlyMap<number, LogRange>>
  /** Per partition the first offset whose timestamp is at `atMs` or later; the end of the log when there is none. */
  readonly offsetsAt: (topicName: string, atMs: number) => Promise<ReadonlyMap<number, bigint>>
  /** How far Kafka was told that the group has read a partition of these topics, by topic; 0 and nothing are left out. */
  readonly toldOffsets: (told: ToldQuestion) => Promise<ReadonlyMap<string, bigint>>
}

export type ToldQuestion = {
  readonly groupId: string
  readonly topicNames: readonly string[]
  readonly partition: number
}

export function createLogOffsets(calls: AdminCalls): LogOffsets {
  const asked = new Map<string, Promise<ReadonlyMap<number, LogRange>>>()
  const ask = async (topicName: string) => {
    const askedAtMs = instantMs()
    try {
      const offsets = await calls.ask(`reading the offsets of ${topicName}`, (admin) =>
        admin.fetchTopicOffsets(topicName),
      )
      return new Map(
        offsets.map(({ partition, low, high }) => [
          partition,
          { low: BigInt(low), high: BigInt(high), askedAtMs },
        ]),
      )
    } finally {
      asked.delete(topicName)
    }
  }
  return {
    ranges: (topicName) => {
      const request = asked.get(topicName) ?? ask(topicName)
      asked.set(topicName, request)
      return request
    },
    offsetsAt: async (topicName, atMs) => {
      const offsets = await calls.ask(`finding where ${topicName} begins in time`, (admin) =>
        admin.fetchTopicOffsetsByTimestamp(topicName, atMs),
      )
      return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]))
    },
    toldOffsets: async ({ groupId, topicNames, partition }) => {
      const told = await calls.ask('reading what it was told', (admin) =>
        admin.fetchOffsets({ groupId, topics: [...topicNames] }),
      )
      return new Map(
        told.flatMap(({ topic, partitions }): [string, bigint][] => {
          const offset = BigInt(partitions.find((one) => one.partition === partition)?.offset ?? 0)
          return offset > 0n ? [[topic, offset]] : []
        }),
      )
    },
  }
}

/** The partition count that all topics share; a missing topic or differing counts are errors that say what to do. */
export async function readPartitionCount(
  client: KafkaClient,
  calls: AdminCalls,
  topicNames: readonly string[],
): Promise<number> {
  const counts = await readPartitionCounts(calls, topicNames)
  const missing = topicNames.filter((name) => !counts.has(name))
  if (missing.length > 0) {
    throw new FloorwatchError(
      'kafka-topic-missing',
      `${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not exist on ${client.brokers.join(', ')}; ` +
        '`floorwatch topics` shows and creates what is missing',
    )
  }
  return requireEqualCounts(counts)
}

/** Existing topics only. */
export async function readPartitionCounts(
  calls: AdminCalls,
  topicNames: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  return calls.ask('reading the topics', async (admin) => {
    const existing = new Set(await admin.listTopics())
    const topics = topicNames.filter((name) => existing.has(name))
    if (topics.length === 0) return new Map()
    const metadata = await admin.fetchTopicMetadata({ topics })
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
  })
}

export function requireEqualCounts(counts: ReadonlyMap<string, number>): number {
  const distinct = [...new Set(counts.values())]
  const [count] = distinct
  if (count !== undefined && distinct.length === 1) return count
  const list = [...counts]
    .toSorted()
    .map(([name, partitions]) => `${name} has ${partitions}`)
    .join(', ')
  throw new FloorwatchError(
    'kafka-partitions-differ',
    `the input topics must have the same number of partitions, so that one subject's events meet: ${list}. ` +
      'Add partitions to those that have fewer; where events lie in them already, then count anew: ' +
      '`floorwatch rebuild --reshard --swap`',
  )
}
