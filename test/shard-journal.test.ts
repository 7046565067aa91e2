import { expect, test } from 'vitest'
import { type JournalEntry, quarterMs } from '../src/core/journal.ts'
import type { Bytes } from '../src/ports.ts'
import { createShardJournal } from '../src/shard-journal.ts'

const entryOf = (scopeKey: string, ...quarters: readonly number[]): JournalEntry =>
  new Map([
    [
      scopeKey,
      quarters.map((quarter) => ({ startMs: quarter * quarterMs, endMs: (quarter + 1) * quarterMs })),
    ],
  ])

const nothing: JournalEntry = new Map()

/** What stands in a store after these writes. */
const store = () => {
  const stored = new Map<string, Bytes>()
  return {
    stored,
    write: (writes: ReadonlyMap<string, Bytes | null>) => {
      for (const [seq, bytes] of writes) {
        if (bytes) stored.set(seq, bytes)
        else stored.delete(seq)
      }
    },
  }
}

test('an entry stands until it is handled, also for the next owner', () => {
  const { stored, write } = store()
  const journal = createShardJournal({ stored, storedSinceMs: 500, fromSeq: 10, rangesMax: 100 })
  write(journal.add(entryOf('a|', 1), 1_000))
  write(journal.add(entryOf('a|', 2), 1_000))
  write(journal.add(nothing, 1_000))
  expect([...stored.keys()]).toEqual(['11', '12'])
  const next = createShardJournal({ stored, storedSinceMs: 500, fromSeq: 12, rangesMax: 100 })
  expect(next.entries()).toEqual(journal.entries())
  next.drop(11)
  write(next.add(entryOf('b|', 3), 1_000))
  expect([...next.entries().keys()]).toEqual([12, 13])
  expect([...stored.keys()]).toEqual(['12', '13'])
  expect(next.rangeCount()).toBe(2)
})

test('past its limit all is one entry, later than any before, with a range a scope', () => {
  const { stored, write } = store()
  const journal = createShardJournal({ stored, storedSinceMs: 500, fromSeq: 0, rangesMax: 3 })
  write(journal.add(entryOf('a|', 1, 5), 1_000))
  write(journal.add(entryOf('b|', 2), 1_000))
  write(journal.add(entryOf('a|', 9), 1_000))
  expect([...stored.keys()]).toEqual(['3'])
  expect(journal.entries()).toEqual(
    new Map([
      [
        3,
        new Map([
          ['a|', [{ startMs: quarterMs, endMs: 10 * quarterMs }]],
          ['b|', [{ startMs: 2 * quarterMs, endMs: 3 * quarterMs }]],
        ]),
      ],
    ]),
  )
})

test('it says where as-of stood before the oldest of what stands was written', () => {
  const { stored, write } = store()
  const journal = createShardJournal({ stored, storedSinceMs: 500, fromSeq: 0, rangesMax: 3 })
  expect(journal.sinceMs()).toBe(Number.POSITIVE_INFINITY)
  write(journal.add(entryOf('a|', 1), 1_000))
  write(journal.add(nothing, 1_500))
  write(journal.add(entryOf('b|', 1), 2_000))
  expect(journal.sinceMs()).toBe(1_000)
  journal.drop(1)
  expect(journal.sinceMs()).toBe(2_000)
  // Merged with what stood.
  write(journal.add(entryOf('c|', 1, 5, 9), 3_000))
  expect(journal.sinceMs()).toBe(2_000)
  const next = createShardJournal({ stored, storedSinceMs: 500, fromSeq: 9, rangesMax: 3 })
  expect(next.sinceMs()).toBe(500)
  journal.drop(3)
  expect(journal.sinceMs()).toBe(Number.POSITIVE_INFINITY)
})
