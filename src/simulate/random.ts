/** A stream of numbers in [0, 1): sfc32, seeded. The same seed and stream name give the same numbers on every machine. */
export type Random = () => number

export type Weighted<T> = readonly (readonly [value: T, weight: number])[]

export function createRandom(seed: number, stream: string): Random {
  let a = hashWord(seed, hashText(stream))
  let b = hashWord(a, 0x9e3779b9)
  let c = hashWord(b, 0x243f6a88)
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let warmUp = 0; warmUp < 12; warmUp++) next()
  return next
}

/** A number in [0, 1) that belongs to the words alone, whatever was drawn before. */
export function hashToUnit(seed: number, ...words: readonly number[]): number {
  let hash = hashWord(seed, 0x51ed270b)
  for (const word of words) hash = hashWord(hash, word)
  return (hash >>> 0) / 4294967296
}

export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash | 0
}

export function drawUniform(random: Random, from: number, to: number): number {
  return from + random() * (to - from)
}

export function drawExponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** `sigma` is the standard deviation of the logarithm; the mean is median × exp(sigma² / 2). */
export function drawLognormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * drawNormal(random))
}

/** Box and Muller (1958). */
export function drawNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()))
  return radius * Math.cos(2 * Math.PI * random())
}

export function drawInteger(random: Random, below: number): number {
  return Math.floor(random() * below)
}

export function drawFrom<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[drawInteger(random, values.length)] ?? values[0]
}

/** Weights need not add up to 1. */
export function drawWeighted<T>(random: Random, rows: Weighted<T>): T {
  let total = 0
  for (const row of rows) total += row[1]
  let left = random() * total
  for (const [value, weight] of rows) {
    left -= weight
    if (left < 0) return value
  }
  const last = rows.at(-1)
  if (last === undefined) throw new RangeError('nothing to draw from')
  return last[0]
}

function hashWord(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word ^ Math.floor(word / 4294967296), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
