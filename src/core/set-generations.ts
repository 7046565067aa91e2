/** When a grouping set began to be counted. */
export type SetBirth = {
  readonly generation: number
  /** As-of when it was added, epoch ms: it began empty there. Null: with the state. */
  readonly sinceMs: number | null
}

/**
 * Which grouping sets a shard's cells hold. A subject is counted in all sets up to its generation, wholly, and in none of
 * the later ones, so that nothing is taken back from a set that it was never added to.
 */
export type SetGenerations = {
  /** Raised whenever a set is added or removed. */
  readonly generation: number
  /** By the set's dimension names, joined. */
  readonly sets: Readonly<Record<string, SetBirth>>
}

export type SetsAt = {
  /** Names of the sets as configured. */
  readonly names: readonly string[]
  /** Names of the sets that have cells. */
  readonly held: ReadonlySet<string>
  readonly asOfMs: number
}

const atBirth: SetBirth = { generation: 0, sinceMs: null }

/** The generations that hold under a configuration; a state without any was written by the version before. */
export const carryGenerations = (
  stored: SetGenerations | null,
  { names, held, asOfMs }: SetsAt,
): SetGenerations => {
  const before = stored ?? { generation: 0, sets: birthsOf(names, held, asOfMs) }
  const isSame =
    names.length === Object.keys(before.sets).length && names.every((name) => before.sets[name] !== undefined)
  if (isSame) return before
  const generation = before.generation + 1
  const born: SetBirth = { generation, sinceMs: stored && Number.isFinite(asOfMs) ? asOfMs : null }
  return { generation, sets: Object.fromEntries(names.map((name) => [name, before.sets[name] ?? born])) }
}

/** What has cells was counted from the beginning; of the rest nobody can tell, unless nothing was counted yet. */
const birthsOf = (
  names: readonly string[],
  held: ReadonlySet<string>,
  asOfMs: number,
): SetGenerations['sets'] => {
  const known = Number.isFinite(asOfMs) ? [...held] : names
  return Object.fromEntries(known.map((name) => [name, atBirth]))
}
