import { addCell, type Cell, createCell } from './cell.ts'
import type { StatedFacts } from './contribution.ts'
import { type JournalEntry, listChangedRanges, quarterStart } from './journal.ts'
import { type Scope, type ScopeNotes, touchedMax } from './scopes.ts'
import { encodeOpen, encodeScopeFields, type OpenEntry } from './shard-codec.ts'
import { emptyDelta, type ShardState, type Subject } from './shard-state.ts'
import { isSamePlace, type SlicePlace, tierCount } from './slices.ts'
import { packSubject } from './subject-codec.ts'

/** What a commit must write: absolute packed values; null deletes. */
export type ShardDelta = {
  readonly subjects: ReadonlyMap<string, Uint8Array | null>
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Uint8Array | null>>
  readonly open: ReadonlyMap<string, Uint8Array | null>
  /** What changed since the last call before the as-of of that call: windows may have been closed there. */
  readonly journal: JournalEntry
  /** Scopes to be dropped whole: of grouping sets that are counted no longer. */
  readonly dropped: readonly string[]
}

/** What changed in a slice, the earliest at `atMs`. */
export type SliceChange = { readonly atMs: number; readonly slice: SlicePlace }

/** Packs a subject for the next commit: at once, while all it consists of is in the caches. Of its facts what is packed is kept. */
export const noteSubject = (
  { delta }: ShardState,
  subject: Subject,
  { contributions, spans }: StatedFacts,
): void => {
  const { events, expiresAtMs, generation } = subject
  const packed = packSubject(subject, { events, contributions, spans, expiresAtMs, generation })
  delta.subjects.set(subject.key, packed.bytes)
  subject.facts = packed.facts
}

export const noteOpen = ({ delta }: ShardState, subjectKey: string, entry: OpenEntry): void => {
  delta.open.set(subjectKey, encodeOpen(entry))
}

/** Notes that a scope's content has changed, for readers and for the next commit. */
export const noteChange = (state: ShardState, scope: Scope, { atMs, slice }: SliceChange): void => {
  const { notes } = scope
  if (notes.changedMs === Number.POSITIVE_INFINITY) state.changed.push(scope)
  if (atMs < notes.changedMs) notes.changedMs = atMs
  if (state.tracksChanges) touchSlice(state, scope, slice)
}

/** Scopes that changed since the last call, with the earliest instant. */
export const takeChanges = (state: ShardState): ReadonlyMap<Scope, number> => {
  const changes = new Map<Scope, number>()
  for (const scope of state.changed) {
    changes.set(scope, scope.notes.changedMs)
    scope.notes.changedMs = Number.POSITIVE_INFINITY
  }
  state.changed = []
  return changes
}

export const touchSlice = (state: ShardState, scope: Scope, slice: SlicePlace): void => {
  const { notes } = scope
  if (notes.touched.length === 0) state.delta.scopes.push(scope)
  else if (isSamePlace(notes.touched.at(-1) as SlicePlace, slice)) return
  notes.touched.push(slice)
  if (notes.touched.length >= notes.touchedMax) dropRepeated(notes)
}

/** Each slice once; what is left may be doubled until it is looked through again. */
const dropRepeated = (notes: ScopeNotes): void => {
  const { touched } = notes
  if (touched.length < 2) return
  notes.touched = touched.length > listedMax ? uniqueByName(touched) : touched.filter(isFirst)
  notes.touchedMax = Math.max(touchedMax, 2 * notes.touched.length)
}

/** Comparing so few with each other is quicker than entering them into a table. */
const listedMax = 12

const isFirst = (slice: SlicePlace, index: number, slices: readonly SlicePlace[]): boolean => {
  for (let before = 0; before < index; before++)
    if (isSamePlace(slices[before] as SlicePlace, slice)) return false
  return true
}

const uniqueByName = (slices: readonly SlicePlace[]): SlicePlace[] => {
  const byName = new Map<number, SlicePlace>()
  for (const slice of slices) byName.set(slice.startMs * tierCount + slice.tier, slice)
  return [...byName.values()]
}

export type LateChange = { readonly atMs: number; readonly delta: Cell }

/** Notes a change before `journalBeforeMs`. */
export const noteLateChange = (state: ShardState, scope: Scope, { atMs, delta }: LateChange): void => {
  const { journal } = state.delta
  const quarters = journal.get(scope) ?? new Map()
  journal.set(scope, quarters)
  const startMs = quarterStart(atMs)
  const cell = quarters.get(startMs) ?? createCell()
  quarters.set(startMs, cell)
  addCell(cell, delta)
}

/** From here on what is committed may be closed. */
export const settleJournal = (state: ShardState): void => {
  if (state.tracksChanges) state.journalBeforeMs = quarterStart(state.asOfMs)
}

/** Packs everything that changed since the last call, and begins anew. */
export const takeDelta = (state: ShardState): ShardDelta => {
  const { subjects, scopes, open, journal, dropped } = state.delta
  const beforeMs = state.journalBeforeMs
  state.delta = emptyDelta()
  settleJournal(state)
  const cells = new Map<string, ReadonlyMap<string, Uint8Array | null>>()
  for (const scope of scopes) cells.set(scope.key, encodeTouched(state, scope))
  return {
    subjects,
    cells,
    open,
    journal: readJournal(journal, beforeMs),
    dropped,
  }
}

const encodeTouched = (
  state: ShardState,
  { cells, notes }: Scope,
): ReadonlyMap<string, Uint8Array | null> => {
  dropRepeated(notes)
  const { touched } = notes
  notes.touched = []
  return encodeScopeFields(cells, touched, { zone: state.zone, growing: notes.growing })
}

const readJournal = (journal: ShardState['delta']['journal'], beforeMs: number): JournalEntry => {
  const entry = new Map<string, ReturnType<typeof listChangedRanges>>()
  for (const [scope, quarters] of journal) {
    const ranges = listChangedRanges(quarters, beforeMs)
    if (ranges.length > 0) entry.set(scope.key, ranges)
  }
  return entry
}
