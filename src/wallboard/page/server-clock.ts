import type { FeedMarks } from '../wire.ts'

export type ServerClock = {
  /** Takes in a frame the server made at `serverAtMs`, read here at `localAtMs`. */
  note(serverAtMs: number, localAtMs: number): void
  /** The server's time: a wall's own clock may be wrong. */
  now(localAtMs: number): number
}

/** Frames kept for the estimate. The one that was least delayed says most. */
const framesMax = 12

export function createServerClock(): ServerClock {
  const offsetsMs: number[] = []
  return {
    note(serverAtMs, localAtMs) {
      offsetsMs.push(serverAtMs - localAtMs)
      if (offsetsMs.length > framesMax) offsetsMs.shift()
    },
    now: (localAtMs) => localAtMs + (offsetsMs.length === 0 ? 0 : Math.max(...offsetsMs)),
  }
}

/** Nearer to the clock than this, as-of is the clock. */
const liveLeadMs = 10_000

/**
 * Event time at the server's `nowMs`. Live it is the clock; a processor that catches up, or a demo that runs fast, is
 * elsewhere, and waits must be reckoned from there.
 */
export function eventTimeAt(nowMs: number, marks: FeedMarks): number {
  if (marks.asOfMs === null || marks.asOfMovedAtMs === null) return nowMs
  const leadMs = marks.asOfMs - marks.asOfMovedAtMs
  return Math.abs(leadMs) < liveLeadMs ? nowMs : nowMs + leadMs
}
