/** From one assignment of shards to the next. */
import { setTimeout } from 'node:timers/promises'
import { isRetriable } from '../errors.ts'
import type { ShardOffsets } from '../ports.ts'
import { closeLane, openLane } from './lane.ts'
import { findStart } from './lane-start.ts'
import {
  acknowledgeLoss,
  allLanes,
  beginTrouble,
  createFeed,
  dropFeed,
  endTrouble,
  type Feed,
  type FeedState,
  failSource,
  openLanes,
  seekLane,
  steerLane,
} from './shard-feed.ts'

const retryMs = 1_000

export type Joined = {
  readonly memberId: string
  readonly memberAssignment: Readonly<Record<string, readonly number[]>>
}

/**
 * Runs in the same tick as kafkajs's join, before it fetches for the new generation: what is lost stops flowing at once, what is
 * new stays paused until the listener has said where it begins. kafkajs joins again without waiting for anyone, so the old
 * owner may still be writing; the store's fence decides (K2). A shard that stays while the member id stays is not announced again.
 */
export function takeAssignment(state: FeedState, { memberId, memberAssignment }: Joined): void {
  const { feeds, options } = state
  const shards = new Set(Object.values(memberAssignment).flat())
  const lost = [...feeds.values()].filter(({ shard }) => memberId !== state.memberId || !shards.has(shard))
  state.connected = true
  state.memberId = memberId
  for (const feed of lost) dropFeed(state, feed)
  const added = [...shards].filter((shard) => !feeds.has(shard)).map((shard) => createFeed(options, shard))
  for (const feed of added) feeds.set(feed.shard, feed)
  for (const lane of openLanes(state)) seekLane(state, lane)
  for (const lane of allLanes(state)) steerLane(state, lane)
  state.settling = state.settling
    .then(() => settleAssignment(state, lost, added))
    .catch((error: unknown) => failSource(state, error))
  options.wake()
}

async function settleAssignment(
  state: FeedState,
  lost: readonly Feed[],
  added: readonly Feed[],
): Promise<void> {
  const known = lost.filter(({ announced }) => announced)
  await Promise.all(known.map(({ shard }) => state.listener?.onRevoked(shard)))
  await Promise.all(added.map((feed) => announceFeed(state, feed)))
}

async function announceFeed(state: FeedState, feed: Feed): Promise<void> {
  if (feed.gone || !state.listener) return
  feed.announced = true
  const offsets = await state.listener.onAssigned(feed.shard)
  while (!feed.gone && !state.ended && !(await tryOpenFeed(state, feed, offsets))) await setTimeout(retryMs)
  endTrouble(state, 'begin')
}

/** False: the log cannot be asked where it begins and ends just now. */
async function tryOpenFeed(state: FeedState, feed: Feed, offsets: ShardOffsets): Promise<boolean> {
  const { seeks } = feed
  try {
    await openFeed(state, feed, offsets)
    return true
  } catch (error) {
    if (!isRetriable(error)) throw error
    beginTrouble(state, 'begin', error)
    // Sought again meanwhile: that seek opens it.
    return feed.seeks > seeks + 1
  }
}

/** Starts all lanes of a shard at these offsets, unless the shard goes or is sought again meanwhile. */
export async function openFeed(state: FeedState, feed: Feed, offsets: ShardOffsets): Promise<void> {
  feed.seeks += 1
  const turn = feed.seeks
  for (const lane of feed.lanes) {
    closeLane(lane)
    steerLane(state, lane)
  }
  const told = await readTold(state, feed, offsets)
  const starts = await Promise.all(
    feed.lanes.map(async (lane) => {
      const reached = { stored: offsets[lane.topic], told: told.get(lane.topicName) }
      return { lane, ...(await findStart(lane, reached, state.options)) }
    }),
  )
  if (feed.gone || feed.seeks !== turn || !state.connected) return
  for (const { lane, start, end, endAtMs, loss } of starts) {
    if (loss) acknowledgeLoss(state, lane, loss)
    openLane(lane, start, { end, endAtMs })
    seekLane(state, lane)
    steerLane(state, lane)
  }
  state.options.wake()
}

/** What Kafka was told of lanes that the state knows nothing of: something means that the state is gone (R13). */
async function readTold(
  { options }: FeedState,
  feed: Feed,
  offsets: ShardOffsets,
): Promise<ReadonlyMap<string, bigint>> {
  const topicNames = feed.lanes.flatMap(({ topic, topicName }) =>
    offsets[topic] === undefined ? [topicName] : [],
  )
  if (topicNames.length < feed.lanes.length) return new Map()
  const told = await options.logOffsets.toldOffsets({
    groupId: options.groupId,
    topicNames,
    partition: feed.shard,
  })
  if (told.size > 0)
    options.client.log.error(
      { shard: feed.shard, toldOffsets: Object.fromEntries([...told].map(([name, at]) => [name, `${at}`])) },
      'the state is gone, though it was here: it is counted again from the log',
    )
  return told
}
