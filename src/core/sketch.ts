/**
 * Log buckets (DDSketch mapping, Masson et al. 2019): every value of a bucket lies within 1 % of its midpoint, so a
 * percentile read from the counts does too. A sketch is nothing but counts per bucket: it adds and subtracts.
 */
const relativeError = 0.01
const gamma = (1 + relativeError) / (1 - relativeError)
const logGamma = Math.log(gamma)

/** Bucket of an integer value ≥ 0; 0 has a bucket of its own. */
export const bucketOf = (value: number): number =>
  value <= 0 ? 0 : 1 + Math.max(0, Math.ceil(Math.log(value) / logGamma))

/** Representative value of a bucket, in the unit of what was counted, unrounded. */
export const valueOfBucket = (bucket: number): number => {
  for (let next = values.length; next <= bucket; next++) values.push((2 * gamma ** (next - 1)) / (gamma + 1))
  return values[bucket] as number
}

/** By bucket, up to the greatest that was asked for. */
const values: number[] = [0, 1]

/** How many values each bucket holds: buckets ascending, and the count of each at its place. */
export type BucketCounts = { readonly numbers: readonly number[]; readonly counts: readonly number[] }

/**
 * Values at the given shares of the order, which ascend, by the rule x[floor((n−1)p)]. Null for each where nothing was
 * counted.
 */
export const readQuantiles = (
  { numbers, counts }: BucketCounts,
  shares: readonly number[],
): (number | null)[] => {
  let total = 0
  for (const count of counts) total += count
  const found: (number | null)[] = []
  let place = -1
  let seen = 0
  for (const share of shares) {
    if (total > 0) while (seen <= Math.floor((total - 1) * share)) seen += countAt(counts, ++place)
    found.push(total > 0 ? valueOfBucket(numbers[place] as number) : null)
  }
  return found
}

const countAt = (counts: readonly number[], place: number): number => {
  const count = counts[place]
  if (count === undefined) throw new Error('rank lies past the last bucket')
  return count
}
