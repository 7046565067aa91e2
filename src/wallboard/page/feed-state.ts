import type { FeedMarks } from '../wire.ts'

/** How fresh the board is, and which part of the way from the source to the browser is silent. */
export type FeedState = {
  readonly level: 'starting' | 'live' | 'delayed' | 'stale'
  readonly cause: 'none' | 'server' | 'processor' | 'sources' | 'catching-up'
  readonly ageMs: number
  /** When it fell silent, in server time. */
  readonly sinceMs: number
}

export type FeedEvidence = {
  readonly nowMs: number
  /** When a frame last came from the server, in server time; null before the first. */
  readonly frameAtMs: number | null
  readonly isConnected: boolean
  readonly marks: FeedMarks | null
  readonly intervalMs: number
  readonly demo: boolean
}

/** A processor further behind the clock than this is catching up. */
const catchingUpMs = 60_000

/**
 * Over 2 intervals of silence it is delayed, over 5 stale. Judged from the browser outwards: a browser that has lost the
 * server cannot know about the processor, and a processor that is down says nothing about its sources.
 */
export function judgeFeed(evidence: FeedEvidence): FeedState {
  const { nowMs, marks, frameAtMs } = evidence
  if (frameAtMs === null || marks === null)
    return { level: 'starting', cause: 'none', ageMs: 0, sinceMs: nowMs }
  const server = judgeSilence('server', frameAtMs, evidence)
  if (server !== null) return server
  if (!evidence.isConnected) return silence('delayed', 'server', { sinceMs: frameAtMs, nowMs })
  if (marks.recordAtMs === null) return { level: 'starting', cause: 'none', ageMs: 0, sinceMs: nowMs }
  return judgeProgress(marks, marks.recordAtMs, evidence)
}

function judgeProgress(marks: FeedMarks, recordAtMs: number, evidence: FeedEvidence): FeedState {
  const { nowMs } = evidence
  const processor = judgeSilence('processor', recordAtMs, evidence)
  if (processor !== null) return processor
  const sources =
    marks.watermarkMovedAtMs === null ? null : judgeSilence('sources', marks.watermarkMovedAtMs, evidence)
  if (sources !== null) return sources
  const asOf = marks.asOfMovedAtMs === null ? null : judgeSilence('processor', marks.asOfMovedAtMs, evidence)
  if (asOf !== null) return asOf
  const behindMs = marks.asOfMs === null ? 0 : nowMs - marks.asOfMs
  if (behindMs > catchingUpMs) {
    return { level: 'delayed', cause: 'catching-up', ageMs: behindMs, sinceMs: nowMs - behindMs }
  }
  return { level: 'live', cause: 'none', ageMs: Math.max(0, nowMs - recordAtMs), sinceMs: recordAtMs }
}

function judgeSilence(cause: FeedState['cause'], sinceMs: number, evidence: FeedEvidence): FeedState | null {
  const ageMs = evidence.nowMs - sinceMs
  if (ageMs > 5 * evidence.intervalMs) return silence('stale', cause, { sinceMs, nowMs: evidence.nowMs })
  return ageMs > 2 * evidence.intervalMs
    ? silence('delayed', cause, { sinceMs, nowMs: evidence.nowMs })
    : null
}

function silence(
  level: FeedState['level'],
  cause: FeedState['cause'],
  at: { readonly sinceMs: number; readonly nowMs: number },
): FeedState {
  return { level, cause, ageMs: Math.max(0, at.nowMs - at.sinceMs), sinceMs: at.sinceMs }
}
