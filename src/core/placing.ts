import { addCell, type Cell, clearCell, createCell } from './cell.ts'
import type { Contribution } from './contribution.ts'
import { addValue, measures } from './measures.ts'
import type { Scope } from './scopes.ts'
import { noteChange, noteLateChange, touchSlice } from './shard-delta.ts'
import type { PlacedSlice, ShardState, Subject } from './shard-state.ts'
import { foldSlices } from './slice-blocks.ts'
import { addLevels } from './slice-sums.ts'
import { nextSliceStart, placeAt, type ScopeCells, sliceAt, sliceMs, tierCount } from './slices.ts'

/** Whose contributions are placed, of a list those at [first, end); `counts`: the scopes the subject is counted in, all where undefined. */
export type Placing = {
  readonly subject: Subject
  readonly sign: 1 | -1
  readonly first: number
  readonly end: number
  readonly counts: ((scope: Scope) => boolean) | undefined
}

/** What is added to the same slice of the same scopes: a subject says many things at once, and each cell is found once for all. */
type Group = {
  scopes: readonly Scope[]
  /** Of the earliest. */
  atMs: number
  /** What is added to each slot. */
  readonly delta: Cell
}

/** Of a subject, its agent, and both of a transfer: what one slice holds more of goes in turns. */
const groupsMax = 4
const groups: readonly Group[] = Array.from({ length: groupsMax }, () => ({
  scopes: [],
  atMs: 0,
  delta: createCell(),
}))
let groupCount = 0

/** Adds contributions, sorted by instant, to every cell they belong to, or takes them back. */
export const placeAll = (
  state: ShardState,
  contributions: readonly Contribution[],
  placing: Placing,
): void => {
  const { subject, sign, first, end } = placing
  let slice: PlacedSlice | undefined
  groupCount = 0
  for (let index = first; index < end; index++) {
    const one = contributions[index] as Contribution
    const { atMs } = one
    if (one.measure === measures.orphans) state.orphanCount += sign
    if (!slice || atMs < slice.startMs || atMs >= slice.endMs) {
      if (slice) placeGroups(state, slice, placing)
      slice = placedSliceAt(state, atMs)
    }
    const scopes = state.table.resolve(subject, one)
    if (groupCount === groupsMax && !findGroup(scopes)) placeGroups(state, slice, placing)
    addValue(enterGroup(scopes, atMs).delta, one, sign)
    if (atMs < state.journalBeforeMs) journalChange(state, one, { ...placing, scopes })
  }
  if (slice) placeGroups(state, slice, placing)
}

const findGroup = (scopes: readonly Scope[]): Group | undefined => {
  for (let index = 0; index < groupCount; index++) {
    const group = groups[index] as Group
    if (group.scopes === scopes) return group
  }
  return undefined
}

const enterGroup = (scopes: readonly Scope[], atMs: number): Group => {
  const known = findGroup(scopes)
  if (known) return known
  const group = groups[groupCount++] as Group
  group.scopes = scopes
  group.atMs = atMs
  clearCell(group.delta)
  return group
}

const placeGroups = (state: ShardState, slice: PlacedSlice, { counts }: Placing): void => {
  for (let index = 0; index < groupCount; index++) {
    const group = groups[index] as Group
    const { scopes, atMs, delta } = group
    group.scopes = []
    for (const scope of scopes) {
      if (counts && !counts(scope)) continue
      foldScope(state, scope)
      addToRunning(scope.cells, delta)
      const cell = sliceAt(scope.cells, slice.place)
      if (cell) addCell(cell, delta)
      noteChange(state, scope, { atMs, slice: slice.place })
    }
  }
  groupCount = 0
}

const addToRunning = ({ running, holdsFlows }: ScopeCells, delta: Cell): void => {
  if (holdsFlows) addCell(running, delta)
  else addLevels(running, delta)
}

type LateChange = Placing & { readonly scopes: readonly Scope[] }

const journalChange = (state: ShardState, one: Contribution, { scopes, sign, counts }: LateChange): void => {
  const delta = createCell()
  addValue(delta, one, sign)
  for (const scope of scopes)
    if (!counts || counts(scope)) noteLateChange(state, scope, { atMs: one.atMs, delta })
}

/** The slice that holds an instant, and how far it reaches: looked up once for all that lies in it. */
export const placedSliceAt = (state: ShardState, atMs: number): PlacedSlice => {
  const { recent, edges } = state
  const index = Math.floor(atMs / sliceMs(0)) % recentMax
  const known = recent[index]
  if (known && known.edges === edges && atMs >= known.startMs && atMs < known.endMs) return known
  const made = makePlacedSlice(state, atMs)
  recent[index] = made
  return made
}

/** Ten minutes of the finest slices: between commits few lie elsewhere. */
const recentMax = 128

const makePlacedSlice = ({ edges, zone }: ShardState, atMs: number): PlacedSlice => {
  const place = placeAt(edges, atMs, zone)
  const { tier, startMs } = place
  return tier < 0
    ? { edges, place, startMs: Number.NEGATIVE_INFINITY, endMs: edges[tierCount - 1] as number }
    : { edges, place, startMs, endMs: nextSliceStart(tier, startMs, zone) }
}

/** Brings a scope's slices to the shard's edges before anything is placed in it. */
export const foldScope = (state: ShardState, scope: Scope): void => {
  if (scope.cells.edges === state.edges) return
  const touched = state.tracksChanges
    ? (tier: number, startMs: number) => {
        touchSlice(state, scope, { tier, startMs })
      }
    : undefined
  foldSlices(scope.cells, { to: state.edges, zone: state.zone, touched })
}
