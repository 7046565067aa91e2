import { describe, expect, test } from 'vitest'
import {
  boundaryAfter,
  type CommonTime,
  driftLimit,
  judgeDate,
  progressOf,
  slowestPosition,
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
const ever = Number.POSITIVE_INFINITY
/** No other shard lags. */
const apart: CommonTime = { nowMs, knownBefore: () => nowMs, isAllCaughtUp: false, slowestMs: ever }

const topic = (fields: Partial<TopicPosition>): TopicPosition => ({
  topic: 'ticket',
  isCaughtUp: false,
  endAtMs: never,
  greatestTakenMs: never,
  nextMs: undefined,
  ...fields,
})
const caughtUp = topic({ isCaughtUp: true, greatestTakenMs: 500 })

describe('progress', () => {
  test('live and caught up, it is the clock', () => {
    expect(progressOf([caughtUp, caughtUp], apart, live)).toBe(nowMs)
  })

  test('while a topic lags it is that topic’s position less the disorder', () => {
    const lagging = topic({ greatestTakenMs: 70_000, nextMs: 65_000 })
    expect(progressOf([caughtUp, lagging], apart, live)).toBe(65_000)
    const ahead = topic({ greatestTakenMs: 70_000, nextMs: 90_000 })
    expect(progressOf([caughtUp, ahead], apart, live)).toBe(85_000)
  })

  test('under events it ends at the first slice boundary after the last event, once all shards are caught up', () => {
    const at = (nowMs: number, isAllCaughtUp: boolean) => ({
      ...apart,
      nowMs,
      knownBefore: () => nowMs,
      isAllCaughtUp,
    })
    expect(progressOf([caughtUp], at(12_345, true), history)).toBe(15_000)
    expect(progressOf([caughtUp], at(15_000, true), history)).toBe(20_000)
    expect(progressOf([caughtUp], at(12_345, false), history)).toBe(7_345)
    expect(boundaryAfter(never)).toBe(never)
  })

  test('under events what was known before a topic had ended is as far as it has come', () => {
    const known = (instantMs: number) => (instantMs > 20 ? 90_000 : instantMs > 10 ? 60_000 : never)
    const common = { ...apart, nowMs: 90_000, knownBefore: known, isAllCaughtUp: true }
    const endedAt = (endAtMs: number) => topic({ isCaughtUp: true, greatestTakenMs: 50_000, endAtMs })
    expect(progressOf([endedAt(10)], common, history)).toBe(45_000)
    expect(progressOf([endedAt(20)], common, history)).toBe(55_000)
    expect(progressOf([endedAt(21), endedAt(20)], common, history)).toBe(55_000)
    expect(progressOf([endedAt(21)], common, history)).toBe(95_000)
    expect(progressOf([topic({ isCaughtUp: true, endAtMs: 10 })], common, history)).toBe(never)
  })

  test('nothing was seen of a lagging topic: there is none', () => {
    expect(progressOf([caughtUp, topic({})], apart, live)).toBe(never)
  })
})

describe('drift', () => {
  test('what runs ahead of the slowest lagging topic by more than the drift waits', () => {
    const slow = topic({ greatestTakenMs: 1_000 })
    expect(driftLimit([caughtUp, slow, topic({ greatestTakenMs: 9_000 })], apart, live)).toBe(601_000)
    expect(driftLimit([slow], apart, history)).toBe(1_000 + 43_200_000)
  })

  test('caught up, nothing waits; before a lagging topic’s first record, everything does', () => {
    expect(driftLimit([caughtUp], apart, live)).toBe(ever)
    expect(driftLimit([caughtUp, topic({})], apart, live)).toBe(never)
  })

  test('what runs ahead of the slowest shard by more than half the lateness waits, and what runs ahead within its own by less', () => {
    const behind = (slowestMs: number) => ({ ...apart, slowestMs })
    const own = topic({ greatestTakenMs: 90_000_000 })
    for (const limits of [live, history]) {
      expect(driftLimit([own], behind(1_000), limits)).toBe(1_000 + 43_200_000)
      expect(driftLimit([caughtUp], behind(1_000), limits)).toBe(1_000 + 43_200_000)
    }
    expect(driftLimit([own], behind(80_000_000), live)).toBe(90_000_000 + 600_000)
    expect(driftLimit([own], behind(1_000), { ...live, latenessMs: 0 })).toBe(1_000 + 600_000)
    expect(driftLimit([own], behind(never), live)).toBe(never)
  })

  test('the slowest of all never waits, wherever its next event lies', () => {
    for (const nextMs of [0, 5_000, 9_000_000_000]) {
      const slowest = [caughtUp, topic({ greatestTakenMs: 1_000, nextMs })]
      const slowestMs = slowestPosition(slowest)
      for (const limits of [live, history, { ...history, latenessMs: 0 }])
        expect(driftLimit(slowest, { ...apart, slowestMs }, limits)).toBeGreaterThanOrEqual(nextMs)
    }
  })

  test('a shard stands where the slowest of its lagging topics does', () => {
    const ahead = topic({ greatestTakenMs: 70_000, nextMs: 90_000 })
    expect(slowestPosition([caughtUp, ahead, topic({ greatestTakenMs: 80_000, nextMs: 7 })])).toBe(80_000)
    expect(slowestPosition([ahead, topic({})])).toBe(never)
    expect(slowestPosition([caughtUp])).toBe(ever)
  })
})

describe('dates', () => {
  test('live, an event is judged by its record', () => {
    const judge = (occurredAtMs: number) =>
      judgeDate({ occurredAtMs, recordedAtMs: nowMs, greatestMs: never }, live)
    expect(judge(nowMs - 86_400_000)).toBeUndefined()
    expect(judge(nowMs - 86_400_001)).toEqual({
      reason: 'too-old',
      detail:
        'dated 86400001 ms before its record, more than time.latenessMs (86400000); deliver it sooner, or raise that',
    })
    expect(judge(nowMs + 60_000)).toBeUndefined()
    expect(judge(nowMs + 60_001)).toEqual({
      reason: 'from-the-future',
      detail:
        "dated 60001 ms after its record, more than time.skewMs (60000); set its producer's clock, or raise that",
    })
  })

  test('under events it is judged by what stands before it, and nothing is from the future', () => {
    const judge = (occurredAtMs: number, greatestMs: number) =>
      judgeDate({ occurredAtMs, recordedAtMs: 0, greatestMs }, history)
    expect(judge(nowMs, never)).toBeUndefined()
    expect(judge(nowMs, nowMs + 86_400_000)).toBeUndefined()
    expect(judge(nowMs, nowMs + 86_400_001)).toEqual({
      reason: 'too-old',
      detail:
        'dated 86400001 ms before what stands before it, more than time.latenessMs (86400000); deliver it sooner, or raise that',
    })
  })
})
