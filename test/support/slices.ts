import { type Cell, createCell } from '../../src/core/cell.ts'
import { addNextCell } from '../../src/core/cell-codec.ts'
import { visitPacked } from '../../src/core/cold-slices.ts'
import { type ScopeCells, tierSliceMs } from '../../src/core/slices.ts'

/** All slices of each tier as cells, whichever of them lie packed. Throws where one lies in both forms. */
export const slicesByTier = ({ tiers, cold }: ScopeCells): readonly ReadonlyMap<number, Cell>[] =>
  tierSliceMs.map((_, tier) => {
    const slices = new Map(tiers[tier])
    const packed = cold[tier]
    if (!packed) return slices
    visitPacked(packed, { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }, (start, at) => {
      if (slices.has(start)) throw new Error(`the slice at ${start} of tier ${tier} is there twice`)
      const cell = createCell()
      addNextCell(cell, at)
      slices.set(start, cell)
    })
    return slices
  })
