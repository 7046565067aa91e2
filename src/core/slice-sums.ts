import { addCell, addToSlot, type Cell, clearCell, createCell, forEachSlot, isEmptyCell } from './cell.ts'
import { addNextCell, type SlotTest } from './cell-codec.ts'
import { addPacked, type PackedVisit, visitPacked } from './cold-slices.ts'
import { isLevelSlot } from './measures.ts'
import type { PackCursor } from './packing.ts'
import { type Edges, type ScopeCells, sliceMs, sliceStart, tierCount, tierOf } from './slices.ts'
import type { Zone } from './zone.ts'

/** Half-open; `startMs` −Infinity: from the beginning. */
export type SliceRange = { readonly startMs: number; readonly endMs: number; readonly zone: Zone }

/** The start floored to a slice of the tier that covers it: where a sum over slices really begins. */
export const flooredStart = (edges: Edges, startMs: number, zone: Zone): number => {
  const tier = tierOf(edges, startMs)
  return tier < 0 ? startMs : sliceStart(tier, startMs, zone)
}

/** Adds the slices that start within the range. */
export const addSlices = (into: Cell, cells: ScopeCells, range: SliceRange): void => {
  forEachLiving(cells, range, (cell) => addCell(into, cell))
  cells.cold.forEach((slices, tier) => {
    const blockMs = blocksMs[tier] as number
    if (slices) addPacked(into, slices, { fromMs: range.startMs, toMs: range.endMs, blockMs })
  })
}

/** A local day may have 25 hours. */
const blocksMs = [sliceMs(1), sliceMs(2), 2 * sliceMs(3)]

/** Adds everything ever placed. */
export const addAll = (into: Cell, cells: ScopeCells): void => {
  if (cells.holdsFlows) addCell(into, cells.running)
  else addEverySlice(into, cells)
}

/** Adds all slices and what is older. */
export const addEverySlice = (into: Cell, cells: ScopeCells): void => {
  for (const cell of livingCells(cells)) addCell(into, cell)
  forEachPacked(cells, always, (_, cursor) => addNextCell(into, cursor))
}

/** Fills the running cell of cells that were brought back without it. */
export const sumRunning = (cells: ScopeCells): void => {
  const { running, holdsFlows } = cells
  if (holdsFlows) return addEverySlice(running, cells)
  for (const cell of livingCells(cells)) addLevels(running, cell)
  forEachPacked(cells, always, (_, cursor) => addNextCell(running, cursor, isLevelSlot))
}

/** Whether all that was placed adds up to nothing. No flow is below zero anywhere, and steps of levels add up to the running ones. */
export const isEmptied = (cells: ScopeCells): boolean => {
  if (!isEmptyCell(cells.running)) return false
  if (cells.holdsFlows) return true
  for (const cell of livingCells(cells)) if (holdsFlow(cell)) return false
  const packed = createCell()
  forEachPacked(cells, always, (_, cursor) => addNextCell(packed, cursor))
  return !holdsFlow(packed)
}

const holdsFlow = ({ pairs }: Cell): boolean => {
  for (let index = 0; index < pairs.length; index += 2)
    if (pairs[index + 1] !== 0 && !isLevelSlot(pairs[index] as number)) return true
  return false
}

function* livingCells({ older, tiers }: ScopeCells): Generator<Cell> {
  if (older) yield older
  for (const slices of tiers) if (slices) yield* slices.values()
}

/** A slice as it lies: a cell, or the place of a packed one. */
export type LyingSlice = Cell | Readonly<PackCursor>

/** Calls back with every slice that starts within the range, in no order. */
export const forEachSlice = (
  cells: ScopeCells,
  range: SliceRange,
  visit: (slice: LyingSlice, startMs: number) => void,
): void => {
  forEachLiving(cells, range, visit)
  forEachPacked(cells, range, (startMs, cursor) => visit({ text: cursor.text, at: cursor.at }, startMs))
}

