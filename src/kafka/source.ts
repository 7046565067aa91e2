import type { Topic } from '../core/topics.ts'
import { doctorRemedy, FloorwatchError, isRetriable } from '../errors.ts'
import type { EventSource, ShardOffsets } from '../ports.ts'
import { type AdminCalls, createAdminCalls } from './admin-calls.ts'
import { openFeed } from './assignment.ts'
import type { KafkaClient } from './client.ts'
import { createMember, listenToConsumer, runConsumer } from './consume.ts'
import { createFetchWatch, type FetchWatch } from './fetch-watch.ts'
import type { GroupMember } from './group-member.ts'
import { createHints } from './hints.ts'
import { instantMs } from './instant.ts'
import { hasDrained, lagOf, reopenDrained } from './lane.ts'
import { checkLanes } from './lane-checks.ts'
import {
  createLogOffsets,
  readPartitionCount,
  readPartitionCounts,
  requireEqualCounts,
} from './log-offsets.ts'
import {
  beginTrouble,
  createFeedState,
  dropFeed,
  endTrouble,
  type FeedState,
  failSource,
  openLanes,
  steerLane,
} from './shard-feed.ts'
import type { KafkaSourceOptions } from './source-options.ts'
import { createWakeUp } from './wake-up.ts'

export type KafkaSource = EventSource & {
  /** How long brokers have not answered a fetch, in ms; for the health page. */
  readonly fetchAgeMs: () => number
}

/**
 * Connects, checks that the topics exist and agree in their partition count (`kafka-topic-missing`,
 * `kafka-partitions-differ`), and joins no group before `start`.
 */
export async function createKafkaSource(options: KafkaSourceOptions): Promise<KafkaSource> {
  const calls = await createAdminCalls(options.client)
  try {
    const partitions = await readPartitionCount(options.client, calls, Object.values(options.topics))
    return assembleSource(options, calls, partitions)
  } catch (error) {
    await calls.close()
    throw error
  }
}

