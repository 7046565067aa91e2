import { type Cell, readSlot } from './cell.ts'
import { firstPlace } from './first-place.ts'
import {
  keyOfOffset,
  type Measure,
  offsetBuckets,
  offsetN,
  offsetOfKey,
  offsetSumHigh,
  offsetSumLow,
  slotOf,
  slotsPerMeasure,
  sumSplit,
} from './measures.ts'
import type { BucketCounts } from './sketch.ts'

/** A cell that is read measure by measure while nobody adds to it. Mutable: its slots are sorted when they are first asked for. */
export type SortedCell = { readonly cell: Cell; slots: readonly number[] | undefined }

export const sortCell = (cell: Cell): SortedCell => ({ cell, slots: undefined })

/** A count or a gauge's level. */
export const readCount = ({ cell }: SortedCell, measure: Measure): number =>
  readSlot(cell, slotOf(measure, 0))

export const readTallyKey = ({ cell }: SortedCell, measure: Measure, key: string): number =>
  readSlot(cell, slotOf(measure, offsetOfKey(key)))

/** All keys of a tally with their counts, sorted by key. */
export const readTally = (
  sorted: SortedCell,
  measure: Measure,
): (readonly [key: string, count: number])[] => {
  const found: [string, number][] = []
  visitOffsets(sorted, { measure, from: 0 }, (offset, count) => found.push([keyOfOffset(offset), count]))
  return found.length > 1 ? found.sort((a, b) => (a[0] < b[0] ? -1 : 1)) : found
}

/** What all keys of a tally add up to. */
export const sumTally = (sorted: SortedCell, measure: Measure): number => {
  let sum = 0
  visitOffsets(sorted, { measure, from: 0 }, (_, count) => {
    sum += count
  })
  return sum
}

type Offsets = { readonly measure: Measure; readonly from: number }

/** Calls back with what is not zero of a measure, by ascending offset. */
const visitOffsets = (
  sorted: SortedCell,
  { measure, from }: Offsets,
  visit: (offset: number, value: number) => void,
): void => {
  sorted.slots ??= listSlots(sorted.cell)
  const { cell, slots } = sorted
  const zero = slotOf(measure, 0)
  let place = firstPlace(slots.length, (at) => (slots[at] as number) >= zero + from)
  for (; place < slots.length; place++) {
    const slot = slots[place] as number
    if (slot >= zero + slotsPerMeasure) return
    visit(slot - zero, readSlot(cell, slot))
  }
}

let sorting = new Int32Array(1_024)

/** Sorted where it is quick, and kept where it is light. */
const listSlots = ({ pairs }: Cell): readonly number[] => {
  if (sorting.length < pairs.length) sorting = new Int32Array(pairs.length)
  let count = 0
  for (let index = 0; index < pairs.length; index += 2)
    if (pairs[index + 1] !== 0) sorting[count++] = pairs[index] as number
  return Array.from(sorting.subarray(0, count).sort())
}

export type Distribution = {
  readonly n: number
  /** Exact, where a number can be; rounded once where it cannot. */
  readonly sum: number
  readonly buckets: BucketCounts
}

/** The sum of several distributions: their samples as one. */
export const readDistribution = (sorted: SortedCell, of: readonly Measure[]): Distribution => {
  const { cell } = sorted
  let n = 0
  for (const measure of of) n += readSlot(cell, slotOf(measure, offsetN))
  // Most windows hold none.
  if (n === 0) return emptyDistribution
  let high = 0
  let low = 0
  for (const measure of of) {
    high += readSlot(cell, slotOf(measure, offsetSumHigh))
    low += readSlot(cell, slotOf(measure, offsetSumLow))
  }
  const [only, ...others] = of
  const buckets =
    only && others.length === 0
      ? listBuckets(sorted, only)
      : mergeBuckets(of.map((one) => listBuckets(sorted, one)))
  return { n, sum: joinSum(high, low), buckets }
}

const emptyDistribution: Distribution = { n: 0, sum: 0, buckets: [] }

const joinSum = (high: number, low: number): number => {
  const sum = high * sumSplit + low
  return Number.isSafeInteger(sum) ? sum : Number(BigInt(high) * BigInt(sumSplit) + BigInt(low))
}

const listBuckets = (sorted: SortedCell, measure: Measure): BucketCounts => {
  const found: [number, number][] = []
  visitOffsets(sorted, { measure, from: offsetBuckets }, (offset, count) =>
    found.push([offset - offsetBuckets, count]),
  )
  return found
}

const mergeBuckets = (several: readonly BucketCounts[]): BucketCounts => {
  const counts = new Map<number, number>()
  for (const buckets of several)
    for (const [bucket, count] of buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return [...counts].sort((a, b) => a[0] - b[0])
}
