import type { Contribution, Dimensions, StatedFacts } from './contribution.ts'
import type { DueStep } from './due-index.ts'
import { type Event, parseSubjectKey, subjectKey, topicOfType } from './events.ts'
import { stateFacts } from './facts.ts'
import type { OpenTable } from './open-table.ts'
import { foldScope, placeAll, placedSliceAt } from './placing.ts'
import { parseScopeKey, type Scope, type ScopeTable } from './scopes.ts'
import { carryGenerations, type SetGenerations } from './set-generations.ts'
import { decodeOpen, decodeScopeFields, type OpenEntry } from './shard-codec.ts'
import {
  noteChange,
  noteOpen,
  noteSubject,
  type ShardDelta,
  settleJournal,
  takeChanges,
  takeDelta,
} from './shard-delta.ts'
import { createShardState, type ShardOptions, type ShardState, type Subject } from './shard-state.ts'
import {
  createSubject,
  dropSubject,
  evictSubjects,
  factsOf,
  internDimensions,
  loadSubject,
} from './shard-subjects.ts'
import { type Edges, edgesAt } from './slices.ts'
import { type Insertion, insertEvent } from './timeline.ts'
import { topics } from './topics.ts'
import { moveToNewest } from './usage-order.ts'

export type { ShardDelta } from './shard-delta.ts'
export type { ShardOptions } from './shard-state.ts'

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
  fileEvent(event: Event, key?: string): Insertion
  /** Subjects with something due before `toMs`, to be loaded where missing and then given to `advance(reachedMs)`. */
  takeDue(toMs: number, limit: number): DueStep
  /** Moves as-of (never back) and places: marked subjects anew, due subjects what has come due. */
  advance(toMs: number, due: readonly string[]): void
  /** What is open at as-of. */
  readonly open: OpenTable
  /** Scopes whose content before as-of changed since the last call, with the earliest instant. */
  takeChanges(): ReadonlyMap<Scope, number>
  /** Everything a commit must write; begins anew. */
  takeDelta(): ShardDelta
  /** Brings a shard back as its last commit left it. Only on a new shard. */
  restore(stored: StoredShard): void
  /** Packs and drops the subjects longest unused, down to `keep` of them. */
  evictSubjects(keep: number, packed?: (subjectKey: string, bytes: Uint8Array) => void): void
  readonly subjectCount: () => number
  /** Which grouping sets the cells hold. */
  readonly generations: () => SetGenerations
  /** Outcomes whose beginning was never seen: those placed less those taken back, on this shard object. */
  readonly orphanCount: () => number
}

/** A shard's state as it stands in a store; subjects are read later. */
export type StoredShard = {
  readonly asOfMs: number
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>
  readonly open: ReadonlyMap<string, Uint8Array>
  /** As the last commit noted them; null: by the version before, or never. */
  readonly generations?: SetGenerations | null
}

export const createShard = (options: ShardOptions): Shard => {
  const state = createShardState(options)
  return {
    asOfMs: () => state.asOfMs,
    edges: () => state.edges,
    scopes: state.table,
    isMissing: (key) => !state.subjects.has(key),
    loadSubject: (key, packed) => {
      loadSubject(state, key, packed)
    },
    fileEvent: (event, key = subjectKey(event)) => fileEvent(state, event, key),
    takeDue: (toMs, limit) => state.due.takeBefore(toMs, limit),
    advance: (toMs, due) => {
      advance(state, toMs, due)
    },
    open: state.open,
    takeChanges: () => takeChanges(state),
    takeDelta: () => takeDelta(state),
    restore: (stored) => {
      restoreShard(state, stored)
    },
    evictSubjects: (keep, packed) => {
      evictSubjects(state, keep, packed)
    },
    subjectCount: () => state.subjects.size,
    generations: () => state.generations,
    orphanCount: () => state.orphanCount,
  }
}

