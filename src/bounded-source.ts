import type { Topic } from './core/topics.ts'
import type { EventSource, LagView, ShardOffsets, SourceRecord } from './ports.ts'

/** A source that ends where it is told to, as if the log did. */
export type BoundedSource = EventSource & {
  /** Offsets of the first records not to hand out, by shard; a topic that is not named has no end but the log's. */
  bound(ends: ReadonlyMap<number, ShardOffsets>): void
  /** From when on the log still has all that ever lay in it; null: from its beginning. As far as was read. */
  completeFromMs(): number | null
}

type BoundedState = {
  readonly source: EventSource
  /** What was taken from the source and lies beyond its end. */
  readonly waiting: Map<string, SourceRecord>
  /** Lanes whose first record has been seen, by this reader or one before it. */
  readonly begun: Set<string>
  ends: ReadonlyMap<number, ShardOffsets>
  completeFromMs: number | null
}

/** Says nothing of itself to the log: what is read is read beside those who do. */
export const createBoundedSource = (source: EventSource): BoundedSource => {
  const state: BoundedState = {
    source,
    waiting: new Map(),
    begun: new Set(),
    ends: new Map(),
    completeFromMs: null,
  }
  return {
    ...source,
    partitions: source.partitions,
    start: (listener) =>
      source.start({
        ...listener,
        onAssigned: async (shard) => {
          const offsets = await listener.onAssigned(shard)
          for (const topic of Object.keys(offsets)) state.begun.add(nameOf(shard, topic as Topic))
          return offsets
        },
      }),
    bound: (ends) => {
      state.ends = ends
    },
    completeFromMs: () => state.completeFromMs,
    peek: (shard) => peek(state, shard),
    take: (shard, topic) => take(state, shard, topic),
    lag: (shard) => source.lag(shard).map((lag) => lagWithin(state, lag)),
    hintCommitted: async () => {},
    seek: async (shard, offsets) => {
      for (const { topic } of source.lag(shard)) state.waiting.delete(nameOf(shard, topic))
      await source.seek(shard, offsets)
    },
  }
}

const nameOf = (shard: number, topic: Topic): string => `${shard} ${topic}`

const isBeyond = ({ ends }: BoundedState, { topic, partition, offset }: SourceRecord): boolean => {
  const end = ends.get(partition)?.[topic]
  return end !== undefined && offset >= end
}

const peek = (state: BoundedState, shard: number): readonly SourceRecord[] => {
  const held = [...state.waiting.values()].filter(({ partition }) => partition === shard)
  const next = state.source.peek(shard).filter(({ topic }) => !state.waiting.has(nameOf(shard, topic)))
  return [...held, ...next].filter((record) => !isBeyond(state, record))
}

const take = (state: BoundedState, shard: number, topic: Topic): SourceRecord | undefined => {
  const name = nameOf(shard, topic)
  const record = state.waiting.get(name) ?? state.source.take(shard, topic)
  if (!record) return undefined
  noteBeginning(state, name, record)
  if (isBeyond(state, record)) {
    state.waiting.set(name, record)
    return undefined
  }
  state.waiting.delete(name)
  return record
}

const noteBeginning = (state: BoundedState, name: string, { offset, timestampMs }: SourceRecord): void => {
  if (state.begun.has(name)) return
  state.begun.add(name)
  if (offset > 0n) state.completeFromMs = Math.max(state.completeFromMs ?? timestampMs, timestampMs)
}

const lagWithin = ({ waiting, ends }: BoundedState, lag: LagView): LagView => {
  const position = waiting.get(nameOf(lag.partition, lag.topic))?.offset ?? lag.position
  const bound = ends.get(lag.partition)?.[lag.topic]
  const { end, endAtMs } = bound === undefined ? lag : { end: bound, endAtMs: Number.POSITIVE_INFINITY }
  return { ...lag, position, end: end !== null && end < position ? position : end, endAtMs }
}
