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

export type BucketCounts = readonly (readonly [bucket: number, count: number])[]

/**
 * Values at the given shares of the order, which ascend, by the rule x[floor((n−1)p)]; `buckets` sorted by bucket.
 * Null for each where nothing was counted.
 */
export const readQuantiles = (buckets: BucketCounts, shares: readonly number[]): (number | null)[] => {
  let total = 0
  for (const [, count] of buckets) total += count
  if (total <= 0) return shares.map(() => null)
  let place = -1
  let seen = 0
  return shares.map((share) => {
    const rank = Math.floor((total - 1) * share)
    while (seen <= rank) seen += countAt(buckets, ++place)
    return valueOfBucket((buckets[place] as BucketCounts[number])[0])
  })
}

const countAt = (buckets: BucketCounts, place: number): number => {
  const found = buckets[place]
  if (!found) throw new Error('rank lies past the last bucket')
  return found[1]
}
