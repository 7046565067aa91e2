import type { Cell } from './cell.ts'
import type { Dimensions, StatedFacts } from './contribution.ts'
import { createDueIndex, type DueIndex } from './due-index.ts'
import type { Event, SubjectKind } from './events.ts'
import { createOpenTable, type OpenTable } from './open-table.ts'
import type { Rules } from './rules.ts'
import { createScopeTable, type GroupingSet, type Scope, type ScopeTable } from './scopes.ts'
import { carryGenerations, type SetGenerations } from './set-generations.ts'
import { type Edges, edgesAt, type SlicePlace, type Tiering } from './slices.ts'
import type { PackedFacts } from './subject-codec.ts'
import type { Topic } from './topics.ts'
import type { UsageOrder } from './usage-order.ts'
import { createValueTree, type ValueTree } from './value-tree.ts'
import type { Zone } from './zone.ts'

export type ShardOptions = {
  readonly rules: Rules
  readonly sets: readonly GroupingSet[]
  readonly zone: Zone
  /** 0: 5 s slices and all coarser ones; 4: the running cells alone, which hold nothing but levels outside `totalSets`. */
  readonly finestTier: number
  /** Sets whose scopes sum up all that was ever placed: windows without a beginning read it, and nothing else does. */
  readonly totalSets: readonly GroupingSet[]
  /** Added to a subject's expiry before it is forgotten, so that an accepted late event still finds it. */
  readonly latenessMs: number
  /** Whether subjects past their expiry are forgotten here; a replay keeps all while memory allows. */
  readonly forgets: boolean
  /** From which event time on the log accepts what comes next on a topic; Infinity, or absent: it does not say. */
  readonly acceptedFromMs?: (topic: Topic) => number
  readonly eventsPerSubjectMax: number
  readonly scopeKeysMax: number
  /** Whether changes are collected for commits; a replay without a store needs none. */
  readonly tracksChanges: boolean
}

/** A subject in memory. Mutable: only the shard changes it. */
export type Subject = {
  readonly key: string
  readonly tenantId: string
  readonly kind: SubjectKind
  readonly id: string
  events: Event[]
  /** What it remembers having contributed; packed where it was read from bytes or written into some: of all it takes this is the most. */
  facts: StatedFacts | PackedFacts
  expiresAtMs: number
  /** Its contributions are counted in the grouping sets up to this generation. */
  generation: number
  /** Those used just before and after it. */
  older: Subject | undefined
  newer: Subject | undefined
}

/** Everything mutable of a shard: changed by shard.ts, shard-subjects.ts and shard-delta.ts alone. */
export type ShardState = ShardOptions & {
  asOfMs: number
  orphanCount: number
  edges: Edges
  readonly tiering: Tiering
  readonly subjects: Map<string, Subject>
  readonly usage: UsageOrder<Subject>
  readonly marked: Set<Subject>
  readonly due: DueIndex
  readonly open: OpenTable
  readonly table: ScopeTable
  /** Interned dimensions: by tenant, then by the value of each looked-up name in turn. */
  dimensions: ValueTree<Dimensions>
  internedCount: number
  readonly usedNames: readonly string[]
  /** The used names, those with many values last: where they came first, each of their values had a tree of its own. */
  readonly lookedUpNames: readonly string[]
  generations: SetGenerations
  /** Scopes whose notes name a change. */
  changed: Scope[]
  /** The slices that were placed in last, by their instants. */
  readonly recent: (PlacedSlice | undefined)[]
  /** Windows that end up to here may be closed: what changes before it is journalled. */
  journalBeforeMs: number
  delta: {
    /** As they will be written; null: forgotten. */
    subjects: Map<string, Uint8Array | null>
    /** Scopes whose notes name touched slices. */
    scopes: Scope[]
    open: Map<string, Uint8Array | null>
    journal: Map<Scope, Map<number, Cell>>
    /** Scopes of sets that are counted no longer. */
    dropped: string[]
  }
}

/** The slice between these edges that holds the instants in [startMs, endMs). */
export type PlacedSlice = {
  readonly edges: Edges
  readonly place: SlicePlace
  readonly startMs: number
  readonly endMs: number
}

export const emptyDelta = (): ShardState['delta'] => ({
  subjects: new Map(),
  scopes: [],
  open: new Map(),
  journal: new Map(),
  dropped: [],
})

/** Before anything has been seen no tier but the coarsest reaches back. */
export const createShardState = (options: ShardOptions): ShardState => {
  const usedNames = [...new Set(['direction', ...options.sets.flat()])].sort()
  const tiering = { zone: options.zone, finestTier: options.finestTier }
  const state: ShardState = {
    ...options,
    asOfMs: Number.NEGATIVE_INFINITY,
    orphanCount: 0,
    edges: edgesAt(0, tiering),
    tiering,
    subjects: new Map(),
    usage: { oldest: undefined, newest: undefined },
    marked: new Set(),
    due: createDueIndex(),
    open: createOpenTable(),
    table: createScopeTable({
      sets: options.sets,
      keysMax: options.scopeKeysMax,
      holdsFlows: holdsFlowsOf(options),
      edges: () => state.edges,
    }),
    dimensions: createValueTree(),
    internedCount: 0,
    generations: firstGenerations(options),
    usedNames,
    lookedUpNames: usedNames.toSorted((a, b) => Number(isManyValued(a)) - Number(isManyValued(b))),
    changed: [],
    recent: [],
    journalBeforeMs: Number.NEGATIVE_INFINITY,
    delta: emptyDelta(),
  }
  return state
}

const isManyValued = (name: string): boolean => name === 'agentId' || name === 'customerId'

const holdsFlowsOf = ({ totalSets }: ShardOptions): ((set: GroupingSet) => boolean) => {
  const names = new Set(totalSets.map((set) => set.join()))
  return (set) => names.has(set.join())
}

const firstGenerations = ({ sets }: ShardOptions): SetGenerations =>
  carryGenerations(null, {
    names: sets.map((set) => set.join()),
    held: new Set(),
    asOfMs: Number.NEGATIVE_INFINITY,
  })
