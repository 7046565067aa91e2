import type { Topic } from './core/topics.ts'
import type { TimeSource } from './core/watermark.ts'

/** From where on a shard's windows are complete: null while all history was read. */
export type Coverage = {
  readonly fromMs: () => number | null
  /** Records of the topic are gone from the log before they were read (F11). */
  noteLoss(topic: Topic): void
  /**
   * Moves behind what was lost. `nowMs`: the clock, which dates nothing later; under `events` the greatest event time taken,
   * which says so only once records after the gap were taken.
   */
  settle(after: { readonly taken: ReadonlySet<Topic>; readonly nowMs: number }): void
}

export const createCoverage = (beganMs: number | null, source: TimeSource): Coverage => {
  const lost = new Set<Topic>()
  let fromMs = beganMs
  return {
    fromMs: () => fromMs,
    noteLoss: (topic) => void lost.add(topic),
    settle: ({ taken, nowMs }) => {
      for (const topic of lost) {
        if (source === 'events' && !taken.has(topic)) continue
        lost.delete(topic)
        fromMs = Math.max(fromMs ?? Number.NEGATIVE_INFINITY, nowMs)
      }
    },
  }
}
