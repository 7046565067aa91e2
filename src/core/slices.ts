import { localDayAt, startOfLocalDay } from './calendar.ts'
import { type Cell, createCell } from './cell.ts'
import { unpackCell } from './cell-codec.ts'
import { type ColdTier, takeSlice } from './cold-slices.ts'
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
 * A tier holds its slices by their start (epoch ms), those nobody adds to packed in `cold`; `older` is what no tier reaches back to, made when something comes into
 * it. The running cell is the sum of both: of levels alone, or of everything ever placed where `holdsFlows`. Mutable.
 */
export type ScopeCells = {
  readonly running: Cell
  readonly holdsFlows: boolean
  /** Each absent where no slice lies so: most scopes have few, and there are many scopes. */
  readonly tiers: (Map<number, Cell> | undefined)[]
  readonly cold: (ColdTier | undefined)[]
  older: Cell | undefined
  edges: Edges
  /** The slice that was looked up last: most contributions follow each other into one. */
  recent: Cell | undefined
  recentPlace: SlicePlace | undefined
}

export const createScopeCells = (edges: Edges, holdsFlows = true): ScopeCells => ({
  running: createCell(),
  holdsFlows,
  tiers: [],
  cold: [],
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

export const sliceMs = (tier: number): number => tierSliceMs[tier] as number

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
  if (tier < 0) return hasTiers(cells) ? olderCell(cells) : undefined
  const slices = livingSlices(cells, tier)
  let cell = slices.get(startMs)
  if (!cell) {
    // It is likely to take as much as the one before it, where that is as long.
    cell = thawSlice(cells, place) ?? createCell(recentPlace?.tier === tier ? recent?.used : 0)
    slices.set(startMs, cell)
  }
  cells.recent = cell
  cells.recentPlace = place
  return cell
}

/** Those of a tier that lie as cells, to put one there. */
export const livingSlices = ({ tiers }: ScopeCells, tier: number): Map<number, Cell> => {
  let slices = tiers[tier]
  if (!slices) {
    slices = new Map()
    tiers[tier] = slices
  }
  return slices
}

/** The slice as a cell, where it lay packed. */
const thawSlice = ({ cold }: ScopeCells, { tier, startMs }: SlicePlace): Cell | undefined => {
  const packed = cold[tier] && takeSlice(cold[tier], startMs)
  return packed === undefined ? undefined : unpackCell(packed)
}

/** Without tiers everything is older than all, and the running cell holds it already. */
const hasTiers = ({ edges }: ScopeCells): boolean => edges[tierCount - 1] !== Number.POSITIVE_INFINITY

const olderCell = (cells: ScopeCells): Cell => {
  cells.older ??= createCell()
  return cells.older
}

/** A slice by its place. Tier −1: what is older than all tiers. */
export type SlicePlace = { readonly tier: number; readonly startMs: number }

export const isSamePlace = (a: SlicePlace, b: SlicePlace): boolean =>
  a === b || (a.startMs === b.startMs && a.tier === b.tier)

/** The block of slices that a stored field holds: those of one slice of the next coarser tier, or of 32 days. */
export const blockStart = (tier: number, startMs: number, zone: Zone): number =>
  tier === 3 ? Math.floor(localDayAt(zone, startMs) / 32) : sliceStart(tier + 1, startMs, zone)
