import type { StateStore } from '../../src/ports.ts'
import { type Model, modelOf, plainMap } from './plain-state.ts'

/** One state, fresh for each test. `openStore` gives another process's handle on it; `close` ends all handles. */
export type StoreBench = {
  openStore(): Promise<StateStore>
  close(): Promise<void>
}

export type OpenFresh = (chainLength?: number) => Promise<StoreBench>

export const CHAIN_LENGTH = 4
export const NOW_MS = 1_795_292_860_503
export const SHARD = 3

/** The whole shard in plain text; takes it. */
export const readModel = async (
  store: StateStore,
  subjectKeys: readonly string[] = ['x'],
): Promise<Model> => {
  const state = await store.takeShard(SHARD, NOW_MS)
  return modelOf(state, plainMap(await store.readSubjects(SHARD, subjectKeys)))
}
