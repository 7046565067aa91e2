import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cell, forEachSlot, isEmptyCell } from '../../src/core/cell.ts'
import { readCount, sortCell } from '../../src/core/measure-readings.ts'
import { addValue, measures } from '../../src/core/measures.ts'
import { createOpenTable } from '../../src/core/open-table.ts'
import { type ShardView, sumScope } from '../../src/core/rollup.ts'
import {
  findSlices,
  holdsAnything,
  levelsAfter,
  readHistory,
  type ScopeHistory,
  sumMeasure,
  sumSlices,
} from '../../src/core/scope-history.ts'
import { createScopeCells, edgesAt, placeAt, type ScopeCells, sliceAt } from '../../src/core/slices.ts'
import { zoneNamed } from '../support/driver.ts'

const zone = zoneNamed('Europe/Rome')
const asOfMs = Date.parse('2026-03-31T10:07:00Z')
const quarterMs = 900_000
const dayMs = 86_400_000
const fromMs = asOfMs - (asOfMs % quarterMs) - 40 * dayMs
const whole = { fromMs, toMs: Number.POSITIVE_INFINITY }

type Placed = {
  readonly shard: number
  readonly agoMs: number
  readonly measure: number
  readonly value: number
}

const placed: fc.Arbitrary<Placed> = fc.record({
  shard: fc.integer({ min: 0, max: 2 }),
  agoMs: fc.oneof(
    fc.integer({ min: 1, max: 3 * 3_600_000 }),
    fc.integer({ min: 1, max: 3 * dayMs }),
    fc.integer({ min: 1, max: 80 * dayMs }),
  ),
  measure: fc.integer({ min: 0, max: 2 }),
  value: fc.constantFrom(-1, 1, 2),
})

const windows = fc.array(
  fc.record({
    quarter: fc.integer({ min: 0, max: 41 * 96 }),
    length: fc.constantFrom(1, 4, 96),
  }),
  { minLength: 1, maxLength: 12 },
)

const place = (cells: ScopeCells, { agoMs, measure, value }: Placed): void => {
  const at = placeAt(cells.edges, asOfMs - agoMs, zone)
  const one = {
    measure: [measures.callsOffered, measures.waiting, measures.openByStatus][measure] ?? measures.handle,
    value,
    key: 'open',
  }
  for (const cell of [cells.running, sliceAt(cells, at)]) if (cell) addValue(cell, one)
}

/** Shards stand at different instants, so that one time lies in slices of different lengths. */
const viewsOf = (all: readonly Placed[]): readonly ShardView[] => {
  const shards = [0, 1, 2].map((shard) => {
    const aheadMs = shard * 3 * 3_600_000
    return createScopeCells(edgesAt(asOfMs + aheadMs, { zone, finestTier: 0 }))
  })
  for (const one of all) place(shards[one.shard] as ScopeCells, one)
  return shards.map((cells) => ({ asOfMs, cellsOf: () => cells, open: createOpenTable() }))
}

const entriesOf = (cell: Cell): readonly string[] => {
  const entries: string[] = []
  forEachSlot(cell, (slot, value) => entries.push(`${slot}=${value}`))
  return entries.sort()
}

describe("a scope's history", () => {
  test('reads windows in any order as each reads alone', () => {
    fc.assert(
      fc.property(fc.array(placed, { maxLength: 30 }), windows, (all, wanted) => {
        const views = viewsOf(all)
        const toMs = fromMs + Math.max(...wanted.map(({ quarter, length }) => quarter + length)) * quarterMs
        const history = readHistory(views, 'acme|', { fromMs, toMs, zone })
        for (const { quarter, length } of wanted) {
          const startAt = fromMs + quarter * quarterMs
          const endAt = startAt + length * quarterMs
          const alone = sumScope(views, 'acme|', { range: { startMs: startAt, endMs: endAt }, zone })
          expect(readWindow(history, startAt, endAt)).toEqual({
            flows: entriesOf(alone.flows),
            levels: entriesOf(alone.levels),
            offered: readCount(sortCell(alone.flows), measures.callsOffered),
          })
        }
      }),
      { numRuns: 500 },
    )
  })

  test('holds something where slices begin, although they came to nothing, and wherever a level is up', () => {
    const offered = { shard: 0, agoMs: 10 * quarterMs, measure: 0 }
    const views = viewsOf([
      { ...offered, value: 1 },
      { ...offered, value: -1 },
      { shard: 1, agoMs: 7 * quarterMs, measure: 1, value: 1 },
      { shard: 2, agoMs: 5 * quarterMs, measure: 1, value: -1 },
    ])
    const history = readHistory(views, 'acme|', { ...whole, zone })
    const held = [11, 10, 9, 8, 7, 6, 5, 4].filter((ago) => {
      const startAt = asOfMs - (asOfMs % quarterMs) - ago * quarterMs
      return holdsAnything(history, findSlices(history, { startAt, endAt: startAt + quarterMs }))
    })
    expect(held).toEqual([10, 7, 6, 5])
    expect(isEmptyCell(sumSlices(history, { first: 0, end: 1 }))).toBe(true)
  })

  test('lays out nothing that begins after its end', () => {
    const offered = { shard: 0, measure: 0, value: 1 }
    const views = viewsOf([10, 8, 6].map((ago) => ({ ...offered, agoMs: ago * quarterMs })))
    const toMs = asOfMs - (asOfMs % quarterMs) - 7 * quarterMs
    expect(readHistory(views, 'acme|', { fromMs, toMs, zone }).slices).toHaveLength(2)
  })

  test('keeps nothing of a slice that could not be read to its end', () => {
    const one = { shard: 0, agoMs: 10 * quarterMs, measure: 1, value: 1 }
    const sumOf = () => {
      const history = readHistory(viewsOf([one]), 'acme|', { ...whole, zone })
      return entriesOf(sumMeasure(history, { first: 0, end: 1 }, measures.waiting))
    }
    const before = sumOf()
    const history = readHistory(viewsOf([one]), 'acme|', { ...whole, zone })
    const [slice] = history.slices as readonly [Cell]
    Object.defineProperty(slice.pairs, slice.pairs.length, {
      get: () => {
        throw new Error('damaged')
      },
    })
    expect(() => sumMeasure(history, { first: 0, end: 1 }, measures.waiting)).toThrow('damaged')
    expect(sumOf()).toEqual(before)
  })
})

const readWindow = (history: ScopeHistory, startAt: number, endAt: number) => {
  const places = findSlices(history, { startAt, endAt })
  const levels = levelsAfter(history, places)
  const offered = readCount(
    sortCell(sumMeasure(history, places, measures.callsOffered)),
    measures.callsOffered,
  )
  return { flows: entriesOf(sumSlices(history, places)), levels: entriesOf(levels), offered }
}
