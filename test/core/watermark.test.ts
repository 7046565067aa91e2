import { describe, expect, test } from 'vitest'
import {
  boundaryAfter,
  driftLimit,
  judgeDate,
  progressOf,
  type TimeLimits,
  type TopicPosition,
} from '../../src/core/watermark.ts'

const live: TimeLimits = {
  source: 'clock',
  disorderMs: 5_000,
  latenessMs: 86_400_000,
  skewMs: 60_000,
  driftMs: 600_000,
  stallMs: 30_000,
}
const history: TimeLimits = { ...live, source: 'events' }
const nowMs = 1_000_000_000
const never = Number.NEGATIVE_INFINITY

const topic = (fields: Partial<TopicPosition>): TopicPosition => ({
  topic: 'ticket',
  isCaughtUp: false,
  greatestTakenMs: never,
  nextMs: undefined,
  ...fields,
})
const caughtUp = topic({ isCaughtUp: true, greatestTakenMs: 500 })

describe('progress', () => {
  test('live and caught up, it is the clock', () => {
    expect(progressOf([caughtUp, caughtUp], { nowMs, isAllCaughtUp: false }, live)).toBe(nowMs)
  })

  test('while a topic lags it is that topic’s position less the disorder', () => {
    const lagging = topic({ greatestTakenMs: 70_000, nextMs: 65_000 })
    expect(progressOf([caughtUp, lagging], { nowMs, isAllCaughtUp: false }, live)).toBe(65_000)
    const ahead = topic({ greatestTakenMs: 70_000, nextMs: 90_000 })
    expect(progressOf([caughtUp, ahead], { nowMs, isAllCaughtUp: false }, live)).toBe(85_000)
  })

  test('under events it ends at the first slice boundary after the last event, once all shards are caught up', () => {
    expect(progressOf([caughtUp], { nowMs: 12_345, isAllCaughtUp: true }, history)).toBe(15_000)
    expect(progressOf([caughtUp], { nowMs: 15_000, isAllCaughtUp: true }, history)).toBe(20_000)
    expect(progressOf([caughtUp], { nowMs: 12_345, isAllCaughtUp: false }, history)).toBe(7_345)
    expect(boundaryAfter(never)).toBe(never)
  })

  test('nothing was seen of a lagging topic: there is none', () => {
    expect(progressOf([caughtUp, topic({})], { nowMs, isAllCaughtUp: false }, live)).toBe(never)
  })
})

describe('drift', () => {
  const common = { nowMs, isAllCaughtUp: false }

  test('what runs ahead of the slowest lagging topic by more than the drift waits', () => {
    const slow = topic({ greatestTakenMs: 1_000 })
    expect(driftLimit([caughtUp, slow, topic({ greatestTakenMs: 9_000 })], common, live)).toBe(601_000)
    expect(driftLimit([slow], common, history)).toBe(1_000 + 43_200_000)
  })

  test('caught up, nothing waits; before a lagging topic’s first record, everything does', () => {
    expect(driftLimit([caughtUp], common, live)).toBe(Number.POSITIVE_INFINITY)
    expect(driftLimit([caughtUp, topic({})], common, live)).toBe(never)
  })
})

describe('dates', () => {
  test('live, an event is judged by its record', () => {
    const judge = (occurredAtMs: number) =>
      judgeDate({ occurredAtMs, recordedAtMs: nowMs, greatestMs: never }, live)?.reason
    expect(judge(nowMs - 86_400_000)).toBeUndefined()
    expect(judge(nowMs - 86_400_001)).toBe('too-old')
    expect(judge(nowMs + 60_000)).toBeUndefined()
    expect(judge(nowMs + 60_001)).toBe('from-the-future')
  })

  test('under events it is judged by what stands before it, and nothing is from the future', () => {
    const judge = (occurredAtMs: number, greatestMs: number) =>
      judgeDate({ occurredAtMs, recordedAtMs: 0, greatestMs }, history)?.reason
    expect(judge(nowMs, never)).toBeUndefined()
    expect(judge(nowMs, nowMs + 86_400_000)).toBeUndefined()
    expect(judge(nowMs, nowMs + 86_400_001)).toBe('too-old')
  })
})
