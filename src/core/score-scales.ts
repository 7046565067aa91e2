/** Counts by key, as surveys are tallied. */
export type Tally = readonly (readonly [key: string, count: number])[]

type ScaleScores = { n: number; sum: number; readonly counts: [score: number, count: number][] }

/** Keys are as in `Reading`; scales in order of their name, scores ascending. */
export const scoresByScale = (tally: Tally): ReadonlyMap<string, ScaleScores> => {
  const scales = new Map<string, ScaleScores>()
  for (const [key, count] of tally) {
    const split = key.lastIndexOf(':')
    const name = key.slice(0, split)
    const scale = scales.get(name) ?? { n: 0, sum: 0, counts: [] }
    const score = Number(key.slice(split + 1))
    scale.n += count
    scale.sum += score * count
    scale.counts.push([score, count])
    scales.set(name, scale)
  }
  for (const scale of scales.values()) scale.counts.sort((a, b) => a[0] - b[0])
  return scales
}

/** Exact, by the rule x[floor((n−1)p)]. */
export const scorePercentiles = ({ n, counts }: ScaleScores) => {
  const at = (share: number): number => {
    let left = Math.floor((n - 1) * share)
    for (const [score, count] of counts) {
      if (left < count) return score
      left -= count
    }
    throw new Error('rank lies past the last score')
  }
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) }
}

type Scale = { readonly min: number; readonly max: number; readonly isInverted: boolean }

/** `1-7`, `1-7-inverted`, and with negative bounds `-3-3`. */
export const parseScale = (name: string): Scale => {
  const [, min, max, inverted] = /^(-?\d+)-(-?\d+)(-inverted)?$/.exec(name) ?? []
  return { min: Number(min), max: Number(max), isInverted: inverted !== undefined }
}