const restoreShard = (state: ShardState, { asOfMs, cells, open, generations }: StoredShard): void => {
  state.asOfMs = asOfMs
  settleJournal(state)
  if (asOfMs > Number.NEGATIVE_INFINITY) moveEdges(state)
  const held = new Map([...cells.keys()].map((key) => [key, setNameOf(key)]))
  state.generations = carryGenerations(generations ?? null, {
    names: state.sets.map((set) => set.join()),
    held: new Set(held.values()),
    asOfMs,
  })
  for (const [key, fields] of cells)
    if (state.generations.sets[held.get(key) as string])
      state.table.restore(key, (holdsFlows) => decodeScopeFields(fields, holdsFlows))
    else state.delta.dropped.push(key)
  for (const [key, bytes] of open) {
    const { tenantId } = parseSubjectKey(key)
    enterOpen(
      state,
      key,
      decodeOpen(bytes, (dimensions) => internDimensions(state, tenantId, dimensions)),
    )
  }
}

const setNameOf = (scopeKey: string): string => Object.keys(parseScopeKey(scopeKey).dimensions).sort().join()

const fileEvent = (state: ShardState, event: Event, key: string): Insertion => {
  const subject = state.subjects.get(key) ?? createSubject(state, key, event)
  const insertion = insertEvent(subject.events, event, state.eventsPerSubjectMax)
  if (insertion === 'applied' || insertion === 'conflicting-replaced') state.marked.add(subject)
  return insertion
}

const advance = (state: ShardState, toMs: number, due: readonly string[]): void => {
  const fromMs = state.asOfMs
  if (toMs < fromMs) throw new Error('as-of never goes back')
  state.asOfMs = toMs
  moveEdges(state)
  for (const key of due) {
    const subject = state.subjects.get(key)
    if (!subject) throw new Error(`the due subject ${key} was not loaded`)
    if (!state.marked.has(subject)) placeDue(state, subject, { fromMs, toMs })
  }
  for (const subject of state.marked) replaceFacts(state, subject, { fromMs, toMs })
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
  const said = factsOf(state, subject)
  const facts = stateFacts(subject.kind, subject.events, { rules: state.rules, intern })
  const before = said.contributions
  const after = facts.contributions
  const shared = countShared(before, after)
  const counts = setsCounting(state, subject)
  placeAll(state, before, { subject, counts, sign: -1, first: shared, end: countDatedBefore(before, fromMs) })
  const first = Math.min(shared, countDatedBefore(after, fromMs))
  placeAll(state, after, { subject, counts, sign: 1, first, end: countDatedBefore(after, toMs) })
  noteMovedSpans(state, subject, { said, facts })
  bringIn(state, subject, after)
  subject.expiresAtMs = facts.expiresAtMs
  if (state.tracksChanges) noteSubject(state, subject, facts)
  else subject.facts = facts
  settleSubject(state, subject, facts)
}

type Restated = { readonly said: StatedFacts; readonly facts: StatedFacts }

