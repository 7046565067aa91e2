import { expect, it } from 'vitest'
import type { ShardOffsets } from '../src/ports.ts'
import { createRewindWatch } from '../src/rewind-watch.ts'

const judge = (before: ShardOffsets, after: ShardOffsets): readonly object[] => {
  const said: object[] = []
  const silent = () => {}
  const watch = createRewindWatch({
    debug: silent,
    info: silent,
    warn: silent,
    error: (fields) => void said.push(fields),
  })
  watch.noteReached(2, before)
  watch.noteTaken(2, after)
  watch.noteTaken(2, {})
  return said
}

it('R12: a state that stands further back than it was left is told once, with how many records are read again', () => {
  expect(judge({ ticket: 10n, survey: 4n }, { ticket: 7n, survey: 4n })).toEqual([{ shard: 2, records: 3 }])
  expect(judge({ ticket: 10n, survey: 4n }, {})).toEqual([{ shard: 2, records: 14 }])
})

it('R12: one that stands where it was left, or further on, is nothing to speak of', () => {
  expect(judge({ ticket: 10n }, { ticket: 10n })).toEqual([])
  expect(judge({ ticket: 10n }, { ticket: 11n, survey: 1n })).toEqual([])
})
