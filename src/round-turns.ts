import type { Clock } from './ports.ts'

/** Between the parts of a long round timers and sockets get their turn: heartbeats, probes and signals wait for no round. */
export type RoundTurns = {
  /**
   * Resolves when the next part may begin: at once, or one part after the other where the round has had the thread for a while.
   * Whether it had to wait.
   */
  next(): Promise<boolean>
}

const stretchMs = 100

export const createRoundTurns = (clock: Clock, giveWay: () => Promise<void>): RoundTurns => {
  let untilMs = clock.now() + stretchMs
  let last: Promise<void> | undefined
  const rest = async (before: Promise<void> | undefined): Promise<void> => {
    await before
    await giveWay()
    untilMs = clock.now() + stretchMs
  }
  return {
    next: async () => {
      if (clock.now() < untilMs) return false
      last = rest(last)
      await last
      return true
    },
  }
}
