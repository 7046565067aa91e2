import { expect, test } from 'vitest'
import { createKnownTimes } from '../src/known-times.ts'

const at = () => {
  let nowMs = 0
  const known = createKnownTimes(() => nowMs)
  return {
    before: known.before,
    note: (instantMs: number, greatestMs: number) => {
      nowMs = instantMs
      known.note(greatestMs)
    },
  }
}

test('before an instant what was noted earlier is known, not what was noted then', () => {
  const { note, before } = at()
  expect(before(5)).toBe(Number.NEGATIVE_INFINITY)
  note(10, 7_000)
  note(30, 9_000)
  note(40, 8_000)
  expect(before(10)).toBe(Number.NEGATIVE_INFINITY)
  expect(before(11)).toBe(7_000)
  expect(before(30)).toBe(7_000)
  expect(before(31)).toBe(9_000)
  expect(before(Number.POSITIVE_INFINITY)).toBe(9_000)
})

test('of many in a short time less is known, never more, and the last of them all the same', () => {
  const { note, before } = at()
  for (let ms = 0; ms < 100; ms++) note(ms, 1_000 + ms)
  for (let ms = 0; ms < 100; ms++) {
    const known = before(ms)
    expect(known).toBeLessThan(1_000 + ms)
    if (ms > 20) expect(known).toBeGreaterThan(1_000 + ms - 20)
  }
  expect(before(100)).toBe(1_099)
})

test('what was noted too long ago is not known any more', () => {
  const { note, before } = at()
  for (let count = 0; count < 3_000; count++) note(count * 20, count)
  expect(before(100)).toBe(Number.NEGATIVE_INFINITY)
  expect(before(2_500 * 20)).toBe(2_499)
})

test('a source whose end is always known needs no clock', () => {
  const { note, before } = at()
  for (let count = 0; count < 100; count++) note(0, count)
  expect(before(Number.POSITIVE_INFINITY)).toBe(99)
})
