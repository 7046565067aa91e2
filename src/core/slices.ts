import { localDayAt, startOfLocalDay } from './calendar.ts'
import { addCell, addToSlot, type Cell, createCell, forEachSlot, isEmptyCell } from './cell.ts'
import { isLevelSlot } from './measures.ts'
import type { Zone } from './zone.ts'

/**
 * A scope's slices, disjoint in time: each instant has one slice, in the tier that covers it now.
 *
 *   ──3 years──┬────62 days────┬────26 h────┬───2 h───► as-of
 *    local days│    15 min     │   1 min    │   5 s
 */
export const tierCount = 4
const secondMs = 1_000
const minuteMs = 60 * secondMs
const quarterMs = 15 * minuteMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Length of a slice of each tier; a local day may have 23 or 25 hours. */
export const tierSliceMs: readonly number[] = [5 * secondMs, minuteMs, quarterMs, dayMs]
/** How far each tier reaches back from as-of. */
const tierReachMs: readonly number[] = [2 * hourMs, 26 * hourMs, 62 * dayMs, 1096 * dayMs]

/** Where each tier begins: it covers from its edge to the edge of the finer one. `Infinity`: the tier is left out. */
export type Edges = readonly [number, number, number, number]

/** How a scope's time is cut: the zone of the local days, and the finest tier it keeps (4: the running cell alone). */
export type Tiering = { readonly zone: Zone; readonly finestTier: number }

/**
 * A tier holds its slices by their start (epoch ms); `older` is what no tier reaches back to, made when something comes into
 * it. The running cell is the sum of both: of levels alone, or of everything ever placed where `holdsFlows`. Mutable.
 */
export type ScopeCells = {
  readonly running: Cell
  readonly holdsFlows: boolean
  readonly tiers: readonly Map<number, Cell>[]
  older: Cell | undefined
  edges: Edges
  /** The slice that was looked up last: most contributions follow each other into one. */
  recent: Cell | undefined
  recentPlace: SlicePlace | undefined
}

export const createScopeCells = (edges: Edges, holdsFlows = true): ScopeCells => ({
  running: createCell(),
  holdsFlows,
  tiers: [new Map(), new Map(), new Map(), new Map()],
  older: undefined,
  edges,
  recent: undefined,
  recentPlace: undefined,
})

/** Floored to the next coarser slice, so that a fold moves whole slices. */
export const edgesAt = (asOfMs: number, { zone, finestTier }: Tiering): Edges => {
  const floorTo = (tier: number): number => {
    if (tier < finestTier) return Number.POSITIVE_INFINITY
    const reach = asOfMs - (tierReachMs[tier] as number)
    return tier >= 2
      ? startOfLocalDay(zone, reach)
      : Math.floor(reach / sliceMs(tier + 1)) * sliceMs(tier + 1)
  }
  return [floorTo(0), floorTo(1), floorTo(2), floorTo(3)]
}

const sliceMs = (tier: number): number => tierSliceMs[tier] as number

/** The tier that covers an instant; −1: older than all. */
export const tierOf = (edges: Edges, atMs: number): number => {
  for (let tier = 0; tier < tierCount; tier++) if (atMs >= (edges[tier] as number)) return tier
  return -1
}

/** Start of the slice that holds an instant. */
export const sliceStart = (tier: number, atMs: number, zone: Zone): number =>
  tier === 3 ? startOfLocalDay(zone, atMs) : Math.floor(atMs / sliceMs(tier)) * sliceMs(tier)

/** Start of the slice after the one that starts here. */
export const nextSliceStart = (tier: number, startMs: number, zone: Zone): number =>
  tier === 3 ? startOfLocalDay(zone, startMs + dayMs + 3 * hourMs) : startMs + sliceMs(tier)

/** Where an instant lies between the edges. Tier −1: behind them all. */
export const placeAt = (edges: Edges, atMs: number, zone: Zone): SlicePlace => {
  const tier = tierOf(edges, atMs)
  return { tier, startMs: tier < 0 ? 0 : sliceStart(tier, atMs, zone) }
}

/** The slice at a place, made if it is not there; undefined where the running cell is all that is kept. */
export const sliceAt = (cells: ScopeCells, place: SlicePlace): Cell | undefined => {
  const { recent, recentPlace } = cells
  if (recent && recentPlace && isSamePlace(recentPlace, place)) return recent
  const { tier, startMs } = place
  const slices = cells.tiers[tier]
  if (!slices) return hasTiers(cells) ? olderCell(cells) : undefined
  let cell = slices.get(startMs)
  if (!cell) {
    cell = createCell()
    slices.set(startMs, cell)
  }
  cells.recent = cell
  cells.recentPlace = place
  return cell
}

/** Without tiers everything is older than all, and the running cell holds it already. */
const hasTiers = ({ edges }: ScopeCells): boolean => edges[tierCount - 1] !== Number.POSITIVE_INFINITY

const olderCell = (cells: ScopeCells): Cell => {
  cells.older ??= createCell()
  return cells.older
}

export type Fold = {
  readonly to: Edges
  readonly zone: Zone
  readonly touched?: ((tier: number, startMs: number) => void) | undefined
}

/** Moves the edges: slices that leave a tier are added into the next, those that leave the last into what is older. */
export const foldSlices = (cells: ScopeCells, { to, zone, touched }: Fold): void => {
  const from = cells.edges
  cells.edges = to
  for (let tier = 0; tier < tierCount; tier++) {
    const slices = cells.tiers[tier] as Map<number, Cell>
    for (const start of startsBefore(slices, { tier, from: from[tier] as number, to: to[tier] as number })) {
      const cell = slices.get(start) as Cell
      slices.delete(start)
      cells.recent = undefined
      touched?.(tier, start)
      const into = placeAt(to, start, zone)
      if (addSlice(cells, into, cell)) touched?.(into.tier, into.startMs)
    }
  }
  cells.recent = undefined
}

