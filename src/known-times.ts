/** The greatest event time anywhere, as it came to be known. */
export type KnownTimes = {
  note(greatestMs: number): void
  /** The greatest that was noted before an instant; −Infinity: none, or too long ago to tell. */
  readonly before: (instantMs: number) => number
}

type Known = { readonly instantMs: number; readonly greatestMs: number }

/** Closer ones count as of the later: then less was known before. */
const apartMs = 10
const knownMax = 1_000

/** `instantMs`: milliseconds of a clock that only goes forward. */
export const createKnownTimes = (instantMs: () => number): KnownTimes => {
  const known: Known[] = []
  return {
    note: (greatestMs) => {
      const last = known.at(-1)
      if (last && greatestMs <= last.greatestMs) return
      const now = instantMs()
      const former = known.at(-2)
      if (last && former && last.instantMs - former.instantMs < apartMs) known.pop()
      known.push({ instantMs: now, greatestMs })
      if (known.length > knownMax) known.shift()
    },
    before: (atMs) => known.findLast((one) => one.instantMs < atMs)?.greatestMs ?? Number.NEGATIVE_INFINITY,
  }
}
