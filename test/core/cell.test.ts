import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addCell,
  addToSlot,
  type Cell,
  clearCell,
  createCell,
  forEachSlot,
  isEmptyCell,
  readSlot,
} from '../../src/core/cell.ts'

const entriesOf = (cell: Cell): readonly (readonly [number, number])[] => {
  const entries: [number, number][] = []
  forEachSlot(cell, (slot, value) => entries.push([slot, value]))
  return entries.sort(([a], [b]) => a - b)
}

const changes = fc.array(
  fc.tuple(
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 23 })),
    fc.integer({ min: -3, max: 3 }),
  ),
  { maxLength: 200, size: 'max' },
)

test('a cell holds what a map would, less its zeros, however much room it had from the beginning', () => {
  fc.assert(
    fc.property(changes, fc.nat({ max: 100 }), (list, room) => {
      const cell = createCell(room)
      const map = new Map<number, number>()
      for (const [slot, delta] of list) {
        addToSlot(cell, slot, delta)
        map.set(slot, (map.get(slot) ?? 0) + delta)
      }
      const expected = [...map].filter(([, value]) => value !== 0).sort(([a], [b]) => a - b)
      expect(entriesOf(cell)).toEqual(expected)
      for (const [slot, value] of map) expect(readSlot(cell, slot)).toBe(value)
      expect(isEmptyCell(cell)).toBe(expected.length === 0)
    }),
    { numRuns: 500 },
  )
})

test('adding cells is adding their entries, in any order', () => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const fill = (list: typeof first) => {
        const cell = createCell()
        for (const [slot, delta] of list) addToSlot(cell, slot, delta)
        return cell
      }
      const one = fill(first)
      addCell(one, fill(second))
      const other = fill(second)
      addCell(other, fill(first))
      expect(entriesOf(one)).toEqual(entriesOf(fill([...first, ...second])))
      expect(entriesOf(other)).toEqual(entriesOf(one))
    }),
    { numRuns: 500 },
  )
})

test('a cell that another was added to goes its own way, and one that was cleared begins anew', () => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const source = createCell()
      for (const [slot, delta] of first) addToSlot(source, slot, delta)
      const before = entriesOf(source)
      const copy = createCell()
      addCell(copy, source)
      for (const [slot, delta] of second) addToSlot(copy, slot, delta)
      expect(entriesOf(source)).toEqual(before)
      clearCell(copy)
      expect(isEmptyCell(copy)).toBe(true)
      addCell(copy, source)
      expect(entriesOf(copy)).toEqual(before)
    }),
    { numRuns: 300 },
  )
})

test('a slot that nothing was added to is zero', () => {
  expect(readSlot(createCell(), 7)).toBe(0)
})
