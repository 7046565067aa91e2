import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addToSlot, type Cell, createCell, forEachSlot, readSlot } from '../../src/core/cell.ts'
import { measures, slotOf } from '../../src/core/measures.ts'
import { foldSlices, slicesOfBlock } from '../../src/core/slice-blocks.ts'
import {
  addAll,
  addSlices,
  flooredStart,
  isEmptied,
  levelsAt,
  sumRunning,
} from '../../src/core/slice-sums.ts'
import {
  blockStart,
  createScopeCells,
  edgesAt,
  nextSliceStart,
  placeAt,
  type ScopeCells,
  sliceAt,
  sliceStart,
  tierOf,
} from '../../src/core/slices.ts'
import { zoneNamed } from '../support/driver.ts'
import { slicesByTier } from '../support/slices.ts'

const asOfMs = Date.parse('2026-03-30T12:00:03Z')
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const zone = zoneNamed('Europe/Copenhagen')
const tiering = { zone, finestTier: 0 }
const edges = edgesAt(asOfMs, tiering)
const count = slotOf(measures.callsOffered, 0)
const level = slotOf(measures.waiting, 0)

const place = (cells: ScopeCells, atMs: number, slot = count, value = 1): void => {
  addToSlot(cells.running, slot, value)
  const slice = sliceAt(cells, placeAt(cells.edges, atMs, zone))
  if (slice) addToSlot(slice, slot, value)
}

const sumBetween = (cells: ScopeCells, startMs: number, endMs: number): number => {
  const sum = createCell()
  addSlices(sum, cells, { startMs, endMs, zone })
  return readSlot(sum, count)
}

const heldBy = (cells: ScopeCells): readonly number[] =>
  slicesByTier(cells).map((slices) => {
    let sum = 0
    for (const cell of slices.values()) sum += readSlot(cell, count)
    return sum
  })

describe('tiers', () => {
  test('a slice has room for as much as the one before it, but not for what a longer one holds', () => {
    const cells = createScopeCells(edges)
    const sliceOf = (atMs: number) => sliceAt(cells, placeAt(edges, atMs, zone)) as Cell
    const hourAgo = sliceOf(asOfMs - hour)
    const longAgo = sliceOf(asOfMs - 40 * hour)
    for (let step = 0; step < 500; step++) {
      addToSlot(hourAgo, count + step, 1)
      addToSlot(longAgo, count + step, 1)
    }
    expect(sliceOf(asOfMs - 5 * second).pairs).toHaveLength(0)
    expect(sliceOf(asOfMs - hour)).toBe(hourAgo)
    expect(sliceOf(asOfMs).pairs).toHaveLength(hourAgo.pairs.length)
  })

  test('an instant lies in exactly one: fine slices near as-of, coarser ones behind', () => {
    const ages = [0, 2 * hour - minute, 3 * hour, 27 * hour, 60 * day, 70 * day, 1_090 * day, 1_200 * day]
    expect(ages.map((age) => tierOf(edges, asOfMs - age))).toEqual([0, 0, 1, 2, 2, 3, 3, -1])
  })

  test('edges are floored to the next coarser slice, so that a fold moves whole slices', () => {
    const [fine, minutes, quarters, days] = edges
    expect(fine % minute).toBe(0)
    expect(minutes % (15 * minute)).toBe(0)
    expect(sliceStart(3, quarters, zone)).toBe(quarters)
    expect(sliceStart(3, days, zone)).toBe(days)
  })

  test('a set without fine tiers begins at its finest', () => {
    const coarse = edgesAt(asOfMs, { zone, finestTier: 1 })
    expect(tierOf(coarse, asOfMs)).toBe(1)
    expect(tierOf(edgesAt(asOfMs, { zone, finestTier: 4 }), asOfMs)).toBe(-1)
  })

  test('a local day has 23 hours when the clocks go forward', () => {
    const start = sliceStart(3, Date.parse('2026-03-29T10:00:00Z'), zone)
    expect(new Date(start).toISOString()).toBe('2026-03-28T23:00:00.000Z')
    expect(nextSliceStart(3, start, zone) - start).toBe(23 * hour)
  })

  test('a sum begins at the slice that covers its start', () => {
    const start = asOfMs - 4 * hour
    expect(flooredStart(edges, start, zone)).toBe(Math.floor(start / minute) * minute)
  })
})

