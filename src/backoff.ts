import { setTimeout } from 'node:timers/promises'
import type { Clock } from './ports.ts'

const firstMs = 100
const longestMs = 5_000

/** Waits 100 ms, doubled with each attempt up to 5 s, less up to half by chance, so that many do not come back at once. */
export const boundedDelay = async (attempt: number): Promise<void> => {
  await setTimeout(delayMs(attempt) * (0.5 + Math.random() / 2))
}

/** When something is tried again, and how often it was tried since it last went well. Time in epoch ms. */
export type Retry = { readonly atMs: number; readonly attempt: number }

/** The same without chance, for who goes on with other things meanwhile. */
export const retryAfter = (clock: Clock, before: Retry | undefined): Retry => {
  const attempt = before ? before.attempt + 1 : 0
  return { atMs: clock.now() + delayMs(attempt), attempt }
}

const delayMs = (attempt: number): number => Math.min(firstMs * 2 ** attempt, longestMs)
