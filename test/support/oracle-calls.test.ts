import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import {
  defaultOracleConfig,
  defaultOraclePolicy,
  type OracleConfig,
  type OraclePolicy,
  presetPolicy,
} from './oracle/config.ts'
import type { Scope } from './oracle/facts.ts'
import { makeEvent } from './oracle/make-event.ts'
import { createOracle } from './oracle.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const start = Date.parse('2026-03-02T10:00:00Z')

type Asked = {
  readonly config?: Partial<OracleConfig>
  readonly scope?: Scope
  readonly window?: string
  readonly asOf?: number
}

const ask = (events: readonly Event[], asked: Asked = {}) => {
  const { config = {}, scope = {}, window = 'total', asOf = start + 24 * hour } = asked
  const oracle = createOracle(events, { ...defaultOracleConfig, ...config })
  return oracle.snapshot({ tenantId: 'default', scope, window, asOfMs: asOf }).metrics
}

type Exit = 'call.answered' | 'call.abandoned' | 'call.diverted'
const visit = (callId: string, exit: Exit | null, waitMs: number): readonly Event[] => [
  makeEvent('call.queued', start, { callId }),
  ...(exit === null ? [] : [makeEvent(exit, start + waitMs, { callId, reason: 'callback' })]),
]
const visits = (name: string, count: number, exit: Exit | null, waitMs: number): readonly Event[] =>
  Array.from({ length: count }, (_, index) => visit(`${name}-${index}`, exit, waitMs)).flat()

const hourOfCalls = [
  ...visits('answered early', 70, 'call.answered', 20 * second),
  ...visits('answered late', 8, 'call.answered', 21 * second),
  ...visits('abandoned at once', 4, 'call.abandoned', 5 * second),
  ...visits('abandoned early', 6, 'call.abandoned', 6 * second),
  ...visits('abandoned late', 6, 'call.abandoned', 30 * second),
  ...visits('called back', 3, 'call.diverted', 10 * second),
  ...visits('diverted late', 1, 'call.diverted', 40 * second),
  ...visits('waiting', 2, null, 0),
]

describe('the worked hour', () => {
  const presets = [
    ['all-offered', {}, 70, 100],
    ['answered-only', {}, 70, 78],
    ['abandons-as-hits', {}, 80, 97],
    ['without-short-abandons', { shortAbandonMs: 5000 }, 70, 90],
    ['removed-from-queue', {}, 83, 98],
  ] as const
  test.each(presets)('%s', (preset, more, numerator, denominator) => {
    const policies = [presetPolicy(preset, more)]
    const asOf = start + 10 * minute
    const metrics = ask(hourOfCalls, { config: { policies }, asOf })
    expect(metrics[`serviceLevel.${preset}`]).toMatchObject({ numerator, denominator, policy: preset })
  })

  test('a 101st caller who waits 5 s changes nothing', () => {
    const asOf = start + 10 * minute
    const young = makeEvent('call.queued', asOf - 5 * second, { callId: 'young' })
    expect(ask([...hourOfCalls, young], { asOf }).serviceLevel).toMatchObject({
      numerator: 70,
      denominator: 100,
    })
  })
})

