import { describe, expect, test } from 'vitest'
import { defaultPolicy, defaultRules, policyPresets, type Rules } from '../src/core/rules.ts'
import { ask, at, hour, lastCallId, minute, second, startMs, times, visit } from './support/ask.ts'
import { createDriver } from './support/driver.ts'

const withPolicy = (own: Partial<typeof defaultPolicy>): Rules => ({
  ...defaultRules,
  policies: [{ ...defaultPolicy, ...own }],
})

describe('calls', () => {
  test('nine exits at 30 s and one lost event: wait time 30 s, n = 9', () => {
    const events = [...times(9, () => visit('call.answered', 30 * second)), ...visit(undefined)]
    expect(ask(events).waitTime).toMatchObject({ value: 30_000, n: 9 })
    expect(ask(events).callsExpired?.value).toBe(1)
  })

  test('78 answered, 16 abandoned (4 short), 4 diverted: abandon rate 12/94', () => {
    const events = [
      ...times(78, () => visit('call.answered', 10 * second)),
      ...times(12, () => visit('call.abandoned', 30 * second)),
      ...times(4, () => visit('call.abandoned', 5 * second)),
      ...times(4, () => visit('call.diverted', 30 * second)),
    ]
    const metrics = ask(events, { rules: withPolicy({ shortAbandonMs: 5 * second }) })
    expect(metrics.abandonRate).toMatchObject({ numerator: 12, denominator: 94 })
    expect(metrics.shortAbandons?.value).toBe(4)
    expect(ask(events).abandonRate).toMatchObject({ numerator: 16, denominator: 98 })
  })

  test('average wait: 500 min over 200 answered is 150,000 ms', () => {
    const events = times(200, () => visit('call.answered', 150 * second))
    expect(ask(events).averageSpeedOfAnswer).toMatchObject({ value: 150_000, n: 200, numerator: 30_000_000 })
  })

  test('100 calls each transferred once, 10 blocked: blockage rate 10/110', () => {
    const events = [
      ...times(100, () => [
        ...visit('call.diverted', second),
        at('call.queued', second, { callId: lastCallId(), queueId: 'sales' }),
      ]),
      ...Array.from({ length: 10 }, (_, index) =>
        at('call.blocked', 0, { callId: `blocked-${index}`, reason: 'busy' }),
      ),
    ]
    expect(ask(events).blockageRate).toMatchObject({ numerator: 10, denominator: 110 })
  })

  test('legs of 120 + 30 s and 180 + 60 s: 195 s a leg, 390 s a call', () => {
    const events = [
      at('call.queued', 0),
      at('call.answered', 0, { agentId: 'anna' }),
      at('call.transferred', 120 * second, { mode: 'blind', agentId: 'anna' }),
      at('call.wrapped', 150 * second, { agentId: 'anna' }),
      at('call.answered', 120 * second, { agentId: 'ben' }),
      at('call.ended', 300 * second),
      at('call.wrapped', 360 * second, { agentId: 'ben' }),
    ]
    expect(ask(events).averageHandleTime).toMatchObject({ value: 195_000, n: 2 })
    expect(ask(events).handleTimePerCall).toMatchObject({ value: 390_000, n: 1 })
  })

  test('abandon rate by cohort is provisional until all have left', () => {
    const events = [...visit('call.abandoned', 30 * second), ...visit('call.answered', 2 * hour)]
    const early = ask([...visit('call.abandoned', 30 * second), ...visit(undefined)], { afterMs: hour })
    expect(early.abandonRateCohort).toMatchObject({ provisional: true, numerator: 1 })
    expect(ask(events).abandonRateCohort).not.toHaveProperty('provisional')
  })

  test('a call is outbound only under its direction', () => {
    const events = [
      ...visit('call.answered', second, { direction: 'outbound' }),
      ...visit('call.answered', 1),
    ]
    expect(ask(events).callsAnswered?.value).toBe(1)
    expect(ask(events, { scope: { direction: 'outbound' } }).callsAnswered?.value).toBe(1)
  })

  test('a missed call belongs to no agent', () => {
    const metrics = ask(visit('call.abandoned', second), { scope: { agentId: 'anna' } })
    expect(metrics.callsAbandoned).toMatchObject({ value: null, reason: 'not-applicable' })
  })
})

describe('waiting now', () => {
  const waiting = [
    at('call.queued', 0, { callId: 'first' }),
    at('call.queued', 40 * second, { callId: 'second' }),
  ]

  test('the longest wait is as-of less the earliest queued, and says since when', () => {
    const metrics = ask(waiting, { window: 'now', afterMs: minute })
    expect(metrics.waitingNow?.value).toBe(2)
    expect(metrics.longestWaitNow).toMatchObject({
      value: 60_000,
      n: 2,
      sinceAt: new Date(startMs).toISOString(),
    })
  })

  test('the worst are listed by id, the longest waiting first', () => {
    const driver = createDriver()
    driver.feed(waiting)
    driver.advanceTo(startMs + minute)
    expect(driver.snapshot({}, 'now').worst.waiting).toEqual([
      { id: 'first', sinceAt: new Date(startMs).toISOString() },
      { id: 'second', sinceAt: new Date(startMs + 40 * second).toISOString() },
    ])
  })

  test('a crash between commits changes no number', () => {
    const driver = createDriver()
    driver.feed(waiting)
    driver.advanceTo(startMs + minute)
    const before = driver.snapshot({}, 'total')
    driver.crash()
    expect(driver.snapshot({}, 'total')).toEqual(before)
    driver.feed([at('call.answered', 70 * second, { callId: 'first' })])
    driver.crash()
    driver.advanceTo(startMs + 2 * minute)
    expect(driver.snapshot({}, 'total').metrics.waitingNow?.value).toBe(1)
  })

  test('callbacks wait apart until they are called back', () => {
    const diverted = [
      ...visit(undefined),
      at('call.diverted', second, { callId: lastCallId(), reason: 'callback' }),
    ]
    const now = { window: 'now', afterMs: hour }
    expect(ask(diverted, now).callbacksWaitingNow?.value).toBe(1)
    expect(ask(diverted, now).waitingNow?.value).toBe(0)
    const served = [...diverted, at('call.called_back', minute, { callId: lastCallId() })]
    expect(ask(served, now).callbacksWaitingNow?.value).toBe(0)
  })
})

