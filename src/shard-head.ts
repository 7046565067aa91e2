import type { SetGenerations } from './core/set-generations.ts'
import type { CountedUnder, PublisherMarks, ShardHead } from './core/shard-codec.ts'
import type { Topic } from './core/topics.ts'
import type { ShardJournal } from './shard-journal.ts'

const beginning = Number.NEGATIVE_INFINITY

/**
 * As-of of a shard that knows no progress yet. What was filed is always placed before it is committed: at this instant
 * all of it lies in the future.
 */
export const shardBeginning = 0

/** Of a shard that was never written. */
export const emptyHead = (coveredFromMs: number | null): ShardHead => ({
  asOfMs: beginning,
  watermarkMs: beginning,
  progressMs: beginning,
  next: {},
  greatestMs: {},
  lastEventAtMs: null,
  isCaughtUp: false,
  counters: {},
  closedMs: null,
  finalMs: null,
  settledMs: null,
  recheckMs: null,
  handled: {},
  coveredFromMs,
  revisionTo: null,
  journalSeq: 0,
  journalRanges: 0,
  countedUnder: null,
})

/** Where the state stands in the log. */
export const offsetsOf = ({ next }: ShardHead): Partial<Record<Topic, bigint>> =>
  Object.fromEntries(Object.entries(next).map(([topic, offset]) => [topic, BigInt(offset)]))

export const marksOf = ({
  closedMs,
  finalMs,
  settledMs,
  recheckMs,
  recheckedMs,
  handled,
}: ShardHead): PublisherMarks => ({
  closedMs,
  finalMs,
  settledMs,
  recheckMs,
  ...(recheckedMs === undefined ? {} : { recheckedMs }),
  handled,
})

/**
 * Up to here closed windows are out; before any are, where history begins, or where as-of stands in a state that does not say; Infinity:
 * nothing was filed.
 */
export const closedToOf = ({
  closedMs,
  beginsMs,
  asOfMs,
}: Pick<ShardHead, 'closedMs' | 'asOfMs' | 'beginsMs'>): number =>
  closedMs ?? beginsMs ?? (asOfMs > shardBeginning ? asOfMs : Number.POSITIVE_INFINITY)

type Bounded = {
  readonly beginsMs: number | null
  readonly marks: PublisherMarks
  readonly journal: Pick<ShardJournal, 'sinceMs'>
}

/** Where history begins, said until closed windows are out; since when there is something to correct, said while there is. */
export const boundsOf = ({
  beginsMs,
  marks,
  journal,
}: Bounded): Pick<ShardHead, 'beginsMs' | 'correctingSinceMs'> => ({
  ...(marks.closedMs === null && beginsMs !== null ? { beginsMs } : {}),
  ...(Number.isFinite(journal.sinceMs()) ? { correctingSinceMs: journal.sinceMs() } : {}),
})

/** What the head says from now on; a fingerprint that nobody wrote down yet is taken as it is. */
export const countUnder = (
  { countedUnder, asOfMs }: ShardHead,
  { fingerprint, generations }: { readonly fingerprint: string; readonly generations: SetGenerations },
): CountedUnder => {
  const isChanged = countedUnder !== null && countedUnder.fingerprint !== fingerprint
  return {
    ...generations,
    fingerprint,
    changedMs: isChanged && Number.isFinite(asOfMs) ? asOfMs : (countedUnder?.changedMs ?? null),
  }
}

/** A reservation is renewed before it is used up. */
const renewUs = 2_500_000

/** Under `events` nothing moves while nothing comes: then there is nothing to commit. */
export const isNews = (head: ShardHead, written: ShardHead): boolean => {
  const { revisionTo } = written
  if (revisionTo === null || (head.revisionTo ?? 0) - revisionTo >= renewUs) return true
  return JSON.stringify({ ...head, revisionTo }) !== JSON.stringify(written)
}