describe('folding', () => {
  test('what leaves a tier is added into the next, and the last fold drops it', () => {
    const cells = createScopeCells(edges)
    place(cells, asOfMs)
    for (const [moved, tier] of [
      [0, 0],
      [3 * hour, 1],
      [30 * hour, 2],
      [70 * day, 3],
    ] as const) {
      foldSlices(cells, { to: edgesAt(asOfMs + moved, tiering), zone })
      expect(heldBy(cells).indexOf(1)).toBe(tier)
    }
    foldSlices(cells, { to: edgesAt(asOfMs + 1_200 * day, tiering), zone })
    expect(heldBy(cells)).toEqual([0, 0, 0, 0])
    expect(readSlot(cells.running, count)).toBe(1)
  })

  test('folding often or once gives the same, and so does placing before or after', () => {
    const instants = fc.array(fc.integer({ min: asOfMs - 80 * day, max: asOfMs - 1 }), { maxLength: 20 })
    const moves = fc.array(fc.integer({ min: 0, max: 40 * day }), { minLength: 1, maxLength: 4 })
    const shown = (cells: ScopeCells) =>
      slicesByTier(cells).map((slices) => [...slices].map(entriesOf).sort())
    fc.assert(
      fc.property(instants, moves, (placed, moved) => {
        const ends = moved.toSorted((a, b) => a - b)
        const early = createScopeCells(edges)
        for (const atMs of placed) place(early, atMs)
        for (const end of ends) foldSlices(early, { to: edgesAt(asOfMs + end, tiering), zone })
        const late = createScopeCells(edgesAt(asOfMs + (ends.at(-1) ?? 0), tiering))
        for (const atMs of placed) place(late, atMs)
        expect(shown(early)).toEqual(shown(late))
      }),
      { numRuns: 300 },
    )
  })
})

const entriesOf = ([startMs, cell]: readonly [number, Cell]): string => {
  const entries: string[] = []
  forEachSlot(cell, (slot, value) => entries.push(`${slot}=${value}`))
  return `${startMs} ${entries.sort().join()}`
}

describe('reading', () => {
  test('a window is half-open: its start is inside, its end is not', () => {
    const cells = createScopeCells(edges)
    const boundary = Math.floor((asOfMs - hour) / minute) * minute
    for (const atMs of [boundary - 1, boundary, boundary + minute - 1, boundary + minute]) place(cells, atMs)
    expect(sumBetween(cells, boundary, boundary + minute)).toBe(2)
  })

  test('a window may span tiers', () => {
    const cells = createScopeCells(edges)
    for (const age of [minute, 3 * hour, 30 * hour, 5 * day]) place(cells, asOfMs - age)
    expect(sumBetween(cells, sliceStart(2, asOfMs - 2 * day, zone), asOfMs)).toBe(3)
  })

  test('a level at a boundary is the running level less the later steps', () => {
    const cells = createScopeCells(edges)
    const boundary = Math.floor((asOfMs - hour) / minute) * minute
    place(cells, boundary - 1, level)
    place(cells, boundary, level)
    place(cells, boundary + minute, level, -1)
    const at = (atMs: number) => {
      const levels = createCell()
      levelsAt(levels, cells, { atMs, zone })
      return readSlot(levels, level)
    }
    expect([at(boundary), at(boundary + minute), at(boundary + 2 * minute)]).toEqual([1, 2, 1])
  })
})

describe('everything ever placed', () => {
  const ages = [minute, 3 * hour, 30 * hour, 70 * day, 2_000 * day]
  const placedWith = (holdsFlows: boolean): ScopeCells => {
    const cells = createScopeCells(edges, holdsFlows)
    for (const age of ages) {
      const at = placeAt(edges, asOfMs - age, zone)
      for (const slot of [count, level]) addToSlot(sliceAt(cells, at) as Cell, slot, 1)
    }
    sumRunning(cells)
    return cells
  }

  test.each([true, false])('is the same whether the running cell holds flows (%s)', (holdsFlows) => {
    const cells = placedWith(holdsFlows)
    const all = createCell()
    addAll(all, cells)
    expect([readSlot(all, count), readSlot(all, level)]).toEqual([ages.length, ages.length])
    expect(readSlot(cells.running, count)).toBe(holdsFlows ? ages.length : 0)
    expect(readSlot(cells.running, level)).toBe(ages.length)
  })

  test('has been taken back where only steps are left that add up to no level', () => {
    const cells = createScopeCells(edges, false)
    const at = (age: number) => sliceAt(cells, placeAt(edges, asOfMs - age, zone)) as Cell
    addToSlot(at(hour), level, 1)
    addToSlot(at(minute), level, -1)
    expect(isEmptied(cells)).toBe(true)
    addToSlot(at(minute), count, 1)
    expect(isEmptied(cells)).toBe(false)
  })

  test('has been taken back when nothing is left in any slice', () => {
    const cells = createScopeCells(edges, false)
    const slice = sliceAt(cells, placeAt(edges, asOfMs - day, zone)) as Cell
    expect(isEmptied(cells)).toBe(true)
    addToSlot(slice, count, 1)
    expect(isEmptied(cells)).toBe(false)
    addToSlot(slice, count, -1)
    expect(isEmptied(cells)).toBe(true)
  })
})

test('the slices of a block are those of one slice of the next coarser tier', () => {
  const cells = createScopeCells(edges)
  const quarter = Math.floor((asOfMs - 5 * hour) / (15 * minute)) * 15 * minute
  for (const after of [0, minute, 14 * minute, 15 * minute]) place(cells, quarter + after)
  expect(blockStart(1, quarter + 14 * minute, zone)).toBe(quarter)
  expect([...slicesOfBlock(cells, { tier: 1, block: quarter }, zone).keys()]).toEqual([
    quarter,
    quarter + minute,
    quarter + 14 * minute,
  ])
})