/** What is open since another instant than before is listed otherwise although nothing was placed. */
const noteMovedSpans = (state: ShardState, subject: Subject, { said, facts }: Restated): void => {
  const { contributions } = facts
  for (const { list, fromMs, untilMs, sinceMs } of facts.spans) {
    // Of all that a long life has had open, little is still to be listed.
    if (fromMs >= state.asOfMs || untilMs < state.asOfMs) continue
    const before = said.spans.find((span) => span.list === list && span.fromMs === fromMs)
    if (!before || before.sinceMs === sinceMs) continue
    for (let index = countDatedBefore(contributions, fromMs); index < contributions.length; index++) {
      const one = contributions[index] as Contribution
      if (one.atMs > fromMs) break
      for (const scope of state.table.resolve(subject, one)) {
        foldScope(state, scope)
        noteChange(state, scope, { atMs: fromMs, slice: placedSliceAt(state, fromMs).place })
      }
    }
  }
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

/** They are sorted by instant. */
const countDatedBefore = (contributions: readonly Contribution[], beforeMs: number): number => {
  let count = contributions.length
  while (count > 0 && (contributions[count - 1] as Contribution).atMs >= beforeMs) count--
  return count
}

const placeDue = (state: ShardState, subject: Subject, { fromMs, toMs }: Advance): void => {
  const facts = factsOf(state, subject)
  const { contributions } = facts
  const [first, end] = [countDatedBefore(contributions, fromMs), countDatedBefore(contributions, toMs)]
  placeAll(state, contributions, { subject, counts: setsCounting(state, subject), sign: 1, first, end })
  if (bringIn(state, subject, contributions) && state.tracksChanges) noteSubject(state, subject, facts)
  settleSubject(state, subject, facts)
}

/** Enters when the subject is next due and what it keeps open; forgets it where nothing can join it any more. */
const settleSubject = (state: ShardState, subject: Subject, facts: StatedFacts): void => {
  const { key } = subject
  let forgetAtMs = state.forgets ? subject.expiresAtMs + state.latenessMs : Number.POSITIVE_INFINITY
  const next = facts.contributions.find((one) => one.atMs >= state.asOfMs)
  if (!next && forgetAtMs < state.asOfMs) {
    if (!isStillAccepted(state, subject)) {
      forgetSubject(state, subject)
      return
    }
    // As-of may leap over years in which its topics are silent: looked at again after as long as it has waited.
    forgetAtMs = state.asOfMs + Math.max(state.latenessMs, state.asOfMs - forgetAtMs)
  }
  const spans = facts.spans.filter((span) => span.untilMs >= state.asOfMs)
  const entry = { dueMs: next?.atMs ?? forgetAtMs, spans }
  enterOpen(state, key, entry)
  if (state.tracksChanges) noteOpen(state, key, entry)
  moveToNewest(state.usage, subject)
}

/** Other partitions may have taken as-of on while one of its topics is silent here: then what was told there may be told again. */
const isStillAccepted = ({ acceptedFromMs }: ShardState, { events, expiresAtMs }: Subject): boolean =>
  acceptedFromMs !== undefined &&
  events.some(({ type }) => {
    const topic = topicOfType(type)
    return (topic ? [topic] : topics).some((one) => {
      const fromMs = acceptedFromMs(one)
      // A retraction may lie on any topic, but not where nothing was read.
      return fromMs <= expiresAtMs && fromMs > Number.NEGATIVE_INFINITY
    })
  })

const forgetSubject = (state: ShardState, subject: Subject): void => {
  const { key } = subject
  dropSubject(state, subject)
  enterOpen(state, key, { dueMs: Number.POSITIVE_INFINITY, spans: [] })
  if (!state.tracksChanges) return
  state.delta.open.set(key, null)
  state.delta.subjects.set(key, null)
}

const enterOpen = (state: ShardState, key: string, entry: OpenEntry): void => {
  state.due.set(key, entry.dueMs)
  state.open.set(key, entry.spans)
}

/** The scopes the subject is counted in; undefined: those of all sets, as nearly always. */
const setsCounting = (
  { generations }: ShardState,
  { generation }: Subject,
): ((scope: Scope) => boolean) | undefined =>
  generation >= generations.generation
    ? undefined
    : ({ set }) => (generations.sets[set.join()]?.generation ?? 0) <= generation

/** Adds all that a subject contributes to the sets that were added since it was counted last; whether there are any. */
const bringIn = (state: ShardState, subject: Subject, contributions: readonly Contribution[]): boolean => {
  const isCounted = setsCounting(state, subject)
  if (!isCounted) return false
  const { orphanCount } = state
  const counts = (scope: Scope) => !isCounted(scope)
  const end = countDatedBefore(contributions, state.asOfMs)
  placeAll(state, contributions, { subject, counts, sign: 1, first: 0, end })
  state.orphanCount = orphanCount
  subject.generation = state.generations.generation
  return true
}
