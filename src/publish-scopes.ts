import { partitionFor } from './core/partition.ts'
import type { ShardView } from './core/rollup.ts'
import { type GroupingSet, otherScopeKey, parseScopeKey, scopeKeyOf } from './core/scopes.ts'
import { isEmptied } from './core/slice-sums.ts'
import type { ScopeName } from './core/snapshot.ts'

/** A scope as publishers see it, read out of its key once. */
export type ScopeInfo = ScopeName & {
  /** Its dimensions' names, joined. */
  readonly setName: string
  /** The shard whose owner publishes it. */
  readonly publisher: number
  /** Where its set counts what is past its cap; undefined: the whole tenant has no cap. */
  readonly otherKey: string | undefined
}

export type ScopeInfos = {
  of(scopeKey: string): ScopeInfo
  /** Scopes asked for so far. */
  keys(): Iterable<string>
}

export const createScopeInfos = (shardCount: number): ScopeInfos => {
  const known = new Map<string, ScopeInfo>()
  return {
    keys: () => known.keys(),
    of: (scopeKey) => {
      const found = known.get(scopeKey) ?? readScopeInfo(scopeKey, shardCount)
      known.set(scopeKey, found)
      return found
    },
  }
}

const readScopeInfo = (scopeKey: string, shardCount: number): ScopeInfo => {
  const { tenantId, dimensions } = parseScopeKey(scopeKey)
  const names = Object.keys(dimensions).sort()
  return {
    tenantId,
    dimensions,
    setName: names.join(),
    publisher: partitionFor(scopeKey, shardCount, 'murmur2'),
    otherKey: names.length === 0 ? undefined : otherScopeKey(tenantId, names),
  }
}

/** The scope whose set lacks one of its dimensions. */
export const parentKeyOf = ({ tenantId, dimensions }: ScopeName, name: string): string => {
  const { [name]: _, ...rest } = dimensions
  return scopeKeyOf(tenantId, rest)
}

export const lessName = (set: GroupingSet, name: string): GroupingSet => set.filter((other) => other !== name)

/** Some shard has counted keys of the scope's set past their cap. */
export const isCapped = (views: readonly ShardView[], { otherKey: key }: ScopeInfo): boolean =>
  key !== undefined && views.some((view) => view.cellsOf(key) !== undefined)

/** What shards hold of a scope; `emptied`: it stood, and everything in it has been taken back. */
export const standingOf = (
  views: readonly ShardView[],
  scopeKey: string,
): 'nowhere' | 'emptied' | 'filled' => {
  const cells = views.flatMap((view) => view.cellsOf(scopeKey) ?? [])
  if (cells.length === 0) return 'nowhere'
  return cells.every(isEmptied) ? 'emptied' : 'filled'
}
