/** Runs the kafkajs consumer for the lanes: its batches go into their queues, its events to whom they concern. */
import { createAssigner } from './assigner.ts'
import { takeAssignment } from './assignment.ts'
import { toKafkaError } from './client.ts'
import type { FetchWatch } from './fetch-watch.ts'
import { createGroupMember, type GroupMember } from './group-member.ts'
import { acceptBatch, doubtLane, type FetchedBatch, passFiltered } from './lane.ts'
import {
  beginTrouble,
  endTrouble,
  type FeedState,
  failSource,
  findLane,
  seekLane,
  steerLane,
} from './shard-feed.ts'
import type { KafkaSourceOptions } from './source-options.ts'

export type Membership = { readonly partitions: number; readonly owned: () => readonly number[] }

export function createMember(options: KafkaSourceOptions, { partitions, owned }: Membership): GroupMember {
  const { limits } = options
  const topicNames = Object.values(options.topics)
  return createGroupMember(options.client, {
    groupId: options.groupId,
    assigner: createAssigner({ topicNames, partitions, owned }),
    sessionTimeout: limits.sessionTimeoutMs,
    rebalanceTimeout: limits.rebalanceTimeoutMs,
    heartbeatInterval: limits.heartbeatMs,
    maxBytes: limits.fetchBytesMax,
    maxBytesPerPartition: limits.fetchPartitionBytesMax,
    maxWaitTimeInMs: limits.fetchWaitMs,
    allowAutoTopicCreation: false,
  })
}

export async function runConsumer(state: FeedState): Promise<void> {
  const { consumer, client, groupId, topics, partitions } = state.options
  const topicNames = Object.values(topics)
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: topicNames, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitions * topicNames.length,
      eachBatch: async ({ batch, resolveOffset }) => {
        const last = queueBatch(state, batch as FetchedBatch)
        if (last !== undefined) resolveOffset(last)
      },
    })
  } catch (error) {
    throw toKafkaError(client, `joining the group ${groupId}`, error)
  }
}

/**
 * Only hands the records over, so that no handler ever holds up a rebalance or another partition (K1, K3, K5). Returns the
 * offset to resolve; none for a batch that was not asked for from where the lane stands, which is then asked for again.
 */
function queueBatch(state: FeedState, batch: FetchedBatch): string | undefined {
  const lane = findLane(state, batch)
  if (!lane?.open || state.ended) return undefined
  const wasFull = lane.full
  const { limits, queued } = state.options
  const bytesBefore = lane.queue.bytes()
  if (!acceptBatch(lane, batch, limits)) {
    queued(limits.fetchBytesMax)
    doubtLane(lane)
    seekLane(state, lane)
    return undefined
  }
  queued(lane.queue.bytes() - bytesBefore)
  if (lane.full && !wasFull) steerLane(state, lane)
  state.options.wake()
  return batch.messages.at(-1)?.offset
}

export function listenToConsumer(state: FeedState, watch: FetchWatch): void {
  const { consumer, client, wake } = state.options
  const { events } = consumer
  consumer.on(events.GROUP_JOIN, ({ payload }) => {
    if (state.ended) return
    watch.answered()
    // The fetches of the generation before are over, answered or not.
    watch.keepOnly([])
    endTrouble(state, 'consumer')
    takeAssignment(state, payload)
    state.listener?.onJoined?.()
  })
  consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
    const lane = payload.batchSize === 0 ? findLane(state, payload) : undefined
    if (!lane) return
    state.options.queued(state.options.limits.fetchBytesMax)
    passFiltered(lane, BigInt(payload.lastOffset))
    wake()
  })
  consumer.on(events.FETCH_START, ({ payload }) => watch.fetchStarted(String(payload.nodeId)))
  consumer.on(events.FETCH, ({ payload }) => watch.fetchEnded(String(payload.nodeId)))
  consumer.on(events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Fetch') watch.answered()
  })
  consumer.on(events.STOP, () => {
    state.connected = false
  })
  consumer.on(events.CRASH, ({ payload }) => {
    state.connected = false
    const error = toKafkaError(client, 'consuming', payload.error)
    // Not restarted, the consumer is gone for good while the process lives on (K6).
    if (payload.restart) beginTrouble(state, 'consumer', error)
    else failSource(state, error)
  })
}