/** Where nothing stands yet the slice itself moves: most that leave are alone in theirs. False: it is not kept. */
const addSlice = (cells: ScopeCells, into: SlicePlace, cell: Cell): boolean => {
  const slices = cells.tiers[into.tier]
  if (slices && !slices.has(into.startMs)) {
    slices.set(into.startMs, cell)
    return true
  }
  const target = sliceAt(cells, into)
  if (target) addCell(target, cell)
  return target !== undefined
}

type EdgeMove = { readonly tier: number; readonly from: number; readonly to: number }

/** Starts of the slices an edge has passed: by stepping where the way is short, else by looking at all. */
const startsBefore = (slices: ReadonlyMap<number, Cell>, { tier, from, to }: EdgeMove): number[] => {
  if (to <= from || slices.size === 0) return []
  const steps = tier < 3 ? (to - from) / sliceMs(tier) : Number.POSITIVE_INFINITY
  if (steps > slices.size) return [...slices.keys()].filter((start) => start < to)
  const starts: number[] = []
  for (let start = from; start < to; start += sliceMs(tier)) if (slices.has(start)) starts.push(start)
  return starts
}

/** Half-open; `startMs` −Infinity: from the beginning. */
export type SliceRange = { readonly startMs: number; readonly endMs: number; readonly zone: Zone }

/** The start floored to a slice of the tier that covers it: where a sum over slices really begins. */
export const flooredStart = (edges: Edges, startMs: number, zone: Zone): number => {
  const tier = tierOf(edges, startMs)
  return tier < 0 ? startMs : sliceStart(tier, startMs, zone)
}

/** Adds the slices that start within the range. */
export const addSlices = (into: Cell, cells: ScopeCells, range: SliceRange): void =>
  forEachSlice(cells, range, (cell) => addCell(into, cell))

/** Adds everything ever placed. */
export const addAll = (into: Cell, cells: ScopeCells): void => {
  if (cells.holdsFlows) addCell(into, cells.running)
  else for (const cell of cellsOf(cells)) addCell(into, cell)
}

/** Fills the running cell of cells that were brought back without it. */
export const sumRunning = (cells: ScopeCells): void => {
  const { running, holdsFlows } = cells
  for (const cell of cellsOf(cells))
    if (holdsFlows) addCell(running, cell)
    else addLevels(running, cell)
}

/** Whether all that was placed adds up to nothing. No flow is below zero anywhere, and steps of levels add up to the running ones. */
export const isEmptied = (cells: ScopeCells): boolean => {
  if (!isEmptyCell(cells.running)) return false
  if (cells.holdsFlows) return true
  for (const cell of cellsOf(cells)) if (holdsFlow(cell)) return false
  return true
}

const holdsFlow = ({ pairs }: Cell): boolean => {
  for (let index = 0; index < pairs.length; index += 2)
    if (pairs[index + 1] !== 0 && !isLevelSlot(pairs[index] as number)) return true
  return false
}

function* cellsOf({ older, tiers }: ScopeCells): Generator<Cell> {
  if (older) yield older
  for (const slices of tiers) yield* slices.values()
}

/** Calls back with every slice that starts within the range, in no order. */
export const forEachSlice = (
  { tiers, edges }: ScopeCells,
  range: SliceRange,
  visit: (cell: Cell, startMs: number) => void,
): void => {
  for (let tier = 0; tier < tierCount; tier++) {
    const slices = tiers[tier] as ReadonlyMap<number, Cell>
    if (slices.size === 0) continue
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
export const addLevels = (into: Cell, cell: Cell, sign: 1 | -1 = 1): void =>
  forEachSlot(cell, (slot, value) => {
    if (isLevelSlot(slot)) addToSlot(into, slot, sign * value)
  })

export type LevelInstant = { readonly atMs: number; readonly zone: Zone }

/** Levels at a slice boundary: the running levels less the steps dated from it on. */
export const levelsAt = (into: Cell, cells: ScopeCells, { atMs, zone }: LevelInstant): void => {
  addLevels(into, cells.running)
  forEachSlice(cells, { startMs: atMs, endMs: Number.MAX_SAFE_INTEGER, zone }, (cell) =>
    addLevels(into, cell, -1),
  )
}

/** A slice by its place. Tier −1: what is older than all tiers. */
export type SlicePlace = { readonly tier: number; readonly startMs: number }

export const isSamePlace = (a: SlicePlace, b: SlicePlace): boolean =>
  a === b || (a.startMs === b.startMs && a.tier === b.tier)

/** The block of slices that a stored field holds: those of one slice of the next coarser tier, or of 32 days. */
export const blockStart = (tier: number, startMs: number, zone: Zone): number =>
  tier === 3 ? Math.floor(localDayAt(zone, startMs) / 32) : sliceStart(tier + 1, startMs, zone)

/** All slices of a block that hold anything. */
export const slicesOfBlock = (
  cells: ScopeCells,
  { tier, block }: { readonly tier: number; readonly block: number },
  zone: Zone,
): ReadonlyMap<number, Cell> => {
  const slices = cells.tiers[tier] as ReadonlyMap<number, Cell>
  if (tier === 3) return new Map([...slices].filter(([start]) => blockStart(3, start, zone) === block))
  const found = new Map<number, Cell>()
  const endMs = nextSliceStart(tier + 1, block, zone)
  for (let start = block; start < endMs; start += sliceMs(tier)) {
    const cell = slices.get(start)
    if (cell) found.set(start, cell)
  }
  return found
}
