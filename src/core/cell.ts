/**
 * A cell is a sparse vector of integers, slot → value: an element of an abelian group. Merging is addition, retracting
 * is subtraction; zero entries are removed, so that equal cells have equal entries. Mutable: owned by shard.ts.
 */
export type Cell = Map<number, number>

export const createCell = (): Cell => new Map()

export const addToSlot = (cell: Cell, slot: number, delta: number): void => {
  if (delta === 0) return
  const before = cell.get(slot)
  if (before === undefined) {
    cell.set(slot, delta)
    return
  }
  const after = before + delta
  if (after === 0) cell.delete(slot)
  else cell.set(slot, after)
}

/** Adds `sign` times every entry of `from`. */
export const addCell = (into: Cell, from: Cell, sign: 1 | -1 = 1): void => {
  for (const [slot, value] of from) addToSlot(into, slot, sign * value)
}

export const readSlot = (cell: Cell, slot: number): number => cell.get(slot) ?? 0
