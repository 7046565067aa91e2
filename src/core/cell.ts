/**
 * A cell is a sparse vector of integers, slot → value: an element of an abelian group. Merging is addition, retracting
 * is subtraction; what came to zero is as if it had never been, so that equal cells have equal entries. Mutable: owned by
 * shard.ts.
 *
 * Laid out as pairs (slot, value) in one array, since every contribution changes a dozen slots: most cells hold no more than
 * that and are a list, without a gap; a larger one is an open-addressed table, a third of the cost of a Map, where a slot that
 * came to zero keeps its place until the table grows and slot 0 marks a free place.
 */
export type Cell = {
  pairs: number[]
  /** Places of a table in use, those of zeros included. */
  used: number
  /** 32 − log2 of the number of places of a table; 0: it is a list. */
  shift: number
}

/** Looking through a list of more takes longer than a table. */
const listedMax = 16
const firstPlaces = 32

/**
 * Copied from one that has held a fraction: an array of numbers begins as one of small integers, and the first sum beyond 31
 * bits would have it laid out anew.
 */
const noPairs: readonly number[] = [0.5].slice(0, 0)

/** Empty; of a number of slots that is known it can take as many without growing. */
export const createCell = (slots = 0): Cell => {
  if (slots <= listedMax) return { pairs: noPairs.slice(), used: 0, shift: 0 }
  const length = 2 ** Math.ceil(Math.log2(3 * slots))
  return { pairs: emptyPairs(length), used: 0, shift: Math.clz32(length) + 2 }
}

/** By log2 of their length. */
const emptyByLength: number[][] = []

const emptyPairs = (length: number): number[] => {
  const index = 31 - Math.clz32(length)
  emptyByLength[index] ??= new Array<number>(length).fill(0.5).fill(0)
  return emptyByLength[index].slice()
}

/** Index of the slot's pair in a table, or of the free one where it would stand. The multiplier is 2^32 / φ (Knuth). */
const findPair = ({ pairs, shift }: Cell, slot: number): number => {
  const last = pairs.length - 2
  let index = (Math.imul(slot, 0x9e3779b1) >>> shift) * 2
  for (;;) {
    const found = pairs[index]
    if (found === slot || found === 0) return index
    index = index === last ? 0 : index + 2
  }
}

/** Index of the slot's pair in a list, or of its end. */
const findListed = ({ pairs }: Cell, slot: number): number => {
  const end = pairs.length
  for (let index = 0; index < end; index += 2) if (pairs[index] === slot) return index
  return end
}

export const readSlot = (cell: Cell, slot: number): number => {
  if (cell.shift > 0) return cell.pairs[findPair(cell, slot) + 1] as number
  return cell.pairs[findListed(cell, slot) + 1] ?? 0
}

export const addToSlot = (cell: Cell, slot: number, delta: number): void => {
  if (delta === 0) return
  if (cell.shift === 0) return addListed(cell, slot, delta)
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

const addListed = (cell: Cell, slot: number, delta: number): void => {
  const { pairs } = cell
  const index = findListed(cell, slot)
  if (index === pairs.length) {
    pairs.push(slot, delta)
    if (pairs.length > 2 * listedMax) resizeCell(cell, 2 * firstPlaces)
    return
  }
  const value = (pairs[index + 1] as number) + delta
  if (value === 0) return dropListed(pairs, index)
  pairs[index + 1] = value
}

/** The last takes its place. */
const dropListed = (pairs: number[], index: number): void => {
  const value = pairs.pop() as number
  const slot = pairs.pop() as number
  if (index === pairs.length) return
  pairs[index] = slot
  pairs[index + 1] = value
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

export const isEmptyCell = ({ pairs }: Cell): boolean => {
  for (let index = 1; index < pairs.length; index += 2) if (pairs[index] !== 0) return false
  return true
}

/** Makes it as it was created. */
export const clearCell = (cell: Cell): void => {
  if (cell.shift > 0) cell.pairs = noPairs.slice()
  cell.pairs.length = 0
  cell.used = 0
  cell.shift = 0
}

/** Calls back with every slot that is not zero, in no order. */
export const forEachSlot = ({ pairs }: Cell, visit: (slot: number, value: number) => void): void => {
  for (let index = 0; index < pairs.length; index += 2) {
    const value = pairs[index + 1] as number
    if (value !== 0) visit(pairs[index] as number, value)
  }
}

/** Adds every entry of `from`. Makes room first: entries in the order of one table would crowd the front of a smaller one. */
export const addCell = (into: Cell, from: Cell): void => {
  if (into.pairs.length === 0) return copyCell(into, from)
  const { pairs, shift } = from
  if (shift > 0 && (into.shift === 0 || into.pairs.length < pairs.length)) resizeCell(into, pairs.length)
  for (let index = 0; index < pairs.length; index += 2)
    addToSlot(into, pairs[index] as number, pairs[index + 1] as number)
}

const copyCell = (into: Cell, { pairs, used, shift }: Cell): void => {
  into.pairs = pairs.slice()
  into.used = used
  into.shift = shift
}
