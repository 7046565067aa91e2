import type { Clock } from './ports.ts'

/**
 * Revisions of what this process publishes: a hybrid clock in µs, out of a range that fenced commits reserved, so that
 * a writer that wakes after its successor began never outranks it.
 */
export type Revisions = {
  /** The greater of the last one + 1 and the clock; undefined past the limit: the next commit must reserve more. */
  take(limit: number): number | undefined
  /** What the next commit reserves up to. */
  toReserve(): number
  /** Begins above what a former owner of a shard may have used. */
  startAbove(reservedTo: number): void
}

/** How far ahead of the clock a range reaches, and a successor begins. */
const aheadUs = 5_000_000
/** Room above the last one where it stands ahead of the clock. */
const roomUs = 1_000_000

export const createRevisions = (clock: Clock): Revisions => {
  let last = 0
  const clockUs = () => clock.now() * 1_000
  return {
    take: (limit) => {
      const nowUs = clockUs()
      const next = nowUs <= limit ? Math.max(last + 1, nowUs) : last + 1
      if (next > limit) return undefined
      last = next
      return next
    },
    toReserve: () => Math.max(clockUs() + aheadUs, last + roomUs),
    startAbove: (reservedTo) => {
      last = Math.max(last, reservedTo, clockUs() + aheadUs)
    },
  }
}
