import type { OutageLog } from './outage-log.ts'
import type { Clock, EventSource, ServiceStatus, ShardStatus } from './ports.ts'
import type { ShardSet } from './shard-set.ts'
import type { ShardWriter } from './shard-writer.ts'

export type StatusParts = {
  readonly clock: Clock
  readonly source: EventSource
  readonly shards: ShardSet
  readonly outages: OutageLog
  readonly isJoined: boolean
  readonly isStopping: boolean
}

/** What the service tells of itself, from memory alone: it asks nobody, so it answers during any outage. */
export const readStatus = (parts: StatusParts): ServiceStatus => ({
  nowMs: parts.clock.now(),
  isJoined: parts.isJoined,
  isDraining: parts.isStopping,
  shardCount: parts.shards.shardCount,
  isLoaded: parts.shards.isStoreWell(),
  outages: parts.outages.status(),
  shards: [...parts.shards.writers.values()].map((writer) => readShard(parts, writer)),
})

const readShard = ({ source, shards }: StatusParts, writer: ShardWriter): ShardStatus => {
  const head = writer.head()
  const offsets = writer.offsets()
  const isCaughtUp = writer.isCaughtUp()
  const lag = source.lag(writer.shard).map(({ topic, position, end, queuedCount }) => ({
    topic,
    queuedCount,
    // Behind the last record there may lie what no reader is handed, such as the end of a transaction.
    recordCount: end === null ? null : isCaughtUp ? 0 : countBetween(offsets[topic] ?? position, end),
  }))
  return {
    shard: writer.shard,
    asOfMs: knownInstant(head.asOfMs),
    watermarkMs: knownInstant(head.watermarkMs),
    isCaughtUp,
    isHeld: writer.isHeld(),
    committedAtMs: shards.committedAtMs.get(writer.shard) ?? null,
    lag,
    offsets,
    counters: head.counters,
  }
}

const knownInstant = (atMs: number): number | null => (atMs > 0 ? atMs : null)

const countBetween = (from: bigint, to: bigint): number => (to > from ? Number(to - from) : 0)
