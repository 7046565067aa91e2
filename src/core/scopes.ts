import type { Dimensions } from './contribution.ts'
import { otherKey } from './event-fields.ts'
import type { SubjectKind } from './events.ts'
import type { Measure, MeasureGrouping } from './measures.ts'
import { createGrowingBlock, type GrowingBlock } from './shard-codec.ts'
import { createScopeCells, type Edges, type ScopeCells, type SlicePlace } from './slices.ts'
import { createValueTree, placeBeyond, type ValueTree } from './value-tree.ts'

/** Dimension names, sorted; empty: the whole tenant. */
export type GroupingSet = readonly string[]

export type Scope = {
  /** `tenant|dim=value,dim=value`, parts percent-encoded: the beginning of a snapshot's key. */
  readonly key: string
  readonly tenantId: string
  readonly set: GroupingSet
  readonly dimensions: Dimensions
  readonly cells: ScopeCells
  readonly notes: ScopeNotes
}

/** What has happened to a scope since it was last asked: kept beside the cells, since every contribution changes it. Mutable. */
export type ScopeNotes = {
  /** The earliest instant that changed; Infinity: none. */
  changedMs: number
  /** Slices that a commit has to write; some may stand there again and again until there are `touchedMax`. */
  touched: SlicePlace[]
  touchedMax: number
  readonly growing: GrowingBlock
}

/** Most scopes have a slice or two touched between commits. */
export const touchedMax = 64

/** Sets are told apart by their names with commas between them, and dimensions are fields of plain objects. */
export const isDimensionName = (name: string): boolean => !/[,|]/.test(name) && !(name in Object.prototype)

export const normaliseSet = (names: readonly string[]): GroupingSet => [...new Set(names)].sort()

/** Each once. */
export const uniqueSets = (sets: readonly GroupingSet[]): readonly GroupingSet[] => [
  ...new Map(sets.map((set) => [set.join(), set])).values(),
]

/** Sets a share metric divides by: the same without channel, without category. */
export const withParents = (sets: readonly GroupingSet[]): readonly GroupingSet[] => {
  const all = new Map(sets.map((set) => [set.join(), set]))
  for (const set of sets)
    for (const name of ['channel', 'category'])
      if (set.includes(name)) {
        const parent = set.filter((other) => other !== name)
        all.set(parent.join(), parent)
      }
  return [...all.values()]
}

const encodePart = (part: string): string => (/^[\w.-]*$/.test(part) ? part : encodeURIComponent(part))

/** Key of a scope: `acme|channel=voice,queueId=billing`; the whole tenant is `acme|`. */
export const scopeKeyOf = (tenantId: string, dimensions: Dimensions): string => {
  const names = Object.keys(dimensions).sort()
  const pairs = names.map((name) => `${encodePart(name)}=${encodePart(dimensions[name] as string)}`)
  return `${encodePart(tenantId)}|${pairs.join(',')}`
}

export const parseScopeKey = (
  key: string,
): { readonly tenantId: string; readonly dimensions: Dimensions } => {
  const [tenant = '', rest = ''] = key.split('|')
  const pairs = rest === '' ? [] : rest.split(',').map((pair) => pair.split('=').map(decodeURIComponent))
  return { tenantId: decodeURIComponent(tenant), dimensions: Object.fromEntries(pairs) }
}

export type ScopeTable = {
  readonly byKey: ReadonlyMap<string, Scope>
  /** Scopes a contribution of these dimensions is placed in; admits new keys up to the cap of their set. */
  resolve(subject: PlacedSubject, fact: PlacedMeasure): readonly Scope[]
  /** Brings back a scope that stood in the store, with its cells as they are read where it holds flows or not. */
  restore(key: string, readCells: (holdsFlows: boolean) => ScopeCells): Scope
  /** Grows where dimensions go to `__other__` because their set was full: once for those that are resolved again and again. */
  readonly cappedCount: () => number
}

export type PlacedSubject = { readonly tenantId: string; readonly kind: SubjectKind }
export type PlacedMeasure = { readonly measure: Measure; readonly dimensions: Dimensions }
export type PlacedFact = PlacedSubject & PlacedMeasure

export type ScopeTableOptions = {
  readonly sets: readonly GroupingSet[]
  /** Live keys per set and tenant. */
  readonly keysMax: number
  readonly edges: () => Edges
  /** Whether scopes of a set sum up all that was ever placed in them. */
  readonly holdsFlows: (set: GroupingSet) => boolean
}

/** A fact's scopes by its variant: its measure's grouping, and whether it is told of a call that is not inbound. */
type Resolution = (readonly Scope[] | undefined)[]
const groupingVariants: Readonly<Record<MeasureGrouping, number>> = { subject: 0, agent: 1, agentOnly: 2 }
const unresolved: Resolution = new Array(6).fill(undefined)

/** Remembering is only speed: past this many it begins anew, as the table of interned dimensions does. */
const resolvedMax = 200_000

type TableState = ScopeTableOptions & {
  readonly byKey: Map<string, Scope>
  /** The same by set: by tenant, then by the value of each of its names in turn. */
  readonly bySet: ReadonlyMap<GroupingSet, ValueTree<Scope>>
  readonly admitted: Map<string, number>
  capped: number
}

