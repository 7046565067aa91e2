/**
 * A cell is a sparse vector of integers, slot → value: an element of an abelian group. Merging is addition, retracting
 * is subtraction; what came to zero is as if it had never been, so that equal cells have equal entries. Mutable: owned by
 * shard.ts.
 *
 * Laid out as pairs (slot, value) in one open-addressed table, since every contribution changes a dozen slots: a third
 * of the cost of a Map. A slot that came to zero keeps its place until the table grows; slot 0 marks a free place.
 */
export type Cell = {
  pairs: number[]
  /** Places in use, those of zeros included. */
  used: number
  /** 32 − log2 of the number of places. */
  shift: number
}

const firstPlaces = 16
const firstShift = 28

/** By log2 of their length. */
const emptyByLength: number[][] = []

/**
 * Copied from one that has held a fraction: an array of numbers begins as one of small integers, and the first sum beyond 31
 * bits would have it laid out anew.
 */
const emptyPairs = (length: number): number[] => {
  const index = 31 - Math.clz32(length)
  emptyByLength[index] ??= new Array<number>(length).fill(0.5).fill(0)
  return emptyByLength[index].slice()
}

export const createCell = (): Cell => ({
  pairs: emptyPairs(2 * firstPlaces),
  used: 0,
  shift: firstShift,
})

/** Index of the slot's pair, or of the free one where it would stand. The multiplier is 2^32 / φ (Knuth). */
const findPair = ({ pairs, shift }: Cell, slot: number): number => {
  const last = pairs.length - 2
  let index = (Math.imul(slot, 0x9e3779b1) >>> shift) * 2
  for (;;) {
    const found = pairs[index]
    if (found === slot || found === 0) return index
    index = index === last ? 0 : index + 2
  }
}

export const readSlot = (cell: Cell, slot: number): number => cell.pairs[findPair(cell, slot) + 1] as number

export const addToSlot = (cell: Cell, slot: number, delta: number): void => {
  if (delta === 0) return
  const index = findPair(cell, slot)
  const { pairs } = cell
  if (pairs[index] === slot) {
    ;(pairs[index + 1] as number) += delta
    return
  }
  pairs[index] = slot
  pairs[index + 1] = delta
  if (++cell.used * 3 > pairs.length) makeRoom(cell)
}

/** Doubles the table, or only clears the zeros out of it where that is enough. */
const makeRoom = (cell: Cell): void => {
  let live = 0
  for (let index = 1; index < cell.pairs.length; index += 2) if (cell.pairs[index] !== 0) live++
  resizeCell(cell, live * 4 > cell.pairs.length ? cell.pairs.length * 2 : cell.pairs.length)
}

const resizeCell = (cell: Cell, length: number): void => {
  const { pairs } = cell
  cell.pairs = emptyPairs(length)
  cell.shift = Math.clz32(length) + 2
  cell.used = 0
  for (let index = 0; index < pairs.length; index += 2) {
    if (pairs[index + 1] === 0) continue
    const place = findPair(cell, pairs[index] as number)
    cell.pairs[place] = pairs[index] as number
    cell.pairs[place + 1] = pairs[index + 1] as number
    cell.used++
  }
}

export const isEmptyCell = ({ pairs }: Cell): boolean =>
  pairs.every((value, index) => index % 2 === 0 || value === 0)

/** Calls back with every slot that is not zero, in no order. */
export const forEachSlot = ({ pairs }: Cell, visit: (slot: number, value: number) => void): void => {
  for (let index = 0; index < pairs.length; index += 2) {
    const value = pairs[index + 1] as number
    if (value !== 0) visit(pairs[index] as number, value)
  }
}

/** Adds every entry of `from`. Makes room first: entries in the order of one table would crowd the front of a smaller one. */
export const addCell = (into: Cell, { pairs }: Cell): void => {
  if (into.pairs.length < pairs.length) resizeCell(into, pairs.length)
  addPairs(into, pairs)
}

/** Adds pairs (slot, value), laid out as those of a cell. */
export const addPairs = (into: Cell, from: readonly number[]): void => {
  for (let index = 0; index < from.length; index += 2)
    addToSlot(into, from[index] as number, from[index + 1] as number)
}
