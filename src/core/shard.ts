import type { Contribution, Dimensions, Span } from './contribution.ts'
import { createDueIndex, type DueIndex, type DueStep } from './due-index.ts'
import { type Event, type SubjectKind, subjectKey, subjectOf } from './events.ts'
import { stateFacts } from './facts.ts'
import { placeValue } from './measures.ts'
import type { Rules } from './rules.ts'
import { createScopeTable, type GroupingSet, type Scope, type ScopeTable } from './scopes.ts'
import { type Edges, edgesAt, foldSlices, sliceAt, sliceStart, type Tiering, tierOf } from './slices.ts'
import { decodeSubject, encodeSubject } from './subject-codec.ts'
import { type Insertion, insertEvent } from './timeline.ts'
import type { Zone } from './zone.ts'

export type ShardOptions = {
  readonly rules: Rules
  readonly sets: readonly GroupingSet[]
  readonly zone: Zone
  /** 0: 5 s slices and all coarser ones; 4: the running cells alone. */
  readonly finestTier: number
  /** Added to a subject's expiry before it is forgotten, so that an accepted late event still finds it. */
  readonly latenessMs: number
  /** Whether subjects past their expiry are forgotten here; a replay keeps all while memory allows. */
  readonly forgets: boolean
  readonly eventsPerSubjectMax: number
  readonly scopeKeysMax: number
  /** Whether changes are collected for commits; a replay without a store needs none. */
  readonly tracksChanges: boolean
}

/** A subject in memory. `contributions` is what it remembers having contributed. Mutable: only this file changes it. */
type Subject = {
  readonly key: string
  readonly tenantId: string
  readonly kind: SubjectKind
  readonly id: string
  events: Event[]
  contributions: readonly Contribution[]
  spans: readonly Span[]
  expiresAtMs: number
}

/** A cell field that differs from what the store has: `running`, or a block of slices of a tier. */
export type TouchedSlice = { readonly tier: number; readonly startMs: number }

/** What changed since the last commit. */
export type ShardDelta = {
  /** Null: forgotten. */
  readonly subjects: ReadonlyMap<string, Uint8Array | null>
  readonly scopes: ReadonlyMap<Scope, readonly TouchedSlice[]>
  readonly open: ReadonlyMap<string, OpenEntry | null>
}

/** What stands in the open index of a subject: its spans that are not over, and when it is next due. */
export type OpenEntry = { readonly dueMs: number; readonly spans: readonly Span[] }

/** An instant at which what a scope holds has changed, for whoever has read it already. */
export type ScopeChange = { readonly scope: Scope; readonly atMs: number }

/**
 * The live state of one shard: cells that hold exactly the contributions dated before as-of, and the subjects in
 * memory. Two verbs: `fileEvent` only marks subjects, `advance` moves as-of and places. One writer.
 */
export type Shard = {
  readonly asOfMs: () => number
  readonly scopes: ScopeTable
  readonly edges: () => Edges
  /** Whether the subject must be read from the store before its events are filed. */
  isMissing(subjectKey: string): boolean
  /** Brings a subject back from its packed form; null: it has none. */
  loadSubject(subjectKey: string, packed: Uint8Array | null): void
  /** Puts an event into its subject's timeline. The subject must not be missing. */
  fileEvent(event: Event): Insertion
  /** Subjects with something due before `toMs`, to be loaded where missing and then given to `advance(reachedMs)`. */
  takeDue(toMs: number, limit: number): DueStep
  /** Moves as-of (never back) and places: marked subjects anew, due subjects what has come due. */
  advance(toMs: number, due: readonly string[]): void
  /** What is open at as-of, by subject. */
  openSpans(): Iterable<readonly [subjectKey: string, spans: readonly Span[]]>
  /** Scopes whose content before as-of changed since the last call, with the earliest instant. */
  takeChanges(): ReadonlyMap<Scope, number>
  /** Everything a commit must write; begins anew. */
  takeDelta(): ShardDelta
  /** Restores from a store: as-of, and each subject's open entry. */
  restore(state: { readonly asOfMs: number; readonly open: ReadonlyMap<string, OpenEntry> }): void
  /** Packs and drops the subjects longest unused, down to `keep` of them. */
  evictSubjects(keep: number, packed?: (subjectKey: string, bytes: Uint8Array) => void): void
  readonly subjectCount: () => number
}

