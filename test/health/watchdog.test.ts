import { describe, expect, test } from 'vitest'
import { createWatchdog } from '../../src/health/watchdog.ts'
import type { ServiceStatus } from '../../src/ports.ts'
import { madeAtMs, madeOutage, madeShard, madeStatus } from './made-status.ts'

const lagging = madeStatus({
  shards: [madeShard({ lag: [{ topic: 'call-queue', recordCount: 12, queuedCount: 0 }], isCaughtUp: false })],
})

/** Time passes second by second; the loop turns unless told otherwise. */
const watchDog = () => {
  const world = { nowMs: 0, turnedAtMs: 0, isTurning: true, status: lagging }
  const watchdog = createWatchdog({
    status: () => ({ ...world.status, nowMs: madeAtMs + world.nowMs }),
    turnAgeMs: () => world.nowMs - world.turnedAtMs,
    limits: { turnMs: 30_000, noProgressMs: 20_000 },
    now: () => world.nowMs,
  })
  const pass = (seconds: number, status: (second: number) => ServiceStatus = () => world.status) => {
    for (let second = 0; second < seconds; second++) {
      world.nowMs += 1_000
      world.status = status(second)
      if (world.isTurning) world.turnedAtMs = world.nowMs
      watchdog.check()
    }
  }
  return { world, pass }
}

const withOutage = (metAtMs: number): ServiceStatus => ({
  ...lagging,
  outages: [{ ...madeOutage('redis', madeAtMs), metAtMs }],
})

describe('K4: what makes no progress', () => {
  test('ends after the limit while records wait, with one line that names the partition', () => {
    const { pass } = watchDog()
    pass(20)
    expect(() => pass(2)).toThrow(
      /^records wait in partition 3, none was committed for 21 s, and nothing is known to be out: the process ends, so that /,
    )
  })

  test('has a code that nobody tries again', () => {
    const { pass } = watchDog()
    expect(() => pass(60)).toThrow(expect.objectContaining({ code: 'no-progress', retriable: false }))
  })

  test('is not what waits for slower partitions, unless one that does not wait stands too', () => {
    const lag = [{ topic: 'call-queue' as const, recordCount: 12, queuedCount: 0 }]
    const held = madeShard({ lag, isCaughtUp: false, isHeld: true })
    watchDog().pass(200, () => madeStatus({ shards: [held] }))
    const stuck = madeShard({ shard: 5, lag, isCaughtUp: false })
    expect(() => watchDog().pass(30, () => madeStatus({ shards: [held, stuck] }))).toThrow(
      /in partition 5, none/,
    )
  })

  test('is not what commits now and then, nor what has nothing to do, nor what cannot know the end of the log', () => {
    const committing = (second: number) =>
      madeStatus({
        shards: [
          madeShard({
            lag: [{ topic: 'call-queue', recordCount: 12, queuedCount: 0 }],
            offsets: { 'call-queue': BigInt(Math.floor(second / 15)) },
          }),
        ],
      })
    watchDog().pass(200, committing)
    watchDog().pass(200, () => madeStatus())
    watchDog().pass(200, () =>
      madeStatus({ shards: [madeShard({ lag: [{ topic: 'ticket', recordCount: null, queuedCount: 0 }] })] }),
    )
  })

  test('is not what an outage keeps from it, as long as the loop goes on meeting it', () => {
    watchDog().pass(200, (second) => withOutage(madeAtMs + second * 1_000))
    expect(() => watchDog().pass(200, () => withOutage(madeAtMs))).toThrow(/none was committed/)
  })

  test('begins anew when a frozen process wakes', () => {
    const { world, pass } = watchDog()
    pass(15)
    world.nowMs += 600_000
    pass(20)
    expect(() => pass(2)).toThrow(/none was committed/)
  })
})

describe('a loop that does not turn', () => {
  test('ends after its limit, even while an outage is known', () => {
    const { world, pass } = watchDog()
    world.isTurning = false
    const outage = (second: number) => withOutage(madeAtMs + second * 1_000)
    pass(30, outage)
    expect(() => pass(1, (second) => outage(second + 30))).toThrow(/^the loop has made no turn for 31 s: /)
  })

  test('is given its time again when the process was frozen', () => {
    const { world, pass } = watchDog()
    world.isTurning = false
    world.status = madeStatus()
    world.nowMs += 600_000
    pass(30, () => madeStatus())
    expect(() => pass(2, () => madeStatus())).toThrow(/no turn/)
  })
})