export const createScopeTable = (options: ScopeTableOptions): ScopeTable => {
  const state: TableState = {
    ...options,
    byKey: new Map(),
    bySet: new Map(options.sets.map((set) => [set, createValueTree()])),
    admitted: new Map(),
    capped: 0,
  }
  const resolved = new Map<Dimensions, Resolution>()
  let lastDimensions: Dimensions | undefined
  let lastKnown: Resolution = []
  return {
    byKey: state.byKey,
    cappedCount: () => state.capped,
    resolve: ({ tenantId, kind }, { measure, dimensions }) => {
      if (dimensions !== lastDimensions) {
        lastKnown = resolved.get(dimensions) ?? enterResolution(resolved, dimensions)
        lastDimensions = dimensions
      }
      const variant = groupingVariants[measure.grouping] + (isOutward({ measure, kind, dimensions }) ? 3 : 0)
      const known = lastKnown[variant]
      if (known) return known
      const fact = { tenantId, kind, measure, dimensions }
      const scopes = setsOf(state.sets, fact).map((set) => findScope(state, fact, set))
      lastKnown[variant] = scopes
      return scopes
    },
    restore: (key, readCells) => {
      const { tenantId, dimensions } = parseScopeKey(key)
      const set = Object.keys(dimensions).sort()
      return admit(state, { key, tenantId, set, dimensions, cells: readCells(state.holdsFlows(set)) })
    },
  }
}

const enterResolution = (resolved: Map<Dimensions, Resolution>, dimensions: Dimensions): Resolution => {
  if (resolved.size >= resolvedMax) resolved.clear()
  const made = unresolved.slice()
  resolved.set(dimensions, made)
  return made
}

/** Sets under which a fact has a key. */
const setsOf = (sets: readonly GroupingSet[], fact: PlacedFact): readonly GroupingSet[] => {
  const outward = isOutward(fact)
  return sets.filter(
    (set) =>
      (!outward || set.includes('direction')) &&
      isGroupable(fact.measure.grouping, set) &&
      set.every((name) => fact.dimensions[name] !== undefined),
  )
}

/** A call that is not inbound is told of only where the direction is. */
const isOutward = ({ measure, kind, dimensions }: Omit<PlacedFact, 'tenantId'>): boolean =>
  measure.byDirection && kind === 'call' && dimensions.direction !== 'inbound'

const ownDimensions = (set: GroupingSet, dimensions: Dimensions): Dimensions =>
  Object.fromEntries(set.map((name) => [name, dimensions[name] as string]))

const otherDimensions = (set: GroupingSet): Dimensions =>
  Object.fromEntries(set.map((name) => [name, otherKey]))

/** Keys of the scopes a fact belongs to, each beside the key that stands in where the set was full. */
export const scopeKeysOf = (
  sets: readonly GroupingSet[],
  fact: PlacedFact,
): readonly { readonly key: string; readonly other: string }[] =>
  setsOf(sets, fact).map((set) => ({
    key: scopeKeyOf(fact.tenantId, ownDimensions(set, fact.dimensions)),
    other: otherScopeKey(fact.tenantId, set),
  }))

export const isGroupable = (grouping: MeasureGrouping, set: GroupingSet): boolean =>
  grouping === 'agent' || set.includes('agentId') === (grouping === 'agentOnly')

const findScope = (state: TableState, fact: PlacedFact, set: GroupingSet): Scope => {
  let place = state.bySet.get(set)?.next?.get(fact.tenantId)
  for (const name of set) place = place?.next?.get(fact.dimensions[name])
  return place?.leaf ?? findByKey(state, fact, set)
}

const findByKey = (state: TableState, fact: PlacedFact, set: GroupingSet): Scope => {
  const { tenantId } = fact
  const dimensions = ownDimensions(set, fact.dimensions)
  const key = scopeKeyOf(tenantId, dimensions)
  const known = state.byKey.get(key)
  if (!known && set.length > 0 && isFull(state, tenantId, set)) {
    state.capped++
    return findOther(state, tenantId, set)
  }
  const scope = known ?? admit(state, { key, tenantId, set, dimensions, cells: createCells(state, set) })
  let place = placeBeyond(state.bySet.get(set) as ValueTree<Scope>, tenantId)
  for (const name of set) place = placeBeyond(place, dimensions[name])
  place.leaf = scope
  return scope
}

/** What once went to `__other__` is taken back from there: a set that was full stays so, whatever it may hold now. */
const isFull = (state: TableState, tenantId: string, set: GroupingSet): boolean =>
  (state.admitted.get(capKey(tenantId, set)) ?? 0) >= state.keysMax ||
  state.byKey.has(otherScopeKey(tenantId, set))

const createCells = ({ edges, holdsFlows }: TableState, set: GroupingSet): ScopeCells =>
  createScopeCells(edges(), holdsFlows(set))

const findOther = (state: TableState, tenantId: string, set: GroupingSet): Scope => {
  const dimensions = otherDimensions(set)
  const key = otherScopeKey(tenantId, set)
  return (
    state.byKey.get(key) ?? admit(state, { key, tenantId, set, dimensions, cells: createCells(state, set) })
  )
}

/** Key of the scope that stands in for those past the cap of a set. */
export const otherScopeKey = (tenantId: string, set: GroupingSet): string =>
  scopeKeyOf(tenantId, otherDimensions(set))

const capKey = (tenantId: string, set: GroupingSet): string => `${tenantId}|${set.join()}`

const admit = (state: TableState, found: Omit<Scope, 'notes'>): Scope => {
  const scope = {
    ...found,
    notes: { changedMs: Number.POSITIVE_INFINITY, touched: [], touchedMax, growing: createGrowingBlock() },
  }
  state.byKey.set(scope.key, scope)
  const counted = capKey(scope.tenantId, scope.set)
  state.admitted.set(counted, (state.admitted.get(counted) ?? 0) + 1)
  return scope
}
