import type { Clock, EventSource } from './ports.ts'

/** What a shard could take: queued already, and still to be fetched. */
type Backlog = { readonly queuedCount: number; readonly unfetchedCount: number }

export type QueueFilling = {
  readonly source: EventSource
  readonly clock: Clock
  readonly isStopping: () => boolean
}

/** Fewer records are fetched while a round goes on anyway. */
const unfetchedLeast = 5_000
const fillMaxMs = 1_000
/** Without an answer for so long the queues are full, or the log is slower than what reads it. */
const quietMs = 50

/**
 * Far behind the end of the log, waits until each shard has as many records queued as it may take, while answers bring more: a
 * large batch costs much less a record. Returns at once where little is left to fetch.
 */
export const fillQueues = async (
  { source, clock, isStopping }: QueueFilling,
  shards: readonly number[],
  recordsMax: number,
): Promise<void> => {
  const untilMs = clock.now() + fillMaxMs
  let queuedCount = -1
  for (;;) {
    const backlogs = shards.map((shard) => backlogOf(source, shard))
    const isFilled = backlogs.every((one) => one.queuedCount >= recordsMax || one.unfetchedCount === 0)
    const unfetchedCount = backlogs.reduce((sum, one) => sum + one.unfetchedCount, 0)
    const before = queuedCount
    queuedCount = backlogs.reduce((sum, one) => sum + one.queuedCount, 0)
    if (isFilled || unfetchedCount < unfetchedLeast || queuedCount === before) return
    if (isStopping() || clock.now() >= untilMs) return
    await source.wait(quietMs)
  }
}

const backlogOf = (source: EventSource, shard: number): Backlog => {
  let queuedCount = 0
  let unfetchedCount = 0
  for (const lane of source.lag(shard)) {
    queuedCount += lane.queuedCount
    if (lane.end === null) continue
    unfetchedCount += Math.max(0, Number(lane.end - lane.position) - lane.queuedCount)
  }
  return { queuedCount, unfetchedCount }
}
