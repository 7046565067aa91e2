/** When many scopes are read: after a rest that the records have, and not just before what few scopes say goes out. */
export type BulkRest = {
  isResting(nowMs: number): boolean
  /** Whether bulk leaves its turn to what is urgent: never twice in a row, and not while rounds are long. */
  isYielding(isLagging: boolean): boolean
  noteYielded(): void
  noteRead(reading: Reading): void
  /** What was said last is wrong by too much to stand for a rest. */
  end(): void
}

type Reading = { readonly startMs: number; readonly endMs: number; readonly isLagging: boolean }

/**
 * After it has read, the publisher rests so many times as long, so that the records have the greater part of the time: to write
 * down, pack and send what was read, and to hear it again on the wallboard, costs as much once more and a half …
 */
const restPerTurn = 9
/** … and nearly all of it while they lag: what goes out then is soon overtaken. */
const restPerLaggingTurn = 19
/** Reading that took long because the machine slept has not earned a longer rest. */
const restMaxMs = 30_000

export const createBulkRest = (): BulkRest => {
  let untilMs = Number.NEGATIVE_INFINITY
  let hasYielded = false
  return {
    isResting: (nowMs) => nowMs < untilMs,
    isYielding: (isLagging) => !hasYielded && !isLagging,
    noteYielded: () => {
      hasYielded = true
    },
    noteRead: ({ startMs, endMs, isLagging }) => {
      hasYielded = false
      const rests = isLagging ? restPerLaggingTurn : restPerTurn
      untilMs = endMs + Math.min(rests * (endMs - startMs), restMaxMs)
    },
    end: () => {
      untilMs = Number.NEGATIVE_INFINITY
    },
  }
}
