import { expect } from 'vitest'
import { runHistory } from './history.ts'

/** Some 50 s where nothing else runs; a machine that is busy with other things takes its time. */
export const historiesTimeoutMs = 1_800_000

/** Lives through the histories of these seeds; a failing one is told with the command that replays it. */
export const expectAllRight = async (from: number, count: number): Promise<void> => {
  const wrong: string[] = []
  for (let seed = from; seed < from + count; seed++) {
    const { violations } = await runHistory(seed)
    if (violations.length > 0)
      wrong.push(`npm run simulate-faults -- --seed ${seed} --trace: ${violations.slice(0, 3).join('; ')}`)
  }
  expect(wrong).toEqual([])
}
