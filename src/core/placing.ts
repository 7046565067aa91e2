import type { Contribution } from './contribution.ts'
import { measures, placeDeltas, slotDeltasOf } from './measures.ts'
import type { Scope } from './scopes.ts'
import { noteChange, noteLateChange, touchSlice } from './shard-delta.ts'
import type { PlacedInstant, ShardState, Subject } from './shard-state.ts'
import { foldSlices, placeAt, sliceAt } from './slices.ts'

/** Whose contributions are placed; `counts`: the scopes the subject is counted in, all where undefined. */
export type Placing = {
  readonly subject: Subject
  readonly sign: 1 | -1
  readonly counts: ((scope: Scope) => boolean) | undefined
}

/** Adds a contribution to every cell it belongs to, or takes it back. */
export const place = (state: ShardState, one: Contribution, { subject, sign, counts }: Placing): void => {
  if (one.measure === measures.orphans) state.orphanCount += sign
  const { atMs } = one
  const deltas = slotDeltasOf(one)
  const placed = placeOf(state, atMs)
  for (const scope of state.table.resolve(subject, one)) {
    if (counts && !counts(scope)) continue
    foldScope(state, scope)
    placeDeltas(scope.cells.running, deltas, sign)
    const cell = sliceAt(scope.cells, placed.slice)
    if (cell) placeDeltas(cell, deltas, sign)
    noteChange(state, scope, placed)
    if (atMs < state.journalBeforeMs) noteLateChange(state, scope, { atMs, deltas, sign })
  }
}

/** What one event says lies at one instant: looked up once. */
export const placeOf = (state: ShardState, atMs: number): PlacedInstant => {
  const { recent, edges } = state
  if (recent && recent.atMs === atMs && recent.edges === edges) return recent
  state.recent = { atMs, edges, slice: placeAt(edges, atMs, state.zone) }
  return state.recent
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
