/** Asks the log where it begins and ends, for lanes that cannot know it from what they fetch. */
import { FloorwatchError } from '../errors.ts'
import { type Lane, noteEnd, openLane } from './lane.ts'
import { findLoss, rangeOf } from './lane-start.ts'
import { requireEqualCounts } from './log-offsets.ts'
import {
  acknowledgeLoss,
  type FeedOptions,
  type FeedState,
  failSource,
  openLanes,
  seekLane,
  steerLane,
} from './shard-feed.ts'

/** How long a lane may stand before the end of the log without being asked after. */
const sureForMs = 1000

/** `every`: also the lanes that seem caught up, whose log may have been cut or grown partitions. */
export async function checkLanes(state: FeedState, every: boolean): Promise<void> {
  const now = Date.now()
  const due = openLanes(state).filter((lane) => !lane.full && (every || isUnsure(lane, now)))
  const topicNames = [...new Set(due.map(({ topicName }) => topicName))]
  try {
    await Promise.all(topicNames.map((topicName) => checkPartitions(state.options, topicName)))
    await Promise.all(due.map((lane) => checkLane(state, lane)))
  } catch (error) {
    if (!(error instanceof FloorwatchError) || !error.retriable) failSource(state, error)
    else state.options.client.log.warn({ error: error.message }, 'the ends of the topics are not known')
  }
}

function isUnsure(lane: Lane, nowMs: number): boolean {
  return lane.end === null || (lane.end !== lane.next && nowMs - lane.movedAtMs >= sureForMs)
}

/** Growth would part a subject's events; the count is part of the state's identity. */
async function checkPartitions(options: FeedOptions, topicName: string): Promise<void> {
  const { size } = await options.logOffsets.ranges(topicName)
  if (size === options.partitions) return
  requireEqualCounts(
    new Map([
      [`${topicName} at the start`, options.partitions],
      [`${topicName} now`, size],
    ]),
  )
}

async function checkLane(state: FeedState, lane: Lane): Promise<void> {
  const { logOffsets, logAnswers, wake } = state.options
  const { next } = lane
  const { high } = await rangeOf(lane, logOffsets)
  const loss = await findLoss(lane, next, logOffsets)
  if (!lane.open || lane.next !== next) return
  if (loss) {
    acknowledgeLoss(state, lane, loss)
    openLane(lane, loss.found, high)
    seekLane(state, lane)
    steerLane(state, lane)
  } else if (logAnswers()) {
    noteEnd(lane, next, high)
    wake()
  }
}
