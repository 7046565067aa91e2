import { describe, expect, test } from 'vitest'
import { snapshotKeyOf } from '../../src/core/snapshot.ts'
import { at, day, hour, minute, second, startMs } from '../support/ask.ts'
import { createDriver } from '../support/driver.ts'

const iso = (ms: number) => new Date(ms).toISOString()

const driverWith = (...events: Parameters<ReturnType<typeof createDriver>['feed']>[0]) => {
  const driver = createDriver()
  driver.feed(events)
  return driver
}

describe('windows', () => {
  const driver = driverWith(at('call.queued', 0), at('call.answered', 4 * second))
  driver.advanceTo(startMs + 3 * hour + 7 * second)

  test('a rolling window ends at as-of floored to 5 s and says where it begins', () => {
    const { window } = driver.snapshot({}, '15m')
    expect(window).toEqual({
      id: '15m',
      kind: 'rolling',
      startAt: iso(startMs + 2.75 * hour + 5 * second),
      endAt: iso(startMs + 3 * hour + 5 * second),
      timeZone: 'UTC',
    })
    expect(driver.snapshot({}, '4h').window.startAt).toBe(iso(startMs - hour))
  })

  test('the whole time has no beginning and ends at as-of', () => {
    const { window, asOf } = driver.snapshot({}, 'total')
    expect([window.startAt, window.endAt]).toEqual([null, asOf])
  })

  test('the current calendar window is the one that contains as-of less a millisecond', () => {
    const other = driverWith(at('call.queued', 0))
    other.advanceTo(startMs + hour)
    expect(other.snapshot({}, 'hour').window.startAt).toBe(iso(startMs))
  })
})

describe('what does not apply', () => {
  const driver = driverWith(at('call.queued', 0))
  driver.advanceTo(startMs + minute)

  test('a flow has no value now, a level has', () => {
    const { metrics } = driver.snapshot({}, 'now')
    expect(metrics.callsOffered).toMatchObject({ value: null, reason: 'not-applicable' })
    expect(metrics.waitingNow?.value).toBe(1)
  })

  test('an age is of now, not of an interval', () => {
    const { metrics } = driver.snapshot({}, 'interval-15m')
    expect(metrics.longestWaitNow).toMatchObject({ value: null, reason: 'not-applicable' })
  })

  test('a metric without configuration says so', () => {
    expect(driver.snapshot({}, 'total').metrics.firstResponseWithinTarget?.reason).toBe('not-configured')
  })

  test('a share needs the dimension it is a share of', () => {
    expect(driver.snapshot({}, 'total').metrics.channelShare?.reason).toBe('not-applicable')
  })
})

describe('scopes', () => {
  test('one that never was is empty, not an error', () => {
    const driver = driverWith()
    driver.advanceTo(startMs)
    const { metrics, worst } = driver.snapshot({ queueId: 'nobody' }, 'total')
    expect(metrics.callsOffered?.value).toBe(0)
    expect(metrics.serviceLevel?.reason).toBe('no-data')
    expect(worst.waiting).toEqual([])
  })

  test('a share divides by the scope without the dimension', () => {
    const driver = driverWith(
      at('call.queued', 0, { callId: 'a', channel: 'voice' }),
      at('call.queued', 0, { callId: 'b', channel: 'voice' }),
      at('ticket.created', 0, { ticketId: 'c', channel: 'email' }),
    )
    driver.advanceTo(startMs + minute)
    expect(driver.snapshot({ channel: 'voice' }, 'total').metrics.channelShare).toMatchObject({
      numerator: 2,
      denominator: 3,
    })
  })

  test('a snapshot is keyed by tenant, scope and window', () => {
    expect(snapshotKeyOf('acme|queueId=billing', '15m')).toBe('acme|queueId=billing|15m')
  })
})

describe('worst lists', () => {
  test('have at most ten, and stand only where as-of is what the window is about', () => {
    const driver = driverWith(
      ...Array.from({ length: 12 }, (_, index) => at('call.queued', index, { callId: `c-${index}` })),
    )
    driver.advanceTo(startMs + minute)
    expect(driver.snapshot({}, 'now').worst.waiting).toHaveLength(10)
    expect(driver.snapshot({}, '15m').worst.waiting).toEqual([])
  })
})

describe('provisional', () => {
  test('first contact is so until the reopen period has passed', () => {
    const message = at('message.sent', second, { author: 'agent', agentId: 'anna' })
    const driver = driverWith(at('ticket.created', 0), message, at('ticket.resolved', minute))
    const closed = () =>
      driver.snapshot({}, 'interval-15m', { containing: startMs }).metrics.firstContactResolution
    driver.advanceTo(startMs + 6 * day)
    expect(closed()).toMatchObject({ value: 1, provisional: true })
    driver.advanceTo(startMs + 7 * day + 15 * minute)
    expect(closed()).not.toHaveProperty('provisional')
  })

  test('a cohort is so while one that was offered in the window still waits, in no other window', () => {
    const driver = driverWith(
      at('call.queued', 0, { callId: 'a' }),
      at('call.queued', 16 * minute, { callId: 'b' }),
      at('call.abandoned', 17 * minute, { callId: 'b' }),
      at('call.queued', 40 * minute, { callId: 'c' }),
    )
    driver.advanceTo(startMs + hour)
    const cohort = (containing: number) =>
      driver.snapshot({}, 'interval-15m', { containing }).metrics.abandonRateCohort
    expect(cohort(startMs)?.provisional).toBe(true)
    expect(cohort(startMs + 16 * minute)).not.toHaveProperty('provisional')
    driver.advanceTo(startMs + 5 * hour)
    expect(cohort(startMs)).not.toHaveProperty('provisional')
  })
})
