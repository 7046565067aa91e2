import type { Topic } from '../core/topics.ts'
import { FloorwatchError } from '../errors.ts'
import type { AssignmentListener, EventSource, LagView, ShardOffsets } from '../ports.ts'
import type { MemoryLog } from './log.ts'

export type MemorySourceOptions = {
  readonly log: MemoryLog
  /** Where a shard without a stored offset begins. */
  readonly startFrom: 'earliest' | 'latest' | { readonly atMs: number }
  readonly onDataLoss: 'stop' | 'continue'
  /** Drops from the log what is committed, so that a long run stays small. */
  readonly dropCommitted: boolean
}

type Lane = { readonly topic: Topic; readonly partition: number; next: bigint }

/** Every shard of the log, one member only. Queues are the log itself, so nothing is ever paused. */
export function createMemorySource(options: MemorySourceOptions): EventSource {
  const { log } = options
  const shards = new Map<number, readonly Lane[]>()
  const sleepers = new Set<() => void>()
  let listener: AssignmentListener | undefined
  let arrived = false
  let closed = false

  const wake = () => {
    arrived = true
    for (const end of sleepers) end()
  }
  const stopWatching = log.watch(wake)

  const openShard = (shard: number, offsets: ShardOffsets) => {
    if (closed) return
    const lanes = log.topics.map((topic) =>
      openLane(options, { topic, partition: shard, next: 0n }, offsets[topic]),
    )
    for (const { lane, lostFrom } of lanes) {
      if (lostFrom === undefined) continue
      listener?.onDataLoss?.({ ...lane, expected: lostFrom, found: lane.next })
    }
    shards.set(
      shard,
      lanes.map(({ lane }) => lane),
    )
    wake()
  }

  const assign = async (to: AssignmentListener) => {
    listener = to
    to.onJoined?.()
    try {
      for (let shard = 0; shard < log.partitions && !closed; shard += 1) {
        openShard(shard, await to.onAssigned(shard))
      }
    } catch (error) {
      to.onFatal(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    partitions: log.partitions,
    start: assign,
    peek: (shard) =>
      (shards.get(shard) ?? []).flatMap(({ topic, next }) => log.read(topic, shard, next) ?? []),
    take: (shard, topic) => {
      const lane = shards.get(shard)?.find((candidate) => candidate.topic === topic)
      const record = lane && log.read(topic, shard, lane.next)
      if (lane && record) lane.next += 1n
      return record
    },
    instantMs: () => 0,
    lag: (shard) => (shards.get(shard) ?? []).map((lane) => lagOf(log, lane)),
    seek: async (shard, offsets) => {
      if (shards.has(shard)) openShard(shard, offsets)
    },
    wait: async (timeoutMs) => {
      if (!arrived && !closed) await sleepUntilWoken(sleepers, timeoutMs)
      arrived = false
    },
    hintCommitted: async (shard, offsets) => {
      if (!options.dropCommitted) return
      for (const topic of log.topics) log.trim(topic, shard, offsets[topic] ?? 0n)
    },
    close: async () => {
      closed = true
      stopWatching()
      shards.clear()
      wake()
    },
  }
}

function sleepUntilWoken(sleepers: Set<() => void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      sleepers.delete(end)
      resolve()
    }
    const timer = setTimeout(end, timeoutMs)
    sleepers.add(end)
  })
}

function lagOf(log: MemoryLog, { topic, partition, next }: Lane): LagView {
  const end = log.range(topic, partition).high
  const endAtMs = Number.POSITIVE_INFINITY
  return { topic, partition, position: next, end, endAtMs, queuedCount: Number(end - next), isFull: false }
}

type OpenedLane = { readonly lane: Lane; readonly lostFrom?: bigint }

function openLane(options: MemorySourceOptions, lane: Lane, stored: bigint | undefined): OpenedLane {
  const { low, high } = options.log.range(lane.topic, lane.partition)
  if (stored === undefined) return { lane: { ...lane, next: findFirst(options, lane) } }
  if (stored >= low && stored <= high) return { lane: { ...lane, next: stored } }
  if (options.onDataLoss === 'continue') return { lane: { ...lane, next: low }, lostFrom: stored }
  throw new FloorwatchError(
    'kafka-data-loss',
    `${lane.topic} partition ${lane.partition}: offset ${stored} was to be read next, the log holds ${low} to ${high}`,
  )
}

function findFirst({ log, startFrom }: MemorySourceOptions, { topic, partition }: Lane): bigint {
  const { low, high } = log.range(topic, partition)
  if (startFrom === 'earliest') return low
  if (startFrom === 'latest') return high
  let at = low
  while (at < high && (log.read(topic, partition, at)?.timestampMs ?? 0) < startFrom.atMs) at += 1n
  return at
}
