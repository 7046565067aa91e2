import type { ShardHead } from './core/shard-codec.ts'
import type { Topic } from './core/topics.ts'
import type { TimeSource } from './core/watermark.ts'
import type { EventSource, ShardOffsets } from './ports.ts'

/** A place in the log and in time that two states can both stand at. */
export type RebuildMark = {
  /** The first records that are not filed, by partition. */
  readonly offsets: ReadonlyMap<number, ShardOffsets>
  /** As-of by shard; a shard that is not named comes to the least. */
  readonly asOfMs: ReadonlyMap<number, number>
  readonly leastAsOfMs: number
  /** Greatest event time before it; −Infinity: none. */
  readonly greatestMs: number
}

/**
 * Where a state stands that is being written: the rebuilt one can be brought to the very same place. Under another
 * partition count its shards are others, and come to the least as-of.
 */
export const markOfHeads = (
  heads: ReadonlyMap<number, ShardHead>,
  { topics, partitions }: { readonly topics: readonly Topic[]; readonly partitions: number },
): RebuildMark => {
  const known = [...heads.values()]
  const asOfs = [...heads].map(([shard, { asOfMs }]) => [shard, asOfMs] as const)
  return {
    offsets: new Map(
      Array.from({ length: partitions }, (_, shard) => [shard, readOffsets(heads.get(shard), topics)]),
    ),
    asOfMs: new Map(heads.size === partitions ? asOfs : []),
    leastAsOfMs: Math.min(...known.map(({ asOfMs }) => asOfMs)),
    greatestMs: Math.max(beginning, ...known.flatMap(({ greatestMs }) => Object.values(greatestMs))),
  }
}

const beginning = Number.NEGATIVE_INFINITY

/** Of a topic that its head does not name nothing was read. */
const readOffsets = (head: ShardHead | undefined, topics: readonly Topic[]): ShardOffsets =>
  Object.fromEntries(topics.map((topic) => [topic, BigInt(head?.next[topic] ?? 0)]))

/** The end of the log as it is now; undefined while the log has not told all of it. */
export const markOfLogEnd = (
  source: EventSource,
  { timeSource, nowMs }: { readonly timeSource: TimeSource; readonly nowMs: number },
): RebuildMark | undefined => {
  const offsets = new Map<number, ShardOffsets>()
  for (let shard = 0; shard < source.partitions; shard++) {
    const lags = source.lag(shard)
    if (lags.length === 0 || lags.some(({ end }) => end === null)) return undefined
    offsets.set(shard, Object.fromEntries(lags.map(({ topic, end }) => [topic, end as bigint])))
  }
  const leastAsOfMs = timeSource === 'clock' ? nowMs : Number.POSITIVE_INFINITY
  return { offsets, asOfMs: new Map(), leastAsOfMs, greatestMs: beginning }
}

/** Whether the log reaches to the mark, and what was read does not lie past it. */
export const isWithin = (mark: RebuildMark, source: EventSource): boolean =>
  [...mark.offsets].every(([shard, offsets]) =>
    source.lag(shard).every(({ topic, position, end }) => {
      const marked = offsets[topic] ?? 0n
      return marked === 0n ? true : position <= marked && end !== null && marked <= end
    }),
  )
