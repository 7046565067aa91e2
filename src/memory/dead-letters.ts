import type { DeadLetter, DeadLetters } from '../ports.ts'

export type MemoryDeadLetters = DeadLetters & {
  /** The latest letters, oldest first. */
  readonly letters: () => readonly DeadLetter[]
  /** How many were ever sent. */
  readonly count: () => number
}

/** Keeps the latest `lettersMax` letters. */
export function createMemoryDeadLetters({ lettersMax }: { readonly lettersMax: number }): MemoryDeadLetters {
  let kept: readonly DeadLetter[] = []
  let count = 0
  return {
    send: async (letters) => {
      count += letters.length
      kept = [...kept, ...letters].slice(-lettersMax)
    },
    letters: () => kept,
    count: () => count,
    close: async () => {},
  }
}
