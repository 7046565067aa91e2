/** Asks the log where it begins and ends, for lanes that cannot know it from what they fetch. */
import { instantMs } from './instant.ts'
import { type Lane, noteEnd, skipTo } from './lane.ts'
import { findLoss, rangeOf } from './lane-start.ts'
import { acknowledgeLoss, type FeedState, openLanes, seekLane, steerLane } from './shard-feed.ts'

/** How long a lane may stand before the end of the log without being asked after. */
const sureForMs = 1000

/** `every`: also the lanes that seem caught up, whose log may have been cut. */
export async function checkLanes(state: FeedState, every: boolean): Promise<void> {
  const now = instantMs()
  const { endAgeMaxMs } = state.options.limits
  const due = openLanes(state).filter(
    (lane) => !lane.full && (every || isUnsure(lane, now) || now - lane.endAtMs >= endAgeMaxMs),
  )
  await Promise.all(due.map((lane) => checkLane(state, lane)))
}

function isUnsure(lane: Lane, nowMs: number): boolean {
  return (
    lane.end === null || lane.isDoubtful || (lane.end !== lane.next && nowMs - lane.movedAtMs >= sureForMs)
  )
}

async function checkLane(state: FeedState, lane: Lane): Promise<void> {
  const { logOffsets, logAnswers, emptiedAtMs, wake } = state.options
  const { next } = lane
  const { low, high, askedAtMs } = await rangeOf(lane, logOffsets)
  const isInside = next >= low && next <= high
  const loss = isInside ? undefined : await findLoss(lane, next, logOffsets)
  if (!lane.open || lane.next !== next) return
  if (loss) {
    acknowledgeLoss(state, lane, loss)
    skipTo(lane, loss.found, { end: high, endAtMs: askedAtMs })
    seekLane(state, lane)
    steerLane(state, lane)
  } else if (logAnswers()) {
    noteEnd(lane, { next, end: high, endAtMs: askedAtMs, emptiedAtMs: emptiedAtMs() })
    wake()
  }
}
