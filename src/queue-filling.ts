import type { Clock, EventSource, LagView } from './ports.ts'

export type QueueFilling = {
  readonly source: EventSource
  readonly clock: Clock
  readonly isStopping: () => boolean
}

/** Fewer records are fetched while a round goes on anyway. */
const unfetchedLeast = 5_000
const fillMaxMs = 1_000
/** Without an answer for so long the log is slower than what reads it. */
const quietMs = 50

/**
 * Far behind the end of the log, waits until each topic of each shard has a batch queued, or as much as its queue takes, while
 * answers bring more: a large batch costs much less a record, and it ends where the first of its topics has no more. A topic of which
 * nothing is queued is waited for without answers too. Returns at once where little is left to fetch.
 */
export const fillQueues = async (
  { source, clock, isStopping }: QueueFilling,
  shards: readonly number[],
  recordsMax: number,
): Promise<void> => {
  const untilMs = clock.now() + fillMaxMs
  let queuedCount = -1
  for (;;) {
    const lanes = shards.flatMap((shard) => source.lag(shard))
    const unfetchedCount = lanes.reduce((sum, lane) => sum + unfetchedOf(lane), 0)
    if (unfetchedCount < unfetchedLeast) return
    const short = lanes.filter((lane) => isShort(lane, recordsMax))
    const before = queuedCount
    queuedCount = lanes.reduce((sum, lane) => sum + lane.queuedCount, 0)
    const isQuiet = queuedCount === before && short.every((lane) => lane.queuedCount > 0)
    if (short.length === 0 || isQuiet || isStopping() || clock.now() >= untilMs) return
    await source.wait(quietMs)
  }
}

const isShort = (lane: LagView, recordsMax: number): boolean =>
  unfetchedOf(lane) > 0 && lane.queuedCount < recordsMax && !lane.isFull

const unfetchedOf = ({ end, position, queuedCount }: LagView): number =>
  end === null ? 0 : Math.max(0, Number(end - position) - queuedCount)