describe('service level', () => {
  test('exactly 20.000 s is a hit', () => {
    expect(ask(visit('a', 'call.answered', 20 * second)).serviceLevel).toMatchObject({
      numerator: 1,
      denominator: 1,
    })
  })

  test('exclusive: exactly 20.000 s is a miss, dated there', () => {
    const serviceLevel: OraclePolicy = { ...defaultOraclePolicy, boundary: 'exclusive' }
    const events = visit('a', 'call.answered', 20 * second)
    const missed = { numerator: 0, denominator: 1 }
    expect(ask(events, { config: { serviceLevel } }).serviceLevel).toMatchObject(missed)
    expect(ask(events, { config: { serviceLevel }, asOf: start + 20_000 }).serviceLevel?.value).toBeNull()
  })

  test('the miss is dated queuedAt + T + 1 ms', () => {
    const events = visit('a', null, 0)
    expect(ask(events, { asOf: start + 20_001 }).serviceLevel?.value).toBeNull()
    expect(ask(events, { asOf: start + 20_002 }).serviceLevel).toMatchObject({ numerator: 0, denominator: 1 })
  })

  test('queued 10:14:30, answered 10:16:00: interval 10:00 has 0/1, interval 10:15 null with answered 1', () => {
    const events = [
      makeEvent('call.queued', Date.parse('2026-03-02T10:14:30Z')),
      makeEvent('call.answered', Date.parse('2026-03-02T10:16:00Z')),
    ]
    const window = 'interval-15m'
    const first = ask(events, { window, asOf: Date.parse('2026-03-02T10:15:00Z') })
    const second = ask(events, { window, asOf: Date.parse('2026-03-02T10:30:00Z') })
    expect(first.serviceLevel).toMatchObject({ numerator: 0, denominator: 1 })
    expect(second.serviceLevel?.value).toBeNull()
    expect(second.callsAnswered?.value).toBe(1)
  })

  const overflow = [
    makeEvent('call.queued', start, { queueId: 'A' }),
    makeEvent('call.diverted', start + 15 * second, { reason: 'overflow', queueId: 'A' }),
    makeEvent('call.queued', start + 15 * second, { queueId: 'B' }),
    makeEvent('call.answered', start + 30 * second),
  ]
  test('15 s in A, overflow, 15 s in B, answered: by visit 1/2, by call 0/1', () => {
    const byCall = { ...defaultOraclePolicy, id: 'call', clock: 'call' } as const
    const metrics = ask(overflow, { config: { policies: [byCall] } })
    expect(metrics.serviceLevel).toMatchObject({ numerator: 1, denominator: 2 })
    expect(metrics['serviceLevel.call']).toMatchObject({ numerator: 0, denominator: 1 })
  })

  test('an abandon at 25 s, abandoned ignored: 0/1 where still waiting is a miss, null where it is ignored', () => {
    const ignored = { ...defaultOraclePolicy, abandoned: 'ignore' } as const
    const policies = [{ ...ignored, id: 'ignoring', stillWaiting: 'ignore' } as const]
    const metrics = ask(visit('a', 'call.abandoned', 25 * second), {
      config: { serviceLevel: ignored, policies },
    })
    expect(metrics.serviceLevel).toMatchObject({ numerator: 0, denominator: 1 })
    expect(metrics['serviceLevel.ignoring']).toMatchObject({ value: null, reason: 'no-data' })
  })
})

