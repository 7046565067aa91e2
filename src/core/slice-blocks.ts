import { addCell, type Cell } from './cell.ts'
import { addNextCell, type Block, decodeBlock, type PackedCell, packSlice, splitBlock } from './cell-codec.ts'
import { createColdTier, packedSlices, putBlock, takeBlocksBefore } from './cold-slices.ts'
import {
  blockStart,
  type Edges,
  livingSlices,
  nextSliceStart,
  placeAt,
  type ScopeCells,
  type SlicePlace,
  sliceAt,
  sliceMs,
  tierCount,
} from './slices.ts'
import type { Zone } from './zone.ts'

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
    const move = { tier, from: from[tier] as number, to: to[tier] as number }
    foldLiving(cells, move, { to, zone, touched })
    foldPacked(cells, tier, { to, zone, touched })
  }
  cells.recent = undefined
}

const foldLiving = (cells: ScopeCells, move: EdgeMove, { to, zone, touched }: Fold): void => {
  const { tier } = move
  const slices = cells.tiers[tier]
  if (!slices) return
  for (const start of startsBefore(slices, move)) {
    const cell = slices.get(start) as Cell
    slices.delete(start)
    cells.recent = undefined
    touched?.(tier, start)
    const into = placeAt(to, start, zone)
    if (moveSlice(cells, into, cell)) touched?.(into.tier, into.startMs)
  }
  dropEmptied(cells, tier)
}

const dropEmptied = ({ tiers }: ScopeCells, tier: number): void => {
  if (tiers[tier]?.size === 0) tiers[tier] = undefined
}

const foldPacked = (cells: ScopeCells, tier: number, { to, zone, touched }: Fold): void => {
  const cold = cells.cold[tier]
  if (!cold) return
  takeBlocksBefore(cold, to[tier] as number, (start, cursor) => {
    touched?.(tier, start)
    const into = placeAt(to, start, zone)
    const target = sliceAt(cells, into)
    if (!target) return
    addNextCell(target, cursor)
    touched?.(into.tier, into.startMs)
  })
}

/** Where nothing stands yet the slice itself moves: most that leave are alone in theirs. False: it is not kept. */
const moveSlice = (cells: ScopeCells, into: SlicePlace, cell: Cell): boolean => {
  if (into.tier >= 0 && !cells.cold[into.tier]) {
    const slices = livingSlices(cells, into.tier)
    if (!slices.has(into.startMs)) {
      slices.set(into.startMs, cell)
      return true
    }
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

export type BlockPlace = { readonly tier: number; readonly block: number }

/** All slices of a block that hold anything. */
export const slicesOfBlock = (cells: ScopeCells, { tier, block }: BlockPlace, zone: Zone): Block => {
  const slices: ReadonlyMap<number, Cell> = cells.tiers[tier] ?? new Map()
  if (tier === 3) return new Map([...slices].filter(([start]) => blockStart(3, start, zone) === block))
  const cold = cells.cold[tier]
  const found: Map<number, Cell | PackedCell> = cold ? packedSlices(cold, block) : new Map()
  const endMs = nextSliceStart(tier + 1, block, zone)
  for (let start = block; start < endMs; start += sliceMs(tier)) {
    const cell = slices.get(start)
    if (cell) found.set(start, cell)
  }
  return found
}

/** Leaves a block's slices, all of which are given, packed until one of them changes. Blocks of days stay as they are: they are few. */
export const freezeBlock = (cells: ScopeCells, { tier, block }: BlockPlace, slices: Block): Block => {
  if (tier === tierCount - 1) return slices
  const packed = new Map<number, PackedCell>()
  for (const [startMs, slice] of slices) {
    packed.set(startMs, packSlice(slice))
    cells.tiers[tier]?.delete(startMs)
  }
  putPacked(cells, { tier, block }, packed)
  dropEmptied(cells, tier)
  cells.recent = undefined
  return packed
}

const putPacked = (
  { cold }: ScopeCells,
  { tier, block }: BlockPlace,
  packed: ReadonlyMap<number, PackedCell>,
): void => {
  cold[tier] ??= createColdTier()
  putBlock(cold[tier], block, packed)
}

/** Puts a block where it was when it was written. */
export const restoreBlock = (cells: ScopeCells, place: BlockPlace, bytes: Uint8Array): void => {
  if (place.tier < tierCount - 1) putPacked(cells, place, splitBlock(bytes))
  else for (const [startMs, cell] of decodeBlock(bytes)) livingSlices(cells, place.tier).set(startMs, cell)
}
