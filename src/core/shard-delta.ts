import type { Scope } from './scopes.ts'
import { encodeOpen, encodeScopeFields } from './shard-codec.ts'
import { emptyDelta, type ShardState } from './shard-state.ts'
import { type SlicePlace, sliceStart, tierOf } from './slices.ts'
import { encodeSubject } from './subject-codec.ts'

/** What a commit must write: absolute packed values; null deletes. */
export type ShardDelta = {
  readonly subjects: ReadonlyMap<string, Uint8Array | null>
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, Uint8Array | null>>
  readonly open: ReadonlyMap<string, Uint8Array | null>
}

/** Notes that a scope's content at an instant has changed, for readers and for the next commit. */
export const noteChange = (state: ShardState, scope: Scope, atMs: number): void => {
  const earliest = state.changes.get(scope)
  if (earliest === undefined || atMs < earliest) state.changes.set(scope, atMs)
  if (!state.tracksChanges) return
  const tier = tierOf(scope.cells.edges, atMs)
  touchSlice(state, scope, { tier, startMs: tier < 0 ? 0 : sliceStart(tier, atMs, state.zone) })
}

export const touchSlice = (state: ShardState, scope: Scope, slice: SlicePlace): void => {
  let touched = state.delta.scopes.get(scope)
  if (!touched) {
    touched = new Map()
    state.delta.scopes.set(scope, touched)
  }
  touched.set(`${slice.tier}:${slice.startMs}`, slice)
}

/** Packs everything that changed since the last call, and begins anew. */
export const takeDelta = (state: ShardState): ShardDelta => {
  const { subjects, scopes, open } = state.delta
  state.delta = emptyDelta()
  return {
    subjects: new Map(
      [...subjects].map(([key, subject]) => [key, subject && encodeSubject(subject, subject)]),
    ),
    cells: new Map(
      [...scopes].map(([scope, touched]) => [
        scope.key,
        encodeScopeFields(scope.cells, touched.values(), state.zone),
      ]),
    ),
    open: new Map([...open].map(([key, entry]) => [key, entry && encodeOpen(entry)])),
  }
}
