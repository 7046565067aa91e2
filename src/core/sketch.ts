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
export const valueOfBucket = (bucket: number): number =>
  bucket === 0 ? 0 : bucket === 1 ? 1 : (2 * gamma ** (bucket - 1)) / (gamma + 1)

export type BucketCounts = readonly (readonly [bucket: number, count: number])[]

/**
 * Values at the given shares of the order, by the rule x[floor((n−1)p)]; `buckets` sorted by bucket.
 * Null for each where nothing was counted.
 */
export const readQuantiles = (buckets: BucketCounts, shares: readonly number[]): (number | null)[] => {
  let total = 0
  for (const [, count] of buckets) total += count
  return shares.map((share) => (total > 0 ? valueAtRank(buckets, Math.floor((total - 1) * share)) : null))
}

const valueAtRank = (buckets: BucketCounts, rank: number): number => {
  let seen = 0
  for (const [bucket, count] of buckets) {
    seen += count
    if (seen > rank) return valueOfBucket(bucket)
  }
  throw new Error('rank lies past the last bucket')
}
