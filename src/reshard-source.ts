import { type Partitioner, partitionFor } from './core/partition.ts'
import type { Topic } from './core/topics.ts'
import type { EventSource, LagView, ShardOffsets, SourceRecord } from './ports.ts'

export type ReshardSource = EventSource & {
  /** Where each partition has been read up to, once all of it was filed. */
  positions(): ReadonlyMap<number, ShardOffsets>
}

export type ReshardOptions = {
  readonly source: EventSource
  readonly topics: readonly Topic[]
  readonly partitioner: Partitioner
}

/** A record on its way from the partition it lies in to the shard that its key gives. */
type Passage = { readonly record: SourceRecord; isDone: boolean }

/** A partition of a topic as it lies in the log. */
type Lane = {
  readonly topic: Topic
  readonly partition: number
  /** Read ahead, to compare timestamps. */
  front: SourceRecord | undefined
  /** The greatest offset that is on its way or has arrived. */
  passedTo: bigint
  /** On their way, in the order of the log. */
  readonly passages: Passage[]
}

/** A topic as one shard sees it. */
type Door = { readonly queue: Passage[]; readonly taken: Passage[] }

type ReshardState = ReshardOptions & {
  readonly lanes: ReadonlyMap<Topic, readonly Lane[]>
  readonly doors: ReadonlyMap<string, Door>
}

/** Records that wait at one door, before the others must catch up. */
const queueMax = 10_000

/**
 * Gives each shard the records whose key is its own, whatever partition they lie in: where topics have grown, a
 * subject's older events lie elsewhere. Partitions of a topic are merged by the records' timestamps.
 *
 * A record's offset is rewritten, so that a shard's head never names more of its own partition than has been committed
 * by whichever shards it went to: begun again after a crash, some records come twice, which changes nothing, and none is left out.
 */
export const createReshardSource = (options: ReshardOptions): ReshardSource => {
  const { source, topics } = options
  const numbers = Array.from({ length: source.partitions }, (_, number) => number)
  const state: ReshardState = {
    ...options,
    lanes: new Map(
      topics.map((topic) => [topic, numbers.map((partition) => createLane(topic, partition))] as const),
    ),
    doors: new Map(
      numbers.flatMap((shard) =>
        topics.map((topic) => [doorName(shard, topic), { queue: [], taken: [] }] as const),
      ),
    ),
  }
  return {
    ...source,
    partitions: source.partitions,
    start: (listener) =>
      source.start({
        ...listener,
        onAssigned: async (shard) => {
          const offsets = await listener.onAssigned(shard)
          giveAgain(state, shard)
          return offsets
        },
      }),
    peek: (shard) => topics.flatMap((topic) => doorOf(state, shard, topic).queue[0]?.record ?? []),
    take: (shard, topic) => take(state, shard, topic),
    lag: (shard) => topics.map((topic) => lagOf(state, shard, topic)),
    seek: async (shard) => giveAgain(state, shard),
    hintCommitted: async (shard) => settle(state, shard),
    positions: () =>
      new Map(
        numbers.map((shard) => [
          shard,
          Object.fromEntries(source.lag(shard).map(({ topic, position }) => [topic, position])),
        ]),
      ),
  }
}

const createLane = (topic: Topic, partition: number): Lane => ({
  topic,
  partition,
  front: undefined,
  passedTo: -1n,
  passages: [],
})

const doorName = (shard: number, topic: Topic): string => `${shard} ${topic}`

const doorOf = ({ doors }: ReshardState, shard: number, topic: Topic): Door => {
  const door = doors.get(doorName(shard, topic))
  if (!door) throw new Error(`shard ${shard} takes no ${topic}`)
  return door
}

const take = (state: ReshardState, shard: number, topic: Topic): SourceRecord | undefined => {
  const door = doorOf(state, shard, topic)
  while (door.queue.length === 0 && passOldest(state, topic)) {}
  const passage = door.queue.shift()
  if (!passage) return undefined
  door.taken.push(passage)
  const own = (state.lanes.get(topic) ?? [])[shard] as Lane
  const { topicName, key, value, headers, timestampMs, unreadable } = passage.record
  const moved = { partition: shard, offset: safeNext(state, own) - 1n }
  return { topic, topicName, ...moved, key, value, headers, timestampMs, ...(unreadable && { unreadable }) }
}

