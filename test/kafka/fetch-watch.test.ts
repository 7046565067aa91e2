import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFetchWatch } from '../../src/kafka/fetch-watch.ts'
import { createWakeUp } from '../../src/kafka/wake-up.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('K4, K13: the age of fetches', () => {
  test('grows while no broker answers, though fetches end', () => {
    const watch = createFetchWatch(1_000)
    for (let second = 0; second < 7; second += 1) {
      watch.fetchStarted('1')
      vi.advanceTimersByTime(1000)
      watch.fetchEnded('1')
    }
    expect(watch.ageMs()).toBe(7000)
    watch.answered()
    expect(watch.ageMs()).toBe(0)
  })

  test('of what is under way is that of the fetch alone, however long no fetch is made', () => {
    const watch = createFetchWatch(1_000)
    vi.advanceTimersByTime(60_000)
    expect(watch.underWayMs()).toBe(0)
    watch.fetchStarted('1')
    vi.advanceTimersByTime(7_000)
    watch.fetchStarted('2')
    expect(watch.underWayMs()).toBe(7_000)
    watch.fetchEnded('1')
    expect(watch.underWayMs()).toBe(0)
  })

  test('is that of one broker’s hung fetch while another answers', () => {
    const watch = createFetchWatch(1_000)
    watch.fetchStarted('1')
    vi.advanceTimersByTime(60_000)
    watch.fetchStarted('2')
    watch.fetchEnded('2')
    watch.answered()
    expect(watch.ageMs()).toBe(60_000)
  })

  test('leaves out brokers that are gone, and times in which nothing is asked for', () => {
    const watch = createFetchWatch(1_000)
    watch.fetchStarted('1')
    vi.advanceTimersByTime(60_000)
    watch.rest()
    watch.keepOnly(['2', '3'])
    expect(watch.ageMs()).toBe(0)
  })
})

describe('what brokers had to bring', () => {
  const cycleOf = (watch: ReturnType<typeof createFetchWatch>, nodeId: string, bytes: number) => {
    const startedAtMs = performance.now()
    watch.fetchStarted(nodeId)
    vi.advanceTimersByTime(100)
    watch.fetchEnded(nodeId)
    watch.queued(bytes)
    return startedAtMs
  }

  test('is known when a broker is asked again: until then what it brought may not be queued', () => {
    const watch = createFetchWatch(1_000)
    expect(watch.emptiedAtMs()).toBe(Number.NEGATIVE_INFINITY)
    const startedAtMs = cycleOf(watch, '1', 0)
    expect(watch.emptiedAtMs()).toBe(Number.NEGATIVE_INFINITY)
    watch.fetchStarted('1')
    expect(watch.emptiedAtMs()).toBe(startedAtMs)
  })

  test('an answer that was full, or never came, says nothing of what it left out', () => {
    const watch = createFetchWatch(1_000)
    const startedAtMs = cycleOf(watch, '1', 499)
    cycleOf(watch, '1', 500)
    watch.fetchStarted('1')
    expect(watch.emptiedAtMs()).toBe(startedAtMs)
    vi.advanceTimersByTime(100)
    watch.fetchStarted('1')
    expect(watch.emptiedAtMs()).toBe(startedAtMs)
  })

  test('is asked for anew when a broker is gone: another may lead what it led', () => {
    const watch = createFetchWatch(1_000)
    cycleOf(watch, '1', 0)
    cycleOf(watch, '2', 0)
    watch.fetchStarted('1')
    watch.fetchStarted('2')
    watch.keepOnly(['1'])
    expect(watch.emptiedAtMs()).toBe(Number.NEGATIVE_INFINITY)
    watch.fetchEnded('1')
    watch.fetchStarted('1')
    expect(watch.emptiedAtMs()).toBe(Number.NEGATIVE_INFINITY)
    const startedAtMs = performance.now()
    vi.advanceTimersByTime(100)
    watch.fetchEnded('1')
    watch.fetchStarted('1')
    expect(watch.emptiedAtMs()).toBe(startedAtMs)
  })

  test('is that of the broker that is furthest behind; a new assignment begins anew', () => {
    const watch = createFetchWatch(1_000)
    const startedAtMs = cycleOf(watch, '1', 0)
    cycleOf(watch, '2', 0)
    watch.fetchStarted('1')
    expect(watch.emptiedAtMs()).toBe(Number.NEGATIVE_INFINITY)
    watch.fetchStarted('2')
    expect(watch.emptiedAtMs()).toBe(startedAtMs)
    watch.keepOnly([])
    expect(watch.emptiedAtMs()).toBe(Number.NEGATIVE_INFINITY)
  })
})

describe('waking up', () => {
  test('what happens between two sleeps ends the next one at once', async () => {
    const wakeUp = createWakeUp()
    wakeUp.wake()
    await wakeUp.sleep(10_000)
    let ended = false
    const sleeping = wakeUp.sleep(10_000).then(() => {
      ended = true
    })
    await vi.advanceTimersByTimeAsync(9999)
    expect(ended).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await sleeping
  })

  test('all who sleep are woken', async () => {
    const wakeUp = createWakeUp()
    const sleeping = [wakeUp.sleep(10_000), wakeUp.sleep(20_000)]
    wakeUp.wake()
    await expect(Promise.all(sleeping)).resolves.toHaveLength(2)
  })
})
