import { type Cell, forEachSlot } from '../../src/core/cell.ts'
import { keyOfOffset, measureOfSlot, offsetOfSlot } from '../../src/core/measures.ts'
import { foldSlices } from '../../src/core/slice-blocks.ts'
import type { ScopeCells } from '../../src/core/slices.ts'
import { type Driver, zoneNamed } from '../support/driver.ts'
import { slicesByTier } from '../support/slices.ts'

/** What the cells of a driver's shards hold, in sum: by scope key, `tier slice measure key` → value. */
export const readCells = (
  driver: Driver,
  zoneName = 'UTC',
): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const zone = zoneNamed(zoneName)
  const found = new Map<string, Map<string, number>>()
  for (const shard of driver.shards())
    for (const [key, { cells }] of shard.scopes.byKey) {
      foldSlices(cells, { to: shard.edges(), zone })
      const entries = found.get(key) ?? new Map<string, number>()
      addEntries(entries, cells)
      if (entries.size > 0) found.set(key, sortEntries(entries))
    }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const addEntries = (into: Map<string, number>, cells: ScopeCells): void => {
  const add = (place: string, cell: Cell) => {
    forEachSlot(cell, (slot, value) => {
      const name = `${place} ${nameOfSlot(slot)}`
      into.set(name, (into.get(name) ?? 0) + value)
    })
  }
  add('running', cells.running)
  slicesByTier(cells).forEach((slices, tier) => {
    for (const [startMs, cell] of slices) add(`${tier} ${new Date(startMs).toISOString()}`, cell)
  })
}

const nameOfSlot = (slot: number): string => {
  const measure = measureOfSlot(slot)
  const offset = offsetOfSlot(slot)
  const isKeyed = measure?.kind === 'tally' || measure?.kind === 'levels'
  return `${measure?.name} ${isKeyed ? keyOfOffset(offset) : offset}`
}

const sortEntries = (entries: ReadonlyMap<string, number>): Map<string, number> =>
  new Map([...entries].filter(([, value]) => value !== 0).sort(([a], [b]) => (a < b ? -1 : 1)))