/** The next record of the lane that is not known to be committed where it went. */
const safeNext = ({ source }: ReshardState, { topic, partition, passages, front }: Lane): bigint => {
  const next = passages[0]?.record ?? front
  if (next) return next.offset
  return source.lag(partition).find((view) => view.topic === topic)?.position ?? 0n
}

/** False while a lane that is not at its end has nothing to compare, or a door is full. */
const passOldest = (state: ReshardState, topic: Topic): boolean => {
  let oldest: Lane | undefined
  for (const lane of state.lanes.get(topic) ?? []) {
    lane.front ??= takeFront(state, lane)
    if (!lane.front && !isAtEnd(state, lane)) return false
    if (lane.front && (!oldest?.front || lane.front.timestampMs < oldest.front.timestampMs)) oldest = lane
  }
  const record = oldest?.front
  if (!oldest || !record) return false
  const { queue } = doorOf(state, shardOf(state, record), topic)
  if (queue.length >= queueMax) return false
  const passage = { record, isDone: false }
  oldest.front = undefined
  oldest.passedTo = record.offset
  oldest.passages.push(passage)
  queue.push(passage)
  return true
}

/** After the source began again it may hand out what is on its way already. */
const takeFront = (
  { source }: ReshardState,
  { topic, partition, passedTo }: Lane,
): SourceRecord | undefined => {
  let record = source.take(partition, topic)
  while (record && record.offset <= passedTo) record = source.take(partition, topic)
  return record
}

const isAtEnd = (state: ReshardState, lane: Lane): boolean => endOf(state, lane) !== undefined

/** Since when the lane is known to be read to its end; undefined: it is not. */
const endOf = ({ source }: ReshardState, { topic, partition }: Lane): number | undefined => {
  const lag = source.lag(partition).find((view) => view.topic === topic)
  return lag && lag.end !== null && lag.position >= lag.end ? lag.endAtMs : undefined
}

/** What has no key stays where it lies, and is judged there. */
const shardOf = ({ source, partitioner }: ReshardState, { key, partition }: SourceRecord): number =>
  key === null ? partition : partitionFor(key, source.partitions, partitioner)

/** One of a topic is left, and that has not come to its end, as far as this shard can tell. */
const lagOf = (state: ReshardState, shard: number, topic: Topic): LagView => {
  const lanes = state.lanes.get(topic) ?? []
  const queuedCount = doorOf(state, shard, topic).queue.length
  const ends = lanes.map((lane) => (lane.front === undefined ? endOf(state, lane) : undefined))
  const known = ends.filter((end) => end !== undefined)
  const isEnd = queuedCount === 0 && known.length === ends.length
  const position = safeNext(state, lanes[shard] as Lane)
  const end = isEnd ? position : position + 1n
  const endAtMs = Math.min(...known)
  return { topic, partition: shard, position, end, endAtMs, queuedCount, isFull: false }
}

/** The shard was loaded as it stands in the store: what it took since then comes once more. */
const giveAgain = (state: ReshardState, shard: number): void => {
  for (const topic of state.topics) {
    const { queue, taken } = doorOf(state, shard, topic)
    queue.unshift(...taken.splice(0))
  }
}

/** A commit holds all that the shard took, but perhaps the last of a topic, which may still wait to be filed. */
const settle = (state: ReshardState, shard: number): void => {
  for (const topic of state.topics) {
    const { taken } = doorOf(state, shard, topic)
    for (const passage of taken.splice(0, taken.length - 1)) passage.isDone = true
    for (const { passages } of state.lanes.get(topic) ?? []) {
      const first = passages.findIndex(({ isDone }) => !isDone)
      passages.splice(0, first < 0 ? passages.length : first)
    }
  }
}
