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
