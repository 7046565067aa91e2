import { expect, test } from 'vitest'
import { createProgressMarks } from '../../src/wallboard/progress-marks.ts'

const options = { demo: false, believeLowerAfterMs: 25_000 }
const at = (asOfMs: number, emittedAtMs: number | null = null) => ({
  asOfMs,
  watermarkMs: asOfMs,
  emittedAtMs,
})

test('as-of has moved only when it grew', () => {
  const marks = createProgressMarks(options)
  marks.note(at(100), 1_000)
  marks.note(at(100), 2_000)
  marks.note(at(90), 3_000)
  expect(marks.read(4_000)).toMatchObject({ recordAtMs: 3_000, asOfMs: 100, asOfMovedAtMs: 1_000 })
})

test('an as-of taken back is believed once nothing has moved for a while', () => {
  const marks = createProgressMarks(options)
  marks.note(at(100), 1_000)
  marks.note(at(50), 26_001)
  expect(marks.read(26_001)).toMatchObject({ asOfMs: 50, asOfMovedAtMs: 26_001 })
})

test('old records read from the topic do not make a dead processor look alive', () => {
  const marks = createProgressMarks(options)
  marks.note(at(100, 100), 3_600_000)
  expect(marks.read(3_600_000)).toMatchObject({ recordAtMs: 100, asOfMovedAtMs: 100 })
})
