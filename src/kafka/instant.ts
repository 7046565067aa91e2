/** Milliseconds of a clock that nobody sets. */
export const instantMs = (): number => performance.now()