describe('service level', () => {
  test('queued 10:14:30, answered 10:16:00: interval 10:00 has 0/1, interval 10:15 null with one answered', () => {
    const driver = createDriver()
    driver.feed([at('call.queued', 14.5 * minute), at('call.answered', 16 * minute)])
    driver.advanceTo(startMs + hour)
    const first = driver.snapshot({}, 'interval-15m', { containing: startMs }).metrics
    const second = driver.snapshot({}, 'interval-15m', { containing: startMs + 15 * minute }).metrics
    expect(first.serviceLevel).toMatchObject({ value: 0, numerator: 0, denominator: 1 })
    expect(second.serviceLevel).toMatchObject({ value: null, reason: 'no-data' })
    expect(second.callsAnswered?.value).toBe(1)
  })

  test('an answer at exactly 20.000 s is a hit, a millisecond more a miss', () => {
    expect(ask(visit('call.answered', 20 * second)).serviceLevel?.value).toBe(1)
    expect(ask(visit('call.answered', 20 * second + 1)).serviceLevel?.value).toBe(0)
  })

  test('visits younger than the threshold are not in n', () => {
    expect(ask(visit(undefined), { afterMs: 20 * second }).serviceLevel?.n).toBe(0)
    expect(ask(visit(undefined), { afterMs: 20 * second + 1 }).serviceLevel?.n).toBe(0)
    expect(ask(visit(undefined), { afterMs: 20 * second + 2 }).serviceLevel?.n).toBe(1)
  })

  test('abandoned at 25 s and ignored: 0/1 where still waiting is a miss, null where it is ignored', () => {
    const events = visit('call.abandoned', 25 * second)
    const miss = ask(events, { rules: withPolicy({ abandoned: 'ignore' }) })
    expect(miss.serviceLevel).toMatchObject({ numerator: 0, denominator: 1 })
    const ignore = ask(events, { rules: withPolicy({ abandoned: 'ignore', stillWaiting: 'ignore' }) })
    expect(ignore.serviceLevel?.value).toBeNull()
  })

  test('15 s in A, overflow, 15 s in B, answered: by visit 1/2, by call 0/1', () => {
    const events = [
      at('call.queued', 0, { queueId: 'a' }),
      at('call.diverted', 15 * second, { reason: 'overflow' }),
      at('call.queued', 15 * second, { queueId: 'b' }),
      at('call.answered', 30 * second),
    ]
    expect(ask(events).serviceLevel).toMatchObject({ numerator: 1, denominator: 2 })
    expect(ask(events, { scope: { queueId: 'a' } }).serviceLevel?.value).toBe(0)
    expect(ask(events, { scope: { queueId: 'b' } }).serviceLevel?.value).toBe(1)
    const byCall = ask(events, { rules: withPolicy({ clock: 'call' }) })
    expect(byCall.serviceLevel).toMatchObject({ numerator: 0, denominator: 1 })
  })

  const presetRules = (shortAbandonMs: number): Rules => ({
    ...defaultRules,
    policies: Object.entries(policyPresets).map(([id, preset]) => ({
      ...defaultPolicy,
      ...preset,
      ...(id === 'without-short-abandons' ? { shortAbandonMs } : {}),
      id,
      metricId: `serviceLevel.${id}`,
    })),
  })
  const workedHour = [
    ...times(70, () => visit('call.answered', 15 * second)),
    ...times(8, () => visit('call.answered', 40 * second)),
    ...times(4, () => visit('call.abandoned', 5 * second)),
    ...times(6, () => visit('call.abandoned', 15 * second)),
    ...times(6, () => visit('call.abandoned', 40 * second)),
    ...times(3, () => visit('call.diverted', 15 * second)),
    ...visit('call.diverted', 40 * second),
    ...times(2, () => visit(undefined)),
  ]

  test.each([
    ['all-offered', 70, 100],
    ['answered-only', 70, 78],
    ['without-short-abandons', 70, 90],
    ['abandons-as-hits', 80, 97],
    ['removed-from-queue', 83, 98],
  ])('the worked hour by %s is %d/%d', (id, numerator, denominator) => {
    const asked = { rules: presetRules(5 * second), afterMs: hour }
    expect(ask(workedHour, asked)[`serviceLevel.${id}`]).toMatchObject({ numerator, denominator })
  })

  test('a 101st visit that waits 5 s changes nothing', () => {
    const young = at('call.queued', hour - 5 * second, { callId: 'young' })
    const asked = { rules: presetRules(5 * second), afterMs: hour }
    expect(ask([...workedHour, young], asked)['serviceLevel.all-offered']).toMatchObject({
      numerator: 70,
      denominator: 100,
    })
  })

  test('policy, target and whether it was met stand in the value', () => {
    const metrics = ask(visit('call.answered', second), { rules: withPolicy({ target: 0.8 }) })
    expect(metrics.serviceLevel).toMatchObject({ policy: 'default-20s', target: 0.8, met: true })
    const empty = ask([at('call.blocked', 0, { reason: 'busy' })]).serviceLevel
    expect(empty).toMatchObject({ value: null, reason: 'no-data' })
  })
})