type ShardState = ShardOptions & {
  asOfMs: number
  edges: Edges
  readonly tiering: Tiering
  readonly subjects: Map<string, Subject>
  readonly marked: Set<Subject>
  readonly due: DueIndex
  readonly open: Map<string, readonly Span[]>
  readonly table: ScopeTable
  readonly dimensions: Map<string, Dimensions>
  readonly usedNames: readonly string[]
  changes: Map<Scope, number>
  delta: {
    subjects: Map<string, Subject | null>
    scopes: Map<Scope, Map<string, TouchedSlice>>
    open: Map<string, OpenEntry | null>
  }
}

const emptyDelta = (): ShardState['delta'] => ({ subjects: new Map(), scopes: new Map(), open: new Map() })

export const createShard = (options: ShardOptions): Shard => {
  const tiering = { zone: options.zone, finestTier: options.finestTier }
  const state: ShardState = {
    ...options,
    asOfMs: Number.NEGATIVE_INFINITY,
    edges: startEdges(tiering),
    tiering,
    subjects: new Map(),
    marked: new Set(),
    due: createDueIndex(),
    open: new Map(),
    table: createScopeTable({ sets: options.sets, keysMax: options.scopeKeysMax, edges: () => state.edges }),
    dimensions: new Map(),
    usedNames: [...new Set(['direction', ...options.sets.flat()])].sort(),
    changes: new Map(),
    delta: emptyDelta(),
  }
  return {
    asOfMs: () => state.asOfMs,
    edges: () => state.edges,
    scopes: state.table,
    isMissing: (key) => !state.subjects.has(key),
    loadSubject: (key, packed) => {
      loadSubject(state, key, packed)
    },
    fileEvent: (event) => fileEvent(state, event),
    takeDue: (toMs, limit) => state.due.takeBefore(toMs, limit),
    advance: (toMs, due) => {
      advance(state, toMs, due)
    },
    openSpans: () => state.open,
    takeChanges: () => {
      const { changes } = state
      state.changes = new Map()
      return changes
    },
    takeDelta: () => takeDelta(state),
    restore: ({ asOfMs, open }) => {
      state.asOfMs = asOfMs
      state.edges = edgesAt(asOfMs, tiering)
      for (const [key, entry] of open) enterOpen(state, key, entry)
    },
    evictSubjects: (keep, packed) => {
      evictSubjects(state, keep, packed)
    },
    subjectCount: () => state.subjects.size,
  }
}

/** Before anything has been seen every tier but the coarsest begins beyond all instants. */
const startEdges = (tiering: Tiering): Edges => edgesAt(0, tiering)

const ownerOf = (key: string): { tenantId: string; kind: SubjectKind; id: string } => {
  const [tenantId = '', kind = '', id = ''] = key.split('|')
  const plain = (part: string) => part.replaceAll('%7C', '|').replaceAll('%25', '%')
  return { tenantId: plain(tenantId), kind: kind as SubjectKind, id: plain(id) }
}

const loadSubject = (state: ShardState, key: string, packed: Uint8Array | null): void => {
  const owner = ownerOf(key)
  if (packed === null) {
    state.subjects.set(key, { key, ...owner, events: [], contributions: [], spans: [], expiresAtMs: 0 })
    return
  }
  const { events, contributions, spans, expiresAtMs } = decodeSubject(owner, packed)
  const intern = (dimensions: Dimensions) => internDimensions(state, owner.tenantId, dimensions)
  state.subjects.set(key, {
    key,
    ...owner,
    events: [...events],
    contributions: contributions.map((one) => ({ ...one, dimensions: intern(one.dimensions) })),
    spans: spans.map((one) => ({ ...one, dimensions: intern(one.dimensions) })),
    expiresAtMs,
  })
}

