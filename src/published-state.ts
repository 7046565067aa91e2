import type { ShardView } from './core/rollup.ts'
import type { CountedUnder, PublisherMarks } from './core/shard-codec.ts'
import type { Journals } from './publish-corrections.ts'

/** Committed state as the publisher may read it at one instant. */
export type PublishedState = {
  readonly views: readonly ShardView[]
  /** Shards of this process, and how far the publisher of their scopes has come with closed windows. */
  readonly marks: ReadonlyMap<number, PublisherMarks>
  /** What shards have changed where windows may be closed, by shard and sequence. */
  readonly journals: Journals
  /** As-of before the oldest of these was written; Infinity: there is none. */
  readonly correctingSinceMs: number
  readonly asOfMs: number
  readonly watermarkMs: number
  readonly lastEventAtMs: number | null
  /** Scopes that changed since the last call that succeeded. */
  readonly changed: ReadonlySet<string>
  readonly isStalled: boolean
  /** Every shard has read all there was, and as-of has passed it. */
  readonly isCaughtUp: boolean
  readonly coveredFromMs: number | null
  /** Under which configuration each shard is counted, as far as it says so. */
  readonly counting: readonly CountedUnder[]
  /** Revisions up to here are reserved by commits that stand. */
  readonly revisionTo: number
}

/** Of what is closed up to here, not all shards have come so far. */
export const isBehind = ({ views, isStalled }: PublishedState, closedMs: number): boolean =>
  isStalled || views.some(({ asOfMs }) => asOfMs < closedMs)

/** A shard that stands still has not come so far. */
export const isLacking = ({ views, isStalled }: PublishedState, toMs: number): boolean =>
  isStalled && views.some(({ asOfMs }) => asOfMs < toMs)

/**
 * A shard that stood still while windows were closed, or lost a tail of its state, will change what is closed without
 * journalling it: for it the windows are still to come.
 */
export const noteBehind = (marks: PublisherMarks, { views }: PublishedState): PublisherMarks => {
  const { closedMs } = marks
  const leastMs = Math.max(0, Math.min(...views.map(({ asOfMs }) => asOfMs)))
  return closedMs === null || leastMs >= closedMs ? marks : recheckFrom(marks, leastMs)
}

/** What is closed from here on is to be told anew. */
export const recheckFrom = (marks: PublisherMarks, fromMs: number): PublisherMarks => {
  const { recheckMs, recheckedMs } = marks
  return {
    ...marks,
    recheckMs: Math.min(recheckMs ?? fromMs, fromMs),
    ...(recheckedMs === undefined ? {} : { recheckedMs: Math.min(recheckedMs, fromMs) }),
  }
}
