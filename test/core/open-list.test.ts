import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addItem,
  createOpenList,
  hasBegunWithin,
  type OpenItem,
  oldestItems,
  sinceAtPlace,
  sumAges,
  takeItem,
} from '../../src/core/open-list.ts'
import { openListOf } from '../support/open-lists.ts'

const item = fc.record({ id: fc.constantFrom('a', 'b', 'c'), sinceMs: fc.nat(40) })

const byAge = (a: OpenItem, b: OpenItem): number => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1)

test('is what was added less what was taken out, the oldest first, of one age by id', () => {
  const steps = fc.array(fc.record({ item, takes: fc.nat(3).map((roll) => roll === 0) }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, fc.nat(45), fc.nat(45), (list, startMs, endMs) => {
      const open = createOpenList()
      let expected: OpenItem[] = []
      for (const { item: one, takes } of list)
        if (!takes) {
          addItem(open, one)
          expected = [...expected, one].sort(byAge)
        } else if (expected.length > 0) {
          const [taken] = expected.splice(one.sinceMs % expected.length, 1)
          takeItem(open, taken as OpenItem)
        }
      expect(oldestItems(open, 1_000)).toEqual(expected)
      expect(oldestItems(open, 10)).toEqual(expected.slice(0, 10))
      expect(open.count).toBe(expected.length)
      expect(expected.map((_, place) => sinceAtPlace(open, place))).toEqual(
        expected.map(({ sinceMs }) => sinceMs),
      )
      expect(sumAges(open, 30)).toBe(
        expected.reduce((sum, { sinceMs }) => sum + Math.max(0, 30 - sinceMs), 0),
      )
      expect(hasBegunWithin(open, { startMs, endMs })).toBe(
        expected.some(({ sinceMs }) => sinceMs >= startMs && sinceMs < endMs),
      )
    }),
    { numRuns: 500 },
  )
})

test('holds thousands in whatever order they come and go', () => {
  const items = Array.from({ length: 5_000 }, (_, number) => ({
    id: `t${number}`,
    sinceMs: (number * 7_919) % 5_003,
  }))
  const open = openListOf(items)
  expect(open.chunks.length).toBeGreaterThan(5)
  for (const one of items.filter(({ sinceMs }) => sinceMs % 3 !== 0)) takeItem(open, one)
  const left = items.filter(({ sinceMs }) => sinceMs % 3 === 0).sort(byAge)
  expect(oldestItems(open, 5_000)).toEqual(left)
  for (const one of left) takeItem(open, one)
  expect(open).toEqual(createOpenList())
})

test('what is not listed cannot be taken out', () => {
  const open = openListOf([{ id: 'a', sinceMs: 5 }])
  expect(() => takeItem(open, { id: 'b', sinceMs: 5 })).toThrow('b is not listed as open')
  expect(() => takeItem(createOpenList(), { id: 'a', sinceMs: 5 })).toThrow('a is not listed as open')
  expect(() => sinceAtPlace(open, 1)).toThrow('there is no item 1 among 1')
})
