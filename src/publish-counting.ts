import type { CountedUnder } from './core/shard-codec.ts'
import type { Snapshot } from './core/snapshot.ts'

/** Shards are counted under different configurations, or some not by this set: while versions are exchanged one by one. */
export const isMixed = (counting: readonly CountedUnder[], setName: string): boolean =>
  counting.some(
    ({ fingerprint, sets }) => fingerprint !== counting[0]?.fingerprint || sets[setName] === undefined,
  )

/** When the rules changed last, or the set was added, where the window began before; null: neither did within it. */
export const changedMsOf = (
  counting: readonly CountedUnder[],
  { scope, window }: Pick<Snapshot, 'scope' | 'window'>,
): number | null => {
  const setName = Object.keys(scope).sort().join()
  let changedMs = Number.NEGATIVE_INFINITY
  for (const { changedMs: rulesMs, sets } of counting)
    changedMs = Math.max(changedMs, rulesMs ?? changedMs, sets[setName]?.sinceMs ?? changedMs)
  if (changedMs === Number.NEGATIVE_INFINITY) return null
  const startMs =
    window.startAt === null || window.kind === 'now' ? Number.NEGATIVE_INFINITY : Date.parse(window.startAt)
  return changedMs > startMs ? changedMs : null
}

/** Closed windows of a set are read from here on: it was not counted before. */
export const countedSince = (counting: readonly CountedUnder[], setName: string): number =>
  Math.max(
    Number.NEGATIVE_INFINITY,
    ...counting.map(({ sets }) => sets[setName]?.sinceMs ?? Number.NEGATIVE_INFINITY),
  )
