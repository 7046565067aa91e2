import { addCell, type Cell, createCell } from './cell.ts'
import { addNextCell, type PackedCell, packCell } from './cell-codec.ts'
import { firstPlace } from './first-place.ts'
import { createPackWriter, nextUnsigned, type PackCursor, type PackedText } from './packing.ts'

/**
 * The slices of a tier that nobody adds to, packed by block: a tenth of what they take as cells, and nothing for the collector to
 * look into. `keys[i]` is where the block of `blocks[i]` starts (epoch ms), ascending. A slice lies here or as a cell, never both.
 * Mutable: changed by slices.ts and slice-blocks.ts; whoever adds up leaves the sum of a block with it.
 */
export type ColdTier = { readonly keys: number[]; readonly blocks: PackedText[] }

export const createColdTier = (): ColdTier => ({ keys: [], blocks: [] })

const writer = createPackWriter()

/**
 * The length of the packed sum of all slices, and that sum: none until somebody asks for it, nor of a single slice. Then of each slice:
 * how long after the block it starts, the length of its packed cell, and that cell.
 */
const joinSlices = (key: number, slices: ReadonlyMap<number, PackedCell>): PackedText => {
  writer.unsigned(0)
  for (const [startMs, cell] of slices) {
    writer.unsigned(startMs - key)
    writer.unsigned(cell.length)
    writer.packed(cell)
  }
  return writer.takeText()
}

/** Place of the last block that starts no later; −1: none does. */
const blockPlace = ({ keys }: ColdTier, atMs: number): number =>
  firstPlace(keys.length, (place) => (keys[place] as number) > atMs) - 1

/** Puts a block's slices in place of those that lie here; without slices the block goes. */
export const putBlock = (tier: ColdTier, key: number, slices: ReadonlyMap<number, PackedCell>): void => {
  const place = blockPlace(tier, key)
  const isHere = tier.keys[place] === key
  if (slices.size === 0) {
    if (isHere) dropBlocks(tier, place, 1)
    return
  }
  const text = joinSlices(key, slices)
  if (isHere) tier.blocks[place] = text
  else {
    tier.keys.splice(place + 1, 0, key)
    tier.blocks.splice(place + 1, 0, text)
  }
}

const dropBlocks = ({ keys, blocks }: ColdTier, place: number, count: number): void => {
  keys.splice(place, count)
  blocks.splice(place, count)
}

/** Called with where the cell of a slice is to be read, and where it ends. */
export type PackedVisit = (startMs: number, cursor: PackCursor, endAt: number) => void

const visitBlock = ({ keys, blocks }: ColdTier, place: number, visit: PackedVisit): void => {
  const key = keys[place] as number
  const cursor = firstSliceOf(blocks[place] as PackedText)
  while (cursor.at < cursor.text.length) {
    const startMs = key + nextUnsigned(cursor)
    const endAt = nextUnsigned(cursor) + cursor.at
    visit(startMs, cursor, endAt)
    cursor.at = endAt
  }
}

const firstSliceOf = (text: PackedText): PackCursor => {
  const cursor = { text, at: 0 }
  const sumLength = nextUnsigned(cursor)
  cursor.at += sumLength
  return cursor
}

/** Visits the slices that start in [fromMs, toMs), in no order. They must stay as they are meanwhile. */
export const visitPacked = (
  tier: ColdTier,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  visit: PackedVisit,
): void => {
  const { keys } = tier
  for (let place = Math.max(0, blockPlace(tier, fromMs)); place < keys.length; place++) {
    if ((keys[place] as number) >= toMs) return
    visitBlock(tier, place, (startMs, cursor, endAt) => {
      if (startMs >= fromMs && startMs < toMs) visit(startMs, cursor, endAt)
    })
  }
}

/** What to add: the slices that start in [fromMs, toMs). No block is longer than `blockMs`. */
export type PackedRange = { readonly fromMs: number; readonly toMs: number; readonly blockMs: number }

/** Adds slices; of a block that lies wholly in the range their sum, which is kept until one of them changes. */
export const addPacked = (into: Cell, tier: ColdTier, { fromMs, toMs, blockMs }: PackedRange): void => {
  const { keys } = tier
  for (let place = Math.max(0, blockPlace(tier, fromMs)); place < keys.length; place++) {
    const key = keys[place] as number
    if (key >= toMs) return
    if (key >= fromMs && key + blockMs <= toMs) addBlock(into, tier, place)
    else
      visitBlock(tier, place, (startMs, cursor) => {
        if (startMs >= fromMs && startMs < toMs) addNextCell(into, cursor)
      })
  }
}

const addBlock = (into: Cell, tier: ColdTier, place: number): void => {
  const cursor = { text: tier.blocks[place] as PackedText, at: 0 }
  if (nextUnsigned(cursor) > 0) return addNextCell(into, cursor)
  const sum = createCell()
  let count = 0
  visitBlock(tier, place, (_, slice) => {
    count++
    addNextCell(sum, slice)
  })
  if (count > 1) putSum(tier, place, sum)
  addCell(into, sum)
}

const putSum = ({ blocks }: ColdTier, place: number, sum: Cell): void => {
  const packed = packCell(sum)
  const { text, at } = firstSliceOf(blocks[place] as PackedText)
  writer.unsigned(packed.length)
  writer.packed(packed)
  writer.packed(text.slice(at))
  blocks[place] = writer.takeText()
}

/** The slices of one block. */
export const packedSlices = (tier: ColdTier, key: number): Map<number, PackedCell> => {
  const found = new Map<number, PackedCell>()
  const place = blockPlace(tier, key)
  if (tier.keys[place] !== key) return found
  visitBlock(tier, place, (startMs, { text, at }, endAt) => found.set(startMs, text.slice(at, endAt)))
  return found
}

/** Takes a slice out; `undefined`: it does not lie here. */
export const takeSlice = (tier: ColdTier, startMs: number): PackedCell | undefined => {
  const place = blockPlace(tier, startMs)
  if (place < 0) return undefined
  const key = tier.keys[place] as number
  const slices = packedSlices(tier, key)
  const found = slices.get(startMs)
  if (found === undefined) return undefined
  slices.delete(startMs)
  putBlock(tier, key, slices)
  return found
}

/** Takes out the blocks that start before, each slice as it is visited. */
export const takeBlocksBefore = (tier: ColdTier, beforeMs: number, visit: PackedVisit): void => {
  const { keys } = tier
  let count = 0
  for (; count < keys.length && (keys[count] as number) < beforeMs; count++) visitBlock(tier, count, visit)
  if (count > 0) dropBlocks(tier, 0, count)
}
