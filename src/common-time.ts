import { type ShardView, viewShard } from './core/rollup.ts'
import type { ShardHead } from './core/shard-codec.ts'
import type { CommonTime, TimeLimits } from './core/watermark.ts'
import type { KnownTimes } from './known-times.ts'
import type { PublishedState } from './published-state.ts'
import { closedToOf } from './shard-head.ts'
import type { ShardSet } from './shard-set.ts'

export type LoopTime = {
  readonly nowMs: number
  readonly time: TimeLimits
  /** How far as-of may go past closed windows that are not out yet. */
  readonly closingReachMs: number
}

const beginning = Number.NEGATIVE_INFINITY

/** The clock, or under `events` the greatest event time anywhere; and whether all shards have read all there is. */
export const commonTimeOf = (shards: ShardSet, at: LoopTime, known: KnownTimes): CommonTime => {
  const { nowMs, time } = at
  const writers = [...shards.writers.values()]
  const others = [...shards.remotes.values()].map((remote) => remote.head())
  const isAllCaughtUp =
    writers.length + others.length === shards.shardCount &&
    writers.every((writer) => writer.isCaughtUp()) &&
    others.every((head) => head?.isCaughtUp === true)
  const slowestMs = slowestOf(shards, at)
  if (time.source === 'clock') return { nowMs, knownBefore: () => nowMs, isAllCaughtUp, slowestMs }
  const seen = [
    ...writers.flatMap((writer) => writer.greatestMs()),
    ...others.flatMap((head) => Object.values(head?.greatestMs ?? {})),
  ]
  const greatestMs = Math.max(beginning, ...seen)
  known.note(greatestMs)
  return { nowMs: greatestMs, knownBefore: known.before, isAllCaughtUp, slowestMs }
}

/**
 * Where the slowest lagging topic of all shards stands, those that stand still left out. Of a shard that never committed nothing
 * is known: all wait for it.
 */
export const slowestOf = (shards: ShardSet, at: LoopTime): number => {
  const stalled = stalledShards(shards, at)
  let slowestMs = Number.POSITIVE_INFINITY
  for (const [shard, writer] of shards.writers)
    if (!stalled.has(shard)) slowestMs = Math.min(slowestMs, writer.slowestMs())
  for (const [shard, remote] of shards.remotes)
    if (!stalled.has(shard)) slowestMs = Math.min(slowestMs, laggingOf(remote.head()))
  return slowestMs
}

const laggingOf = (head: ShardHead | undefined): number =>
  head ? (head.laggingMs ?? Number.POSITIVE_INFINITY) : beginning

/**
 * The common as-of: the least progress of all shards but those that stand still; windows that are to be closed or corrected must
 * still be there to be read.
 */
export const commonAsOfOf = (shards: ShardSet, common: CommonTime, at: LoopTime): number => {
  if (!shards.isWhole()) return beginning
  const stalled = stalledShards(shards, at)
  let least = Number.POSITIVE_INFINITY
  for (const [shard, writer] of shards.writers)
    if (!stalled.has(shard))
      least = Math.min(
        least,
        writer.progress(common),
        Math.min(writer.closedToMs(), writer.correctingSinceMs()) + at.closingReachMs,
      )
  for (const [shard, remote] of shards.remotes)
    if (!stalled.has(shard)) {
      const head = remote.head()
      const readMs = head ? Math.min(closedToOf(head), head.correctingSinceMs ?? Infinity) : Infinity
      least = Math.min(least, head?.progressMs ?? beginning, readMs + at.closingReachMs)
    }
  return least === Number.POSITIVE_INFINITY ? beginning : least
}

/** Live, a shard that has committed nothing for so long holds nobody back any more. */
const stalledShards = (
  { writers, remotes, committedAtMs }: ShardSet,
  { nowMs, time }: LoopTime,
): ReadonlySet<number> => {
  const stalled = new Set<number>()
  if (time.source === 'events') return stalled
  for (const [shard, remote] of remotes) if (nowMs - remote.changedAtMs() > time.stallMs) stalled.add(shard)
  for (const shard of writers.keys())
    if (nowMs - (committedAtMs.get(shard) ?? nowMs) > time.stallMs) stalled.add(shard)
  return stalled
}

/** What may be published now; undefined while a shard that should be in it has not been read. */
export const publishedStateOf = (shards: ShardSet, at: LoopTime): PublishedState | undefined => {
  const { writers, remotes } = shards
  const stalled = stalledShards(shards, at)
  const heads = new Map<number, ShardHead | undefined>()
  for (const [shard, reader] of [...writers, ...remotes]) heads.set(shard, reader.head())
  const moving = [...heads].filter(([shard]) => !stalled.has(shard)).map(([, head]) => head)
  const present = moving.filter((head) => head !== undefined)
  const owned = [...writers].map(([shard, writer]) => [shard, writer.head()] as const)
  if (owned.length === 0 || !shards.isWhole() || present.length < moving.length || present.length === 0)
    return undefined
  return {
    views: [...viewsOf(shards)],
    marks: new Map([...writers].map(([shard, writer]) => [shard, writer.marks()])),
    journals: new Map([...writers, ...remotes].map(([shard, reader]) => [shard, reader.journal()])),
    correctingSinceMs: Math.min(...present.map((head) => head.correctingSinceMs ?? Infinity)),
    asOfMs: Math.min(...present.map(({ asOfMs }) => asOfMs)),
    watermarkMs: Math.min(...present.map(({ watermarkMs }) => watermarkMs)),
    lastEventAtMs: greatestOf(present.map(({ lastEventAtMs }) => lastEventAtMs)),
    changed: shards.changed,
    isStalled: stalled.size > 0,
    // Of one that stands still nothing is known: its state may be lost, and all of it come once more.
    isCaughtUp: stalled.size === 0 && present.every(hasPlacedAll),
    counting: present.flatMap(({ countedUnder }) => countedUnder ?? []),
    coveredFromMs: greatestOf(present.map(({ coveredFromMs }) => coveredFromMs)),
    revisionTo: Math.min(...owned.map(([, { revisionTo }]) => revisionTo ?? 0)),
  }
}

/** The sequence up to which the publishers of all shards have corrected a shard's journal, as committed. */
export const handledSeqOf = ({ writers, remotes, shardCount }: ShardSet, shard: number): number => {
  const heads = [...writers.values(), ...remotes.values()].map((reader) => reader.head())
  if (heads.length < shardCount) return 0
  return Math.min(...heads.map((head) => head?.handled[shard] ?? 0))
}

const hasPlacedAll = ({ isCaughtUp, asOfMs, lastEventAtMs }: ShardHead): boolean =>
  isCaughtUp && asOfMs > (lastEventAtMs ?? beginning)

const greatestOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

function* viewsOf({ writers, remotes }: ShardSet): Generator<ShardView> {
  for (const { engine } of writers.values()) yield viewShard(engine)
  for (const remote of remotes.values()) yield remote.view()
}