const fileEvent = (state: ShardState, event: Event): Insertion => {
  const key = subjectKey(event)
  const subject = state.subjects.get(key) ?? createSubject(state, key, event)
  const insertion = insertEvent(subject.events, event, state.eventsPerSubjectMax)
  if (insertion === 'applied' || insertion === 'conflicting-replaced') state.marked.add(subject)
  return insertion
}

const createSubject = (state: ShardState, key: string, event: Event): Subject => {
  const subject: Subject = {
    key,
    ...subjectOf(event),
    events: [],
    contributions: [],
    spans: [],
    expiresAtMs: 0,
  }
  state.subjects.set(key, subject)
  return subject
}

/** One object for equal dimensions, less those no grouping set names. */
const internDimensions = (state: ShardState, tenantId: string, dimensions: Dimensions): Dimensions => {
  let signature = tenantId
  for (const name of state.usedNames) signature += `\u0000${dimensions[name] ?? '\u0001'}`
  const known = state.dimensions.get(signature)
  if (known) return known
  const own: Record<string, string> = {}
  for (const name of state.usedNames) if (dimensions[name] !== undefined) own[name] = dimensions[name]
  if (state.dimensions.size >= internedMax) state.dimensions.clear()
  state.dimensions.set(signature, own)
  return own
}

/** Interning is only speed: past this many the table begins anew. */
const internedMax = 200_000

const advance = (state: ShardState, toMs: number, due: readonly string[]): void => {
  const fromMs = state.asOfMs
  if (toMs < fromMs) throw new Error('as-of never goes back')
  state.asOfMs = toMs
  moveEdges(state)
  for (const subject of state.marked) replaceFacts(state, subject, { fromMs, toMs })
  for (const key of due) {
    const subject = state.subjects.get(key)
    if (!subject) throw new Error(`the due subject ${key} was not loaded`)
    if (!state.marked.has(subject)) placeDue(state, subject, { fromMs, toMs })
  }
  state.marked.clear()
}

const moveEdges = (state: ShardState): void => {
  const edges = edgesAt(state.asOfMs, state.tiering)
  if (edges.some((edge, tier) => edge !== state.edges[tier])) state.edges = edges
}

type Advance = { readonly fromMs: number; readonly toMs: number }

/** Subtracts what the subject contributed before the former as-of, adds what it contributes before the new one. */
const replaceFacts = (state: ShardState, subject: Subject, { fromMs, toMs }: Advance): void => {
  const intern = (dimensions: Dimensions) => internDimensions(state, subject.tenantId, dimensions)
  const facts = stateFacts(subject.kind, subject.events, { rules: state.rules, intern })
  const before = subject.contributions
  const after = facts.contributions
  const shared = countShared(before, after)
  for (let index = shared; index < before.length; index++) {
    const one = before[index] as Contribution
    if (one.atMs < fromMs) place(state, subject, one, -1)
  }
  for (let index = 0; index < after.length; index++) {
    const one = after[index] as Contribution
    if (one.atMs < toMs && (index >= shared || one.atMs >= fromMs)) place(state, subject, one, 1)
  }
  subject.contributions = after
  subject.spans = facts.spans
  subject.expiresAtMs = facts.expiresAtMs
  if (state.tracksChanges) state.delta.subjects.set(subject.key, subject)
  settleSubject(state, subject)
}

const countShared = (before: readonly Contribution[], after: readonly Contribution[]): number => {
  let shared = 0
  while (shared < before.length && shared < after.length) {
    const a = before[shared] as Contribution
    const b = after[shared] as Contribution
    if (a.atMs !== b.atMs || a.measure !== b.measure || a.value !== b.value) break
    if (a.key !== b.key || a.dimensions !== b.dimensions) break
    shared++
  }
  return shared
}

const placeDue = (state: ShardState, subject: Subject, { fromMs, toMs }: Advance): void => {
  for (const one of subject.contributions)
    if (one.atMs >= fromMs && one.atMs < toMs) place(state, subject, one, 1)
  settleSubject(state, subject)
}

