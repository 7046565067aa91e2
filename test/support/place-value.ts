import { addPairs, type Cell } from '../../src/core/cell.ts'
import { type MeasuredValue, pushSlotDeltas } from '../../src/core/measures.ts'

/** Adds one value to a cell (`sign` 1), or takes it back (−1). */
export const placeValue = (cell: Cell, value: MeasuredValue, sign: 1 | -1 = 1): void => {
  const deltas: number[] = []
  pushSlotDeltas(deltas, value, sign)
  addPairs(cell, deltas)
}
