/** What the source knows of the shards it holds, and how it steers kafkajs for them. */
import type { Consumer } from 'kafkajs'
import type { Topic } from '../core/topics.ts'
import type { AssignmentListener, DataLoss } from '../ports.ts'
import { closeLane, createLane, type Lane } from './lane.ts'
import { lossError } from './lane-start.ts'
import type { LogOffsets } from './log-offsets.ts'
import type { KafkaSourceOptions } from './source-options.ts'

export type Feed = {
  readonly shard: number
  readonly lanes: readonly Lane[]
  /** The listener has been told of it, so it must be told when it goes. */
  announced: boolean
  gone: boolean
  /** Counts seeks: only the latest opens the lanes. */
  seeks: number
}

export type FeedOptions = KafkaSourceOptions & {
  readonly partitions: number
  readonly consumer: Consumer
  readonly logOffsets: LogOffsets
  readonly wake: () => void
  readonly logAnswers: () => boolean
  /** Fetches sent up to this instant have been answered and queued. */
  readonly emptiedAtMs: () => number
  readonly queued: (bytes: number) => void
}

/** The mutable state of a source; changed here, in assignment.ts and in lane-checks.ts. */
export type FeedState = {
  readonly options: FeedOptions
  readonly feeds: Map<number, Feed>
  listener: AssignmentListener | undefined
  memberId: string
  /** kafkajs refuses to pause, resume or seek while it has no group. */
  connected: boolean
  ended: boolean
  /** What keeps the log from answering just now. */
  readonly troubles: Set<Trouble>
  /** One change of assignment after another. */
  settling: Promise<void>
}

/** The consumer starts again; a shard that arrived, or one that is here, asked the log for its ends in vain; a fetch hangs. */
export type Trouble = 'consumer' | 'begin' | 'ends' | 'fetch'

export function createFeedState(options: FeedOptions): FeedState {
  const feeds = new Map<number, Feed>()
  const settling = Promise.resolve()
  const troubles = new Set<Trouble>()
  return {
    options,
    feeds,
    listener: undefined,
    memberId: '',
    connected: false,
    ended: false,
    troubles,
    settling,
  }
}

export function createFeed({ topics }: FeedOptions, shard: number): Feed {
  const lanes = Object.entries(topics).map(([topic, name]) => createLane(topic as Topic, name, shard))
  return { shard, lanes, announced: false, gone: false, seeks: 0 }
}

export function dropFeed({ feeds }: FeedState, feed: Feed): void {
  feed.gone = true
  for (const lane of feed.lanes) closeLane(lane)
  feeds.delete(feed.shard)
}

export function allLanes({ feeds }: FeedState): readonly Lane[] {
  return [...feeds.values()].flatMap(({ lanes }) => lanes)
}

export function openLanes(state: FeedState): readonly Lane[] {
  return allLanes(state).filter(({ open }) => open)
}

type TopicPartition = { readonly topic: string; readonly partition: number }

export function findLane({ feeds }: FeedState, { topic, partition }: TopicPartition): Lane | undefined {
  return feeds.get(partition)?.lanes.find(({ topicName }) => topicName === topic)
}

/** Fetches the lane, or not while it is closed or full. */
export function steerLane({ connected, options: { consumer } }: FeedState, lane: Lane): void {
  if (!connected) return
  const target = [{ topic: lane.topicName, partitions: [lane.partition] }]
  if (lane.open && !lane.full) consumer.resume(target)
  else consumer.pause(target)
}

/** Without automatic commits this only sets where the next fetch goes (hazard K15). */
export function seekLane({ connected, options: { consumer } }: FeedState, lane: Lane): void {
  if (connected) {
    consumer.seek({ topic: lane.topicName, partition: lane.partition, offset: lane.next.toString() })
  }
}

export function failSource(state: FeedState, error: unknown): void {
  if (state.ended) return
  state.ended = true
  state.listener?.onFatal(error instanceof Error ? error : new Error(String(error)))
}

export function beginTrouble(state: FeedState, trouble: Trouble, error: Error): void {
  state.troubles.add(trouble)
  if (!state.ended) state.listener?.onOutage?.(error)
}

export function endTrouble({ troubles, listener }: FeedState, trouble: Trouble): void {
  if (troubles.delete(trouble) && troubles.size === 0) listener?.onRecovered?.()
}

/** Throws `kafka-data-loss`, or says what is lost and lets the lane go on. */
export function acknowledgeLoss({ options, listener }: FeedState, lane: Lane, loss: DataLoss): void {
  if (options.onDataLoss === 'stop') throw lossError(lane, loss)
  const { topicName: topic, partition } = lane
  const fields = { topic, partition, expected: `${loss.expected}`, found: `${loss.found}` }
  options.client.log.error(fields, 'records are gone from the log before they were read')
  listener?.onDataLoss?.(loss)
}
