import { setTimeout } from 'node:timers/promises'

const firstMs = 100
const longestMs = 5_000

/** Waits 100 ms, doubled with each attempt up to 5 s, less up to half by chance, so that many do not come back at once. */
export const boundedDelay = async (attempt: number): Promise<void> => {
  const fullMs = Math.min(firstMs * 2 ** attempt, longestMs)
  await setTimeout(fullMs * (0.5 + Math.random() / 2))
}