/** Enters when the subject is next due and what it keeps open; forgets it where nothing can join it any more. */
const settleSubject = (state: ShardState, subject: Subject): void => {
  const { key } = subject
  const forgetAtMs = subject.expiresAtMs + state.latenessMs
  if (state.forgets && forgetAtMs < state.asOfMs) {
    forgetSubject(state, key)
    return
  }
  const next = subject.contributions.find((one) => one.atMs >= state.asOfMs)
  const spans = subject.spans.filter((span) => span.untilMs >= state.asOfMs)
  const lastMs = state.forgets ? forgetAtMs : Number.POSITIVE_INFINITY
  const entry = { dueMs: Math.min(next?.atMs ?? lastMs, lastMs), spans }
  enterOpen(state, key, entry)
  if (state.tracksChanges) state.delta.open.set(key, entry)
  touchSubject(state, subject)
}

const forgetSubject = (state: ShardState, key: string): void => {
  state.subjects.delete(key)
  enterOpen(state, key, { dueMs: Number.POSITIVE_INFINITY, spans: [] })
  if (!state.tracksChanges) return
  state.delta.open.set(key, null)
  state.delta.subjects.set(key, null)
}

const enterOpen = (state: ShardState, key: string, entry: OpenEntry): void => {
  state.due.set(key, entry.dueMs)
  if (entry.spans.length > 0) state.open.set(key, entry.spans)
  else state.open.delete(key)
}

/** Most recently used last. */
const touchSubject = (state: ShardState, subject: Subject): void => {
  state.subjects.delete(subject.key)
  state.subjects.set(subject.key, subject)
}

const place = (state: ShardState, subject: Subject, one: Contribution, sign: 1 | -1): void => {
  for (const scope of state.table.resolve(subject, one)) {
    foldScope(state, scope)
    placeValue(scope.cells.running, one, sign)
    const slice = sliceAt(scope.cells, one.atMs, state.zone)
    if (slice) placeValue(slice, one, sign)
    noteChange(state, scope, one.atMs)
  }
}

const foldScope = (state: ShardState, scope: Scope): void => {
  if (scope.cells.edges === state.edges) return
  const touched = state.tracksChanges
    ? (tier: number, startMs: number) => {
        touchSlice(state, scope, { tier, startMs })
      }
    : undefined
  foldSlices(scope.cells, state.edges, state.zone, touched)
}

const noteChange = (state: ShardState, scope: Scope, atMs: number): void => {
  const earliest = state.changes.get(scope)
  if (earliest === undefined || atMs < earliest) state.changes.set(scope, atMs)
  if (!state.tracksChanges) return
  const tier = tierOf(scope.cells.edges, atMs)
  touchSlice(state, scope, { tier, startMs: tier < 0 ? 0 : sliceStart(tier, atMs, state.zone) })
}

const touchSlice = (state: ShardState, scope: Scope, slice: TouchedSlice): void => {
  let touched = state.delta.scopes.get(scope)
  if (!touched) {
    touched = new Map()
    state.delta.scopes.set(scope, touched)
  }
  touched.set(`${slice.tier}:${slice.startMs}`, slice)
}

const takeDelta = (state: ShardState): ShardDelta => {
  const { subjects, scopes, open } = state.delta
  state.delta = emptyDelta()
  return {
    subjects: new Map(
      [...subjects].map(([key, subject]) => [key, subject && encodeSubject(subject, subject)]),
    ),
    scopes: new Map([...scopes].map(([scope, touched]) => [scope, [...touched.values()]])),
    open,
  }
}

const evictSubjects = (
  state: ShardState,
  keep: number,
  packed?: (key: string, bytes: Uint8Array) => void,
): void => {
  for (const [key, subject] of state.subjects) {
    if (state.subjects.size <= keep) return
    if (state.marked.has(subject) || state.delta.subjects.has(key)) continue
    packed?.(key, encodeSubject(subject, subject))
    state.subjects.delete(key)
  }
}
