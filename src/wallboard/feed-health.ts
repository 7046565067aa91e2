import type { FeedMarks } from './wire.ts'

export type FeedHealth = { readonly ready: boolean; readonly status: 'ok' | 'no-snapshots' | 'stale' }

/** Ready while records come; after 5 intervals of silence the numbers are stale. */
export function judgeFeedHealth(marks: FeedMarks, intervalMs: number): FeedHealth {
  if (marks.recordAtMs === null) return { ready: false, status: 'no-snapshots' }
  const isStale = marks.serverAtMs - marks.recordAtMs > 5 * intervalMs
  return isStale ? { ready: false, status: 'stale' } : { ready: true, status: 'ok' }
}