function assembleSource(options: KafkaSourceOptions, calls: AdminCalls, partitions: number): KafkaSource {
  const { client, limits } = options
  const wakeUp = createWakeUp()
  const watch = createFetchWatch(limits.fetchBytesMax)
  const { consumer, nodeIds, leave } = createMember(options, {
    partitions,
    owned: () => [...state.feeds.keys()],
  })
  const logAnswers = () => watch.ageMs() < limits.endTrustMs
  const logOffsets = createLogOffsets(calls)
  const state = createFeedState({
    ...options,
    partitions,
    consumer,
    logOffsets,
    logAnswers,
    emptiedAtMs: watch.emptiedAtMs,
    queued: watch.queued,
    wake: wakeUp.wake,
  })
  const hints = createHints(consumer, client.log)
  const checks = createChecks({ state, calls, watch, nodeIds })
  let closing: Promise<void> | undefined

  const close = async () => {
    checks.stop()
    state.ended = true
    for (const feed of state.feeds.values()) dropFeed(state, feed)
    wakeUp.wake()
    await hints.close()
    await leave()
    await calls.close()
  }

  return {
    partitions,
    start: async (listener) => {
      state.listener = listener
      listenToConsumer(state, watch)
      await runConsumer(state)
      if (!state.ended) checks.start()
    },
    ...readFeeds(state),
    wait: wakeUp.sleep,
    hintCommitted: async (shard, offsets) => hints.add(nameOffsets(options, shard, offsets)),
    fetchAgeMs: watch.ageMs,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

type Reading = Pick<EventSource, 'peek' | 'take' | 'lag' | 'instantMs' | 'seek'>

function readFeeds(state: FeedState): Reading {
  const lanesOf = (shard: number) => state.feeds.get(shard)?.lanes ?? []
  return {
    peek: (shard) => lanesOf(shard).flatMap(({ queue }) => queue.first() ?? []),
    take: (shard, topic) => {
      const lane = lanesOf(shard).find((candidate) => candidate.topic === topic)
      const record = lane?.queue.take()
      if (lane && hasDrained(lane, state.options.limits)) {
        reopenDrained(lane)
        steerLane(state, lane)
      }
      return record
    },
    lag: (shard) => {
      const endIsKnown = state.options.logAnswers()
      return lanesOf(shard).map((lane) => lagOf(lane, endIsKnown))
    },
    instantMs,
    seek: async (shard, offsets) => {
      const feed = state.feeds.get(shard)
      if (feed) await openFeed(state, feed, offsets)
    },
  }
}

const checkEveryMs = 1000
const fullCheckEveryMs = 10_000

type Checked = {
  readonly state: FeedState
  readonly calls: AdminCalls
  readonly watch: FetchWatch
  readonly nodeIds: GroupMember['nodeIds']
}

function createChecks({ state, calls, watch, nodeIds }: Checked) {
  let ticker: NodeJS.Timeout | undefined
  let checking = false
  let fullCheckAtMs = Number.NEGATIVE_INFINITY
  const check = async () => {
    watch.keepOnly(nodeIds())
    noteHang(state, watch)
    if (checking) return
    checking = true
    try {
      const every = instantMs() - fullCheckAtMs >= fullCheckEveryMs
      if (every) fullCheckAtMs = instantMs()
      checkFetches(state, watch)
      if (every) await checkPartitions(state, calls)
      await checkLanes(state, every)
      // A round of checks may have asked nothing; a fetch that was answered has.
      if (state.options.logAnswers()) endTrouble(state, 'ends')
    } catch (error) {
      reportCheck(state, error)
    } finally {
      checking = false
    }
  }
  return {
    start: () => {
      fullCheckAtMs = instantMs()
      ticker = setInterval(check, Math.min(checkEveryMs, state.options.limits.endAgeMaxMs))
    },
    stop: () => clearInterval(ticker),
  }
}

/** A broker holds an empty fetch for `fetchWaitMs`: one that takes so much longer hangs, whatever the group does. */
function noteHang(state: FeedState, watch: FetchWatch): void {
  const { client, limits } = state.options
  const hangMs = watch.underWayMs()
  if (hangMs > limits.endTrustMs) beginTrouble(state, 'fetch', silenceError(client, hangMs))
  else endTrouble(state, 'fetch')
}

/** Ends the process when fetches go unanswered for too long: the group would not notice (K4, K13). */
function checkFetches(state: FeedState, watch: FetchWatch): void {
  const { client, limits } = state.options
  if (openLanes(state).every(({ full }) => full)) watch.rest()
  if (watch.ageMs() > limits.fetchAgeMaxMs) failSource(state, silenceError(client, watch.ageMs()))
}

/** Growth would part a subject's events, and the count is part of the state's identity. */
async function checkPartitions({ options }: FeedState, calls: AdminCalls): Promise<void> {
  const count = requireEqualCounts(await readPartitionCounts(calls, Object.values(options.topics)))
  if (count === options.partitions) return
  throw new FloorwatchError(
    'kafka-partitions-differ',
    `the input topics have ${count} partitions by now, the state ${options.partitions}: a subject's older events lie ` +
      'elsewhere than its newer ones; count it anew: `floorwatch rebuild --swap`',
  )
}

/** The log cannot be asked just now: lanes say so by an unknown end, and fetches that stay away end the process. */
function reportCheck(state: FeedState, error: unknown): void {
  if (!isRetriable(error)) failSource(state, error)
  else beginTrouble(state, 'ends', error)
}

function silenceError({ brokers }: KafkaClient, ageMs: number): FloorwatchError {
  return new FloorwatchError('kafka-unavailable', {
    what: `kafka at ${brokers.join(', ')} has answered no fetch for ${Math.round(ageMs / 1000)} s`,
    remedy: doctorRemedy,
  })
}

function nameOffsets({ topics }: KafkaSourceOptions, shard: number, offsets: ShardOffsets) {
  return Object.entries(offsets).flatMap(([topic, offset]) => {
    const name = topics[topic as Topic]
    return name === undefined ? [] : [{ topic: name, partition: shard, offset: offset.toString() }]
  })
}
