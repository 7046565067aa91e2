/** The sample at rank ⌊(n − 1)p⌋ of those sorted. */
export const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.floor((sorted.length - 1) * p)] ?? Number.NaN

export const sumOf = (values: readonly number[]): number =>
  Number(values.reduce((sum, v) => sum + BigInt(v), 0n))
