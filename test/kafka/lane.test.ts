import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  acceptBatch,
  closeLane,
  createLane,
  doubtLane,
  hasDrained,
  type Lane,
  type LogEnd,
  lagOf,
  noteEnd,
  openLane,
  passFiltered,
  reopenDrained,
} from '../../src/kafka/lane.ts'
import { defaultSourceLimits } from '../../src/kafka/limits.ts'
import { batchOf } from './fetched-batch.ts'

const limits = { ...defaultSourceLimits, queueRecordsMax: 10, recordBytesMax: 1000 }

function laneAt(start: bigint, end: bigint | null = null): Lane {
  const lane = createLane('call-queue', 'calls', 0)
  openLane(lane, start, { end, endAtMs: performance.now() } as LogEnd)
  return lane
}

const endAtMs = 0

const queued = ({ queue }: Lane) => {
  const offsets: number[] = []
  for (let record = queue.take(); record; record = queue.take()) offsets.push(Number(record.offset))
  return offsets
}

describe('K2, K15: what was not asked for from here is not taken', () => {
  test('a batch fetched for an older place in the log is refused, before it and after it', () => {
    const lane = laneAt(100n)
    expect(acceptBatch(lane, batchOf({ fetched: 90, offsets: [90, 91, 100] }), limits)).toBe(false)
    expect(acceptBatch(lane, batchOf({ fetched: 500, offsets: [500] }), limits)).toBe(false)
    expect(queued(lane)).toEqual([])
    expect(lagOf(lane, true).position).toBe(100n)
  })

  test('nothing is taken before the lane is opened, or after it is closed', () => {
    const lane = createLane('call-queue', 'calls', 0)
    expect(acceptBatch(lane, batchOf({ fetched: 0, offsets: [0] }), limits)).toBe(false)
  })

  test('records below the place asked for are left out', () => {
    const lane = laneAt(100n)
    expect(acceptBatch(lane, batchOf({ fetched: 100, offsets: [98, 99, 100, 101] }), limits)).toBe(true)
    expect(queued(lane)).toEqual([100, 101])
  })
})

describe('F12: gaps', () => {
  test('a gap within a batch, or before its first record, is no loss', () => {
    const lane = laneAt(10n)
    expect(acceptBatch(lane, batchOf({ fetched: 10, offsets: [13, 17], last: 19 }), limits)).toBe(true)
    expect(acceptBatch(lane, batchOf({ fetched: 20, offsets: [20] }), limits)).toBe(true)
    expect(queued(lane)).toEqual([13, 17, 20])
  })

  test('after a stretch of markers the next batch may begin at either side of it', () => {
    const passed = laneAt(10n)
    passFiltered(passed, 14n)
    expect(lagOf(passed, true).position).toBe(15n)
    expect(acceptBatch(passed, batchOf({ fetched: 15, offsets: [15] }), limits)).toBe(true)
    const soughtBack = laneAt(10n)
    passFiltered(soughtBack, 14n)
    expect(acceptBatch(soughtBack, batchOf({ fetched: 10, offsets: [11, 12] }), limits)).toBe(true)
    expect(queued(soughtBack)).toEqual([11, 12])
  })

  test('markers past the known end make the end unknown, not the lane caught up', () => {
    const lane = laneAt(10n, 12n)
    passFiltered(lane, 20n)
    expect(lagOf(lane, true)).toMatchObject({ position: 21n, end: null })
  })

  test('a tail without records is told from a slow broker by what fetches brought, not by time', () => {
    vi.useFakeTimers()
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const lane = laneAt(10n)
    const stoodMs = performance.now()
    const endAfter = (end: bigint, emptiedAtMs: number) => {
      noteEnd(lane, { next: 10n, end, endAtMs, emptiedAtMs })
      vi.advanceTimersByTime(60_000)
      return lagOf(lane, true).end
    }
    expect(endAfter(12n, Number.NEGATIVE_INFINITY)).toBe(12n)
    expect(endAfter(12n, stoodMs - 1)).toBe(12n)
    expect(endAfter(12n, stoodMs)).toBe(12n)
    expect(endAfter(12n, stoodMs + 1)).toBe(10n)
    expect(endAfter(13n, stoodMs + 1)).toBe(13n)
  })

  test('after a batch that was not asked for from here nothing is known of the tail', () => {
    const lane = laneAt(10n)
    noteEnd(lane, { next: 10n, end: 12n, endAtMs, emptiedAtMs: Number.POSITIVE_INFINITY })
    expect(lagOf(lane, true).end).toBe(10n)
    doubtLane(lane)
    expect(lagOf(lane, true).end).toBe(null)
    noteEnd(lane, { next: 10n, end: 12n, endAtMs, emptiedAtMs: performance.now() })
    expect(lagOf(lane, true).end).toBe(12n)
  })

  test('an end asked for before the lane moved is not believed', () => {
    const lane = laneAt(10n)
    acceptBatch(lane, batchOf({ fetched: 10, offsets: [10, 11], end: 12 }), limits)
    noteEnd(lane, { next: 10n, end: 11n, endAtMs, emptiedAtMs: Number.POSITIVE_INFINITY })
    expect(lagOf(lane, true).end).toBe(12n)
  })
})

