import { type Cell, readSlot } from './cell.ts'
import { listSlots } from './cell-codec.ts'
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
  const slots = slotsOf(sorted)
  const first = slotOf(measure, 0)
  const found: [string, number][] = []
  for (let place = placeOf(slots, first); (slots[place] as number) < first + slotsPerMeasure; place++) {
    const slot = slots[place] as number
    found.push([keyOfOffset(slot - first), readSlot(sorted.cell, slot)])
  }
  return found.length > 1 ? found.sort((a, b) => (a[0] < b[0] ? -1 : 1)) : found
}

/** What all keys of a tally add up to. */
export const sumTally = (sorted: SortedCell, measure: Measure): number => {
  const slots = slotsOf(sorted)
  const first = slotOf(measure, 0)
  let sum = 0
  for (let place = placeOf(slots, first); (slots[place] as number) < first + slotsPerMeasure; place++)
    sum += readSlot(sorted.cell, slots[place] as number)
  return sum
}

const slotsOf = (sorted: SortedCell): readonly number[] => {
  sorted.slots ??= listSlots(sorted.cell)
  return sorted.slots
}

/** Of the slot, or of the first after it. */
const placeOf = (slots: readonly number[], slot: number): number =>
  firstPlace(slots.length, (place) => (slots[place] as number) >= slot)

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
  // Times a power of two nothing is rounded: the addition alone rounds, and only past 2^53.
  return { n, sum: high * sumSplit + low, buckets }
}

const emptyDistribution: Distribution = { n: 0, sum: 0, buckets: { numbers: [], counts: [] } }

const listBuckets = (sorted: SortedCell, measure: Measure): BucketCounts => {
  const slots = slotsOf(sorted)
  const first = slotOf(measure, offsetBuckets)
  const end = slotOf(measure, slotsPerMeasure)
  const numbers: number[] = []
  const counts: number[] = []
  for (let place = placeOf(slots, first); (slots[place] as number) < end; place++) {
    const slot = slots[place] as number
    numbers.push(slot - first)
    counts.push(readSlot(sorted.cell, slot))
  }
  return { numbers, counts }
}

const mergeBuckets = (several: readonly BucketCounts[]): BucketCounts => {
  const merged = new Map<number, number>()
  for (const { numbers, counts } of several)
    for (const [place, number] of numbers.entries())
      merged.set(number, (merged.get(number) ?? 0) + (counts[place] as number))
  const numbers = [...merged.keys()].sort((a, b) => a - b)
  return { numbers, counts: numbers.map((number) => merged.get(number) as number) }
}
