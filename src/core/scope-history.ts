import { addCell, type Cell, clearCell, createCell, isEmptyCell } from './cell.ts'
import type { SlotTest } from './cell-codec.ts'
import { firstPlace } from './first-place.ts'
import { isLevelSlot, type Measure, measureOfSlot } from './measures.ts'
import type { ShardView } from './rollup.ts'
import { addLevels, addSlice, addWanted, forEachSlice, type LyingSlice, levelsAt } from './slice-sums.ts'
import type { Zone } from './zone.ts'

/**
 * A scope's slices over all shards of a stretch of time, laid in order once, so that one window after the other can be read
 * without looking for slices or going back from the running levels each time. Mutable: the levels stand where they were asked
 * for last. Good as long as the cells stay as they were.
 */
export type ScopeHistory = {
  readonly starts: readonly number[]
  readonly slices: readonly LyingSlice[]
  readonly levelSteps: Steps
  /** By measure number, what was asked for so far. */
  readonly measureSteps: Map<number, Steps>
  /** Levels after the first `passed` slices. */
  readonly levels: Cell
  passed: number
}

/** What slices say of some measures, by place; read out of each when it is first asked for. */
type Steps = { readonly isWanted: SlotTest; readonly cells: (Cell | undefined)[] }

/** Slice boundaries: what began before or begins from the end on is not laid out. Epoch ms. */
export type HistoryReach = { readonly fromMs: number; readonly toMs: number }

export const readHistory = (
  shards: readonly ShardView[],
  scopeKey: string,
  { fromMs, toMs, zone }: HistoryReach & { readonly zone: Zone },
): ScopeHistory => {
  const found: { readonly startMs: number; readonly slice: LyingSlice }[] = []
  const levels = createCell()
  for (const shard of shards) {
    const cells = shard.cellsOf(scopeKey)
    if (!cells) continue
    levelsAt(levels, cells, { atMs: toMs, zone })
    forEachSlice(cells, { startMs: fromMs, endMs: toMs, zone }, (slice, startMs) =>
      found.push({ startMs, slice }),
    )
  }
  found.sort((a, b) => a.startMs - b.startMs)
  return {
    starts: found.map(({ startMs }) => startMs),
    slices: found.map(({ slice }) => slice),
    levelSteps: { isWanted: isLevelSlot, cells: new Array(found.length) },
    measureSteps: new Map(),
    levels,
    passed: found.length,
  }
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
  for (let place = first; place < end; place++) addSlice(sum, slices[place] as LyingSlice)
  return sum
}

/** The same of one measure: what the shares of many scopes are taken of. */
export const sumMeasure = (history: ScopeHistory, { first, end }: SlicePlaces, { number }: Measure): Cell => {
  const isWanted = (slot: number) => measureOfSlot(slot)?.number === number
  const steps = history.measureSteps.get(number) ?? { isWanted, cells: new Array(history.slices.length) }
  history.measureSteps.set(number, steps)
  const sum = createCell()
  for (let place = first; place < end; place++) addCell(sum, stepAt(history, steps, place))
  return sum
}

/** Levels at the end of a window; they stand there until they are asked for elsewhere. */
export const levelsAfter = (history: ScopeHistory, { end }: SlicePlaces): Cell => {
  const { levelSteps, levels } = history
  for (; history.passed < end; history.passed++)
    addLevels(levels, stepAt(history, levelSteps, history.passed))
  for (; history.passed > end; history.passed--)
    addLevels(levels, stepAt(history, levelSteps, history.passed - 1), -1)
  return levels
}

const stepAt = ({ slices }: ScopeHistory, { isWanted, cells }: Steps, place: number): Cell => {
  const known = cells[place]
  if (known) return known
  // Whatever a reading that failed left in it.
  clearCell(nextStep)
  addWanted(nextStep, slices[place] as LyingSlice, isWanted)
  const found = isEmptyCell(nextStep) ? noStep : nextStep
  if (found === nextStep) nextStep = createCell()
  cells[place] = found
  return found
}

/** Shared: most slices say nothing of levels. */
const noStep = createCell()
/** Made before it is known whether there is anything to say. */
let nextStep = createCell()

/** Whether any slice begins in the window, or any level is up at its end. */
export const holdsAnything = (history: ScopeHistory, places: SlicePlaces): boolean =>
  places.first < places.end || !isEmptyCell(levelsAfter(history, places))