describe('limits', () => {
  test('a queue is full at its limit and drained below half of it', () => {
    const lane = laneAt(0n)
    acceptBatch(lane, batchOf({ fetched: 0, offsets: [0, 1, 2, 3, 4, 5, 6, 7, 8] }), limits)
    expect(lane.full).toBe(false)
    acceptBatch(lane, batchOf({ fetched: 9, offsets: [9, 10] }), limits)
    expect(lane.full).toBe(true)
    for (let taken = 0; taken < 6; taken += 1) {
      expect(hasDrained(lane, limits)).toBe(false)
      lane.queue.take()
    }
    lane.queue.take()
    expect(hasDrained(lane, limits)).toBe(true)
  })

  test('bytes fill a queue too', () => {
    const lane = laneAt(0n)
    acceptBatch(lane, batchOf({ fetched: 0, offsets: [0, 1], valueBytes: 900 }), {
      ...limits,
      queueBytesMax: 1500,
    })
    expect(lane.full).toBe(true)
  })

  test('a record over its limit is marked, and keeps its bytes for the dead letter', () => {
    const lane = laneAt(0n)
    acceptBatch(lane, batchOf({ fetched: 0, offsets: [0], valueBytes: 1000 }), limits)
    const record = lane.queue.take()
    expect(record?.unreadable).toEqual({
      reason: 'too-large',
      detail: '1001 bytes, more than limits.recordBytesMax (1000); make it smaller, or raise that',
    })
    expect(record?.value?.length).toBe(1000)
  })

  test('a queue that was full and has drained is not at an end that was said before', () => {
    const drained = () => {
      const lane = laneAt(0n, 5n)
      acceptBatch(lane, batchOf({ fetched: 0, offsets: [0, 1, 2, 3, 4], end: 5 }), {
        ...limits,
        queueRecordsMax: 4,
      })
      reopenDrained(lane)
      expect(lagOf(lane, true)).toMatchObject({ position: 0n, end: 5n })
      while (lane.queue.take()) {}
      expect(lagOf(lane, true)).toMatchObject({ position: 5n, end: null })
      return lane
    }
    const asked = drained()
    noteEnd(asked, { next: 5n, end: 5n, endAtMs, emptiedAtMs: 0 })
    expect(lagOf(asked, true)).toMatchObject({ position: 5n, end: 5n })
    const fetched = drained()
    acceptBatch(fetched, batchOf({ fetched: 5, offsets: [5], end: 6 }), limits)
    fetched.queue.take()
    expect(lagOf(fetched, true)).toMatchObject({ position: 6n, end: 6n })
  })

  test('how old an end is, the log has said when it was asked', () => {
    const lane = laneAt(0n, 0n)
    noteEnd(lane, { next: 0n, end: 2n, endAtMs: 70, emptiedAtMs: 0 })
    acceptBatch(lane, batchOf({ fetched: 0, offsets: [0, 1, 2], end: 3 }), limits)
    expect(lagOf(lane, true)).toMatchObject({ end: 3n, endAtMs: 70 })
    closeLane(lane)
    expect(lagOf(lane, true)).toMatchObject({ end: null, endAtMs: Number.NEGATIVE_INFINITY })
  })

  test('while brokers do not answer, the end is unknown', () => {
    expect(lagOf(laneAt(5n, 5n), false)).toMatchObject({
      position: 5n,
      end: null,
    })
  })
})