describe('queue visits', () => {
  test('78 answered, 16 abandoned, 4 of them short, 4 diverted: abandon rate 12/94', () => {
    const events = hourOfCalls.filter((event) => !('callId' in event && event.callId?.startsWith('waiting')))
    const serviceLevel = { ...defaultOraclePolicy, shortAbandonMs: 5000 }
    const metrics = ask(events, { config: { serviceLevel } })
    expect(metrics.abandonRate).toMatchObject({ numerator: 12, denominator: 94 })
    expect(metrics.shortAbandons?.value).toBe(4)
    expect(metrics.callsAbandoned?.value).toBe(16)
  })

  test('the cohort rate is provisional while anyone offered in its window waits, be it alone', () => {
    const cohort = (events: readonly Event[], window = 'total') =>
      ask(events, { window, asOf: start + minute }).abandonRateCohort
    const gone = visit('gone', 'call.abandoned', 5 * second)
    const waiting = visit('waiting', null, 0)
    expect(cohort(waiting)).toMatchObject({ value: null, provisional: true })
    expect(cohort([...gone, ...waiting])).toMatchObject({ value: 1, n: 1, provisional: true })
    expect(cohort(gone)).not.toHaveProperty('provisional')
    expect(cohort([...gone, ...waiting], 'interval-15m')).toHaveProperty('provisional')
    const before = [makeEvent('call.queued', start - minute, { callId: 'before' })]
    expect(cohort([...gone, ...before], 'interval-15m')).not.toHaveProperty('provisional')
  })

  test('nine exits at 30 s and one lost event: waits of 30 s, n 9, and one expired', () => {
    const events = [...visits('a', 9, 'call.answered', 30 * second), ...visit('lost', null, 0)]
    const metrics = ask(events)
    expect(metrics.waitTime).toMatchObject({ value: 30_000, n: 9 })
    expect(metrics.callsExpired?.value).toBe(1)
    expect(metrics.reconciliationResidual?.value).toBe(0)
  })

  test('an average wait: 500 min over 200 answered is 150,000 ms', () => {
    expect(ask(visits('a', 200, 'call.answered', 150 * second)).averageSpeedOfAnswer).toMatchObject({
      value: 150_000,
      numerator: 500 * minute,
    })
  })

  test('the end of a call closes an unanswered visit as abandoned', () => {
    const metrics = ask([makeEvent('call.queued', start), makeEvent('call.ended', start + second)])
    expect(metrics.callsAbandoned?.value).toBe(1)
    expect(metrics.waitingNow?.value).toBe(0)
  })

  test('an outcome at the expiry of its visit comes too late', () => {
    const metrics = ask([makeEvent('call.queued', start), makeEvent('call.answered', start + 4 * hour)])
    expect(metrics.callsExpired?.value).toBe(1)
    expect(metrics.callsAnswered?.value).toBe(0)
  })

  test('100 calls, each transferred once, and 10 blocked: 10/110', () => {
    const calls = Array.from({ length: 100 }, (_, index) => [
      makeEvent('call.queued', start, { callId: `c${index}` }),
      makeEvent('call.diverted', start + second, { callId: `c${index}`, reason: 'transfer' }),
      makeEvent('call.queued', start + second, { callId: `c${index}` }),
    ]).flat()
    const blocked = Array.from({ length: 10 }, (_, index) =>
      makeEvent('call.blocked', start, { callId: `b${index}`, reason: 'busy' }),
    )
    expect(ask([...calls, ...blocked]).blockageRate).toMatchObject({ numerator: 10, denominator: 110 })
  })

  test('outbound calls count only under their direction', () => {
    const events = [makeEvent('call.queued', start, { direction: 'outbound' })]
    expect(ask(events).callsOffered?.value).toBe(0)
    expect(ask(events, { scope: { direction: 'outbound' } }).callsOffered?.value).toBe(1)
  })

  test('who has waited longest is told with the instant since when', () => {
    const metrics = ask([makeEvent('call.queued', start)], { window: 'now', asOf: start + 7 * second })
    expect(metrics.longestWaitNow).toEqual({
      value: 7000,
      unit: 'ms',
      n: 1,
      sinceAt: '2026-03-02T10:00:00.000Z',
    })
  })
})

describe('events as they arrive', () => {
  test('of two payloads under one id the smaller canonical encoding stands, in any order', () => {
    const early = makeEvent('call.answered', start + second, { eventId: 'x' })
    const late = makeEvent('call.answered', start + 2 * second, { eventId: 'x' })
    const queued = makeEvent('call.queued', start)
    for (const events of [
      [queued, early, late, late],
      [late, early, queued],
    ]) {
      expect(ask(events).averageSpeedOfAnswer).toMatchObject({ value: 1000, n: 1 })
    }
  })

  test('a retraction takes its event back', () => {
    const events = [
      makeEvent('call.queued', start, { eventId: 'q' }),
      makeEvent('event.retracted', start + hour, { retracts: 'q', callId: 'call' }),
    ]
    expect(ask(events).callsOffered?.value).toBe(0)
  })

  test('what comes two days after the end of a call does not join it', () => {
    const events = [
      ...visit('call', 'call.abandoned', second),
      makeEvent('call.queued', start + second + 48 * hour + 1, {}),
    ]
    const asOf = start + 100 * hour
    expect(ask(events, { asOf }).requestVolume?.value).toBe(2)
  })
})
