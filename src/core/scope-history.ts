import { addToSlot, type Cell, clearCell, createCell, forEachSlot, isEmptyCell } from './cell.ts'
import type { PackedCell, SlotTest } from './cell-codec.ts'
import { firstPlace } from './first-place.ts'
import { isLevelSlot, type Measure, measureOfSlot } from './measures.ts'
import type { ShardView } from './rollup.ts'
import { addLevels, addSlice, addWanted, forEachSlice } from './slice-sums.ts'
import type { Zone } from './zone.ts'

/**
 * A scope's slices over all shards from an instant on, laid in order once, so that one window after the other can be read
 * without looking for slices or going back from the running levels each time. Mutable: the levels stand where they were asked
 * for last. Good as long as the cells stay as they were.
 */
export type ScopeHistory = {
  readonly starts: readonly number[]
  readonly slices: readonly (Cell | PackedCell)[]
  readonly levelSteps: Steps
  /** By measure number, what was asked for so far. */
  readonly measureSteps: Map<number, Steps>
  /** Levels after the first `passed` slices. */
  readonly levels: Cell
  passed: number
}

/** What slices say of some measures, read out of each once. `ends[i]`: how many steps the slices up to this one have. */
type Steps = { readonly ends: number[]; readonly slots: number[]; readonly deltas: number[] }

export type HistoryStart = {
  /** A slice boundary: what began before is not laid out. Epoch ms. */
  readonly fromMs: number
  readonly zone: Zone
}

export const readHistory = (
  shards: readonly ShardView[],
  scopeKey: string,
  { fromMs, zone }: HistoryStart,
): ScopeHistory => {
  const found: { readonly startMs: number; readonly slice: Cell | PackedCell }[] = []
  const levels = createCell()
  for (const shard of shards) {
    const cells = shard.cellsOf(scopeKey)
    if (!cells) continue
    addLevels(levels, cells.running)
    forEachSlice(cells, { startMs: fromMs, endMs: Number.POSITIVE_INFINITY, zone }, (slice, startMs) =>
      found.push({ startMs, slice }),
    )
  }
  found.sort((a, b) => a.startMs - b.startMs)
  const slices = found.map(({ slice }) => slice)
  return {
    starts: found.map(({ startMs }) => startMs),
    slices,
    levelSteps: listSteps(slices, isLevelSlot),
    measureSteps: new Map(),
    levels,
    passed: found.length,
  }
}

const listSteps = (slices: ScopeHistory['slices'], isWanted: SlotTest): Steps => {
  const steps: Steps = { ends: [], slots: [], deltas: [] }
  const { ends, slots, deltas } = steps
  const own = createCell()
  for (const slice of slices) {
    addWanted(own, slice, isWanted)
    forEachSlot(own, (slot, delta) => {
      slots.push(slot)
      deltas.push(delta)
    })
    ends.push(slots.length)
    clearCell(own)
  }
  return steps
}

/** Slices that begin in a window, by their places in the history: [first, end). */
export type SlicePlaces = { readonly first: number; readonly end: number }

export const findSlices = (
  { starts }: ScopeHistory,
  { startAt, endAt }: { readonly startAt: number; readonly endAt: number },
): SlicePlaces => ({ first: countBefore(starts, startAt), end: countBefore(starts, endAt) })

const countBefore = (starts: readonly number[], atMs: number): number =>
  firstPlace(starts.length, (place) => (starts[place] as number) >= atMs)

export const sumSlices = ({ slices }: ScopeHistory, { first, end }: SlicePlaces): Cell => {
  const sum = createCell()
  for (let place = first; place < end; place++) addSlice(sum, slices[place] as Cell | PackedCell)
  return sum
}

/** The same of one measure: what a share of many scopes is taken of. */
export const sumMeasure = (history: ScopeHistory, { first, end }: SlicePlaces, { number }: Measure): Cell => {
  const { slices, measureSteps } = history
  const steps =
    measureSteps.get(number) ?? listSteps(slices, (slot) => measureOfSlot(slot)?.number === number)
  measureSteps.set(number, steps)
  const sum = createCell()
  const to = stepsBefore(steps, end)
  for (let step = stepsBefore(steps, first); step < to; step++) addStep(sum, steps, { step, sign: 1 })
  return sum
}

/** Levels at the end of a window; they stand there until they are asked for elsewhere. */
export const levelsAfter = (history: ScopeHistory, { end }: SlicePlaces): Cell => {
  const { levelSteps: steps, levels, passed } = history
  const from = stepsBefore(steps, passed)
  const to = stepsBefore(steps, end)
  for (let step = from; step < to; step++) addStep(levels, steps, { step, sign: 1 })
  for (let step = from; step > to; step--) addStep(levels, steps, { step: step - 1, sign: -1 })
  history.passed = end
  return levels
}

const stepsBefore = ({ ends }: Steps, place: number): number => ends[place - 1] ?? 0

type Step = { readonly step: number; readonly sign: 1 | -1 }

const addStep = (into: Cell, { slots, deltas }: Steps, { step, sign }: Step): void =>
  addToSlot(into, slots[step] as number, sign * (deltas[step] as number))

/** Whether any slice begins in the window, or any level is up at its end. */
export const holdsAnything = (history: ScopeHistory, places: SlicePlaces): boolean =>
  places.first < places.end || !isEmptyCell(levelsAfter(history, places))
