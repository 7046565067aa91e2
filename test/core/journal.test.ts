import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Cell, createCell } from '../../src/core/cell.ts'
import {
  type ChangedRange,
  countRanges,
  decodeJournal,
  encodeJournal,
  type JournalEntry,
  joinRanges,
  listChangedRanges,
  mergeEntries,
  quarterMs,
} from '../../src/core/journal.ts'
import { addValue, type Measure, measures } from '../../src/core/measures.ts'

const range = (from: number, to: number): ChangedRange => ({
  startMs: from * quarterMs,
  endMs: to * quarterMs,
})

/** [quarter, measure, value] */
const changesOf = (...changes: readonly (readonly [number, Measure, number])[]) => {
  const quarters = new Map<number, Cell>()
  for (const [quarter, measure, value] of changes) {
    const cell = quarters.get(quarter * quarterMs) ?? createCell()
    quarters.set(quarter * quarterMs, cell)
    addValue(cell, { measure, value, key: '' })
  }
  return quarters
}

const { callsOffered, waiting } = measures

describe('changed ranges', () => {
  test('are the quarters whose sums changed, in one where they touch', () => {
    const changes = changesOf([7, callsOffered, 1], [4, callsOffered, 1], [5, callsOffered, -1])
    expect(listChangedRanges(changes, 20 * quarterMs)).toEqual([range(4, 6), range(7, 8)])
  })

  test('leave out what came to zero', () => {
    const changes = changesOf([4, callsOffered, 1], [4, callsOffered, -1], [9, waiting, 1], [9, waiting, -1])
    expect(listChangedRanges(changes, 20 * quarterMs)).toEqual([])
  })

  test('go on where a level changed, to where it changed back', () => {
    expect(listChangedRanges(changesOf([4, waiting, 1], [8, waiting, -1]), 20 * quarterMs)).toEqual([
      range(4, 9),
    ])
  })

  test('go on to the end where a level stays changed', () => {
    expect(listChangedRanges(changesOf([4, waiting, 1]), 20 * quarterMs)).toEqual([range(4, 20)])
  })
})

const entryArbitrary: fc.Arbitrary<JournalEntry> = fc
  .dictionary(
    fc.constantFrom('acme|', 'acme|queueId=a', 'b%7C|'),
    fc
      .array(fc.tuple(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 6 })
      .map((pairs) => joinRanges(pairs.map(([from, count]) => range(from, from + count)))),
  )
  .map((entry) => new Map(Object.entries(entry)))

const isCovered = (entry: JournalEntry, scopeKey: string, { startMs, endMs }: ChangedRange): boolean =>
  (entry.get(scopeKey) ?? []).some((one) => one.startMs <= startMs && one.endMs >= endMs)

test('an entry is bytes and back the same', () => {
  fc.assert(
    fc.property(entryArbitrary, (entry) => {
      expect(decodeJournal(encodeJournal(entry))).toEqual(entry)
    }),
  )
})

test('merged entries cover what each covered, and past the limit have a range a scope', () => {
  fc.assert(
    fc.property(
      fc.array(entryArbitrary, { maxLength: 4 }),
      fc.integer({ min: 1, max: 12 }),
      (entries, max) => {
        const merged = mergeEntries(entries, max)
        for (const entry of entries)
          for (const [scopeKey, ranges] of entry)
            for (const one of ranges) expect(isCovered(merged, scopeKey, one)).toBe(true)
        expect(countRanges(merged)).toBeLessThanOrEqual(Math.max(max, merged.size))
      },
    ),
  )
})

test('another layout is refused', () => {
  expect(() => decodeJournal(new Uint8Array([9, 0]))).toThrow('layout 9')
})
