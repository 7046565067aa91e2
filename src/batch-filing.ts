import type { TakenRecord } from './intake.ts'
import type { DeadLetter, StateStore } from './ports.ts'
import { countOne, type FilingState, fileRecord } from './record-filing.ts'

export type BatchFiling = FilingState & {
  readonly shard: number
  readonly store: StateStore
  readonly dueSubjectsMax: number
}

/** Files what can be filed; returns what could not. */
export const fileBatch = async (
  state: BatchFiling,
  taken: readonly TakenRecord[],
): Promise<readonly DeadLetter[]> => {
  const letters = taken.flatMap(({ letter }) => letter ?? [])
  for (const { reason } of letters) countOne(state, `deadLetter.${reason}`)
  const keys = taken.flatMap(({ subjectKey }) => subjectKey ?? [])
  await loadSubjects(state, keys)
  for (const record of taken) fileRecord(state, record, letters)
  return letters
}

/** One batched read of what is not in memory. */
const loadSubjects = async (state: BatchFiling, keys: readonly string[]): Promise<void> => {
  const missing = [...new Set(keys)].filter((key) => state.live.isMissing(key))
  if (missing.length === 0) return
  const found = await state.store.readSubjects(state.shard, missing)
  for (const key of missing) state.live.loadSubject(key, found.get(key) ?? null)
}

/** In bounded steps: what is due is read where it is not in memory, then placed. */
export const advanceTo = async (state: BatchFiling, toMs: number): Promise<void> => {
  for (;;) {
    const { keys, reachedMs } = state.live.takeDue(toMs, state.dueSubjectsMax)
    await loadSubjects(state, keys)
    state.live.advance(reachedMs, keys)
    if (reachedMs === toMs) return
  }
}
