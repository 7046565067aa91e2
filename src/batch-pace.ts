import type { Clock } from './ports.ts'

/** How many records a shard may take for a round: larger batches cost less a record, longer rounds are slow to end. */
export type BatchPace = {
  /** The limit that stands. */
  readonly recordsMax: () => number
  /** Runs a round with the limit that stands, and sets the next one by how long it took. */
  keep<Result extends { readonly recordCount: number }>(
    round: (recordsMax: number) => Promise<readonly Result[]>,
  ): Promise<readonly Result[]>
  /** Something of the round under way failed, maybe for its size: the next one is half as large. */
  noteFailure(): void
}

/** A process that loses a shard first ends its round; while it is far behind, it publishes once a round. */
const roundMs = 4_000
const firstRecordsMax = 2_000
const leastRecordsMax = 200
/** A round that found little to do says little of the next. */
const growthMax = 2
const failureShare = 0.5

/** `batchRecordsMax`: never more than that. */
export const createBatchPace = (clock: Clock, batchRecordsMax: number): BatchPace => {
  let recordsMax = Math.min(firstRecordsMax, batchRecordsMax)
  let hasFailed = false
  return {
    recordsMax: () => recordsMax,
    keep: async (round) => {
      const startMs = clock.now()
      const results = await round(recordsMax)
      const growth = Math.min(growthMax, roundMs / Math.max(1, clock.now() - startMs))
      const change = hasFailed ? Math.min(failureShare, growth) : growth
      hasFailed = false
      const isFull = results.some(({ recordCount }) => recordCount >= recordsMax)
      if (change < 1 || isFull) recordsMax = Math.max(leastRecordsMax, Math.floor(recordsMax * change))
      recordsMax = Math.min(recordsMax, batchRecordsMax)
      return results
    },
    noteFailure: () => {
      hasFailed = true
    },
  }
}
