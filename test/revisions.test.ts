import { describe, expect, test } from 'vitest'
import { createRevisions } from '../src/revisions.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const unlimited = Number.POSITIVE_INFINITY

const startClock = () => {
  const clock = { nowMs: startMs, now: () => clock.nowMs }
  return clock
}

describe('a revision', () => {
  test('is the clock in µs, and one more than the last where the clock stands still or goes back', () => {
    const clock = startClock()
    const { take } = createRevisions(clock)
    expect([take(unlimited), take(unlimited)]).toEqual([startMs * 1_000, startMs * 1_000 + 1])
    clock.nowMs -= 3_600_000
    expect(take(unlimited)).toBe(startMs * 1_000 + 2)
    clock.nowMs = startMs + 1
    expect(take(unlimited)).toBe(startMs * 1_000 + 1_000)
  })

  test('is never past what a commit reserved: where the clock is, the rest of the range is used up, then nothing', () => {
    const clock = startClock()
    const { take } = createRevisions(clock)
    const limit = startMs * 1_000 + 1
    expect(take(limit)).toBe(startMs * 1_000)
    clock.nowMs += 60_000
    expect([take(limit), take(limit)]).toEqual([limit, undefined])
  })
})

describe('a successor', () => {
  test('begins above all that its predecessor may say, however late that one wakes and however far its clock is ahead', () => {
    for (const aheadMs of [0, 4_000, 3_600_000]) {
      const [former, next] = [startClock(), startClock()]
      former.nowMs += aheadMs
      const zombie = createRevisions(former)
      const reserved = zombie.toReserve()
      const successor = createRevisions(next)
      successor.startAbove(reserved)
      const first = successor.take(unlimited) ?? 0
      former.nowMs += 3_000
      expect(zombie.take(reserved)).toBeLessThan(first)
      former.nowMs += 3_600_000
      expect(zombie.take(reserved)).toBeLessThan(first)
    }
  })

  test('begins five seconds ahead of its clock where nothing says what was reserved: the store was emptied', () => {
    const clock = startClock()
    const zombie = createRevisions(clock)
    const reserved = zombie.toReserve()
    const successor = createRevisions(clock)
    successor.startAbove(0)
    expect(successor.take(unlimited)).toBeGreaterThan(reserved)
  })

  test('reserves room above its last where that lies ahead of the clock', () => {
    const clock = startClock()
    const revisions = createRevisions(clock)
    revisions.startAbove((startMs + 3_600_000) * 1_000)
    const reserved = revisions.toReserve()
    expect(revisions.take(reserved)).toBeGreaterThan((startMs + 3_600_000) * 1_000)
  })
})
