import { expect, test } from 'vitest'
import { createServerClock, eventTimeAt } from '../../../src/wallboard/page/server-clock.ts'

const marks = {
  serverAtMs: 0,
  recordAtMs: 0,
  asOfMs: null,
  asOfMovedAtMs: null,
  watermarkMs: null,
  watermarkMovedAtMs: null,
}

test('a wall whose clock is an hour slow still knows the server’s time', () => {
  const clock = createServerClock()
  clock.note(3_600_000, 0)
  expect(clock.now(5_000)).toBe(3_605_000)
})

test('the least delayed of the last frames says the offset', () => {
  const clock = createServerClock()
  clock.note(10_000, 900)
  clock.note(11_000, 1_010)
  clock.note(12_000, 3_500)
  expect(clock.now(4_000)).toBe(13_990)
})

test('a clock that was set right is believed after twelve frames', () => {
  const clock = createServerClock()
  clock.note(3_600_000, 0)
  for (let frame = 0; frame < 12; frame += 1) clock.note(frame, frame)
  expect(clock.now(50)).toBe(50)
})

test('live, event time is the clock', () => {
  expect(eventTimeAt(20_000, { ...marks, asOfMs: 14_000, asOfMovedAtMs: 19_000 })).toBe(20_000)
})

test('event time of a demo that runs ahead, or of a processor behind, goes on from its as-of', () => {
  expect(eventTimeAt(20_500, { ...marks, asOfMs: 900_000, asOfMovedAtMs: 20_000 })).toBe(900_500)
})
