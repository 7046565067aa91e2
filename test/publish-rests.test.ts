import { expect, test } from 'vitest'
import { createBulkRest } from '../src/publish-rests.ts'

test('bulk rests nine times as long as it was read, and more where the log lags', () => {
  const rest = createBulkRest()
  expect(rest.isResting(1_000)).toBe(false)
  rest.noteRead({ startMs: 1_000, endMs: 1_040, isLagging: false })
  expect(rest.isResting(1_399)).toBe(true)
  expect(rest.isResting(1_400)).toBe(false)
  rest.noteRead({ startMs: 2_000, endMs: 2_040, isLagging: true })
  expect(rest.isResting(2_799)).toBe(true)
  expect(rest.isResting(2_800)).toBe(false)
})

test('a machine that slept while bulk was read makes no rest of hours', () => {
  const rest = createBulkRest()
  rest.noteRead({ startMs: 0, endMs: 3_600_000, isLagging: false })
  expect(rest.isResting(3_629_999)).toBe(true)
  expect(rest.isResting(3_630_000)).toBe(false)
})

test('bulk yields never twice in a row, and not while the log lags', () => {
  const rest = createBulkRest()
  expect(rest.isYielding(true)).toBe(false)
  expect(rest.isYielding(false)).toBe(true)
  rest.noteYielded()
  expect(rest.isYielding(false)).toBe(false)
  rest.noteRead({ startMs: 0, endMs: 10, isLagging: false })
  expect(rest.isYielding(false)).toBe(true)
})

test('a rest can be ended', () => {
  const rest = createBulkRest()
  rest.noteRead({ startMs: 0, endMs: 1_000, isLagging: false })
  rest.end()
  expect(rest.isResting(1_001)).toBe(false)
})