export const addSlice = (into: Cell, slice: LyingSlice): void => {
  if ('pairs' in slice) addCell(into, slice)
  else addNextCell(into, { text: slice.text, at: slice.at })
}

/** Adds what a slice says of some measures. */
export const addWanted = (into: Cell, slice: LyingSlice, isWanted: SlotTest): void => {
  if (!('pairs' in slice)) return addNextCell(into, { text: slice.text, at: slice.at }, isWanted)
  forEachSlot(slice, (slot, value) => {
    if (isWanted(slot)) addToSlot(into, slot, value)
  })
}

/** Where slices of the range begin that say anything of some measures, in no order. */
export const startsOfWanted = (
  cells: ScopeCells,
  range: SliceRange,
  isWanted: SlotTest,
): readonly number[] => {
  const starts: number[] = []
  const found = createCell()
  forEachSlice(cells, range, (slice, startMs) => {
    addWanted(found, slice, isWanted)
    if (isEmptyCell(found)) return
    starts.push(startMs)
    clearCell(found)
  })
  return starts
}

type Reach = Pick<SliceRange, 'startMs' | 'endMs'>
const always: Reach = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY }

const forEachPacked = ({ cold }: ScopeCells, { startMs, endMs }: Reach, visit: PackedVisit): void => {
  for (const slices of cold) if (slices) visitPacked(slices, { fromMs: startMs, toMs: endMs }, visit)
}

const forEachLiving = (
  { tiers, edges }: ScopeCells,
  range: SliceRange,
  visit: (cell: Cell, startMs: number) => void,
): void => {
  for (let tier = 0; tier < tierCount; tier++) {
    const slices = tiers[tier]
    if (!slices || slices.size === 0) continue
    const startMs = Math.max(range.startMs, edges[tier] as number)
    // What a finer tier covers is not looked for here: whoever reads up to now would go through months of slices.
    const endMs = Math.min(range.endMs, edges[tier - 1] ?? Number.POSITIVE_INFINITY)
    const steps = (endMs - startMs) / sliceMs(tier)
    if (steps <= 0) continue
    if (tier === 3 || steps > slices.size) {
      for (const [start, cell] of slices) if (start >= startMs && start < endMs) visit(cell, start)
      continue
    }
    for (let start = sliceStart(tier, startMs, range.zone); start < endMs; start += sliceMs(tier)) {
      const cell = start >= startMs ? slices.get(start) : undefined
      if (cell) visit(cell, start)
    }
  }
}

/** Adds what a cell says of levels. */
export const addLevels = (into: Cell, { pairs }: Cell, sign: 1 | -1 = 1): void => {
  for (let index = 0; index < pairs.length; index += 2) {
    const slot = pairs[index] as number
    if (isLevelSlot(slot)) addToSlot(into, slot, sign * (pairs[index + 1] as number))
  }
}

export type LevelInstant = { readonly atMs: number; readonly zone: Zone }

/** Levels at a slice boundary: the running levels less the steps dated from it on. */
export const levelsAt = (into: Cell, cells: ScopeCells, { atMs, zone }: LevelInstant): void => {
  addLevels(into, cells.running)
  const since: Reach = { startMs: atMs, endMs: Number.MAX_SAFE_INTEGER }
  forEachLiving(cells, { ...since, zone }, (cell) => addLevels(into, cell, -1))
  const steps = createCell()
  forEachPacked(cells, since, (_, cursor) => addNextCell(steps, cursor, isLevelSlot))
  addLevels(into, steps, -1)
}

/** Where slices begin, from an instant on. */
export const sliceStartsFrom = (cells: ScopeCells, fromMs: number): readonly number[] => {
  const starts: number[] = []
  for (const slices of cells.tiers)
    if (slices) for (const start of slices.keys()) if (start >= fromMs) starts.push(start)
  forEachPacked(cells, { ...always, startMs: fromMs }, (start) => starts.push(start))
  return starts
}
