import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { defaultPolicy, defaultRules, type Rules } from '../src/core/rules.ts'
import {
  ask,
  askSnapshot,
  at,
  hour,
  lastCallId,
  minute,
  second,
  startMs,
  times,
  visit,
} from './support/ask.ts'

const shortAbandons: Rules = {
  ...defaultRules,
  policies: [{ ...defaultPolicy, shortAbandonMs: 5 * second }],
}
/** Of the quarter of an hour that holds what lies so long after the start. */
const quarter = (events: readonly Event[], containingMs: number) =>
  ask(events, { window: 'interval-15m', containingMs })

describe('queue visits by outcome', () => {
  test('offered is filed when queued, the others at the instant of the outcome', () => {
    const events = [
      ...visit('call.answered', 20 * minute),
      ...visit('call.abandoned', 20 * minute),
      ...visit('call.diverted', 20 * minute),
    ]
    const counted = ({
      callsOffered,
      callsAnswered,
      callsAbandoned,
      callsDiverted,
    }: ReturnType<typeof ask>) =>
      [callsOffered, callsAnswered, callsAbandoned, callsDiverted].map((metric) => metric?.value)
    expect(counted(quarter(events, 0))).toEqual([3, 0, 0, 0])
    expect(counted(quarter(events, 20 * minute))).toEqual([0, 1, 1, 1])
  })

  test('re-queueing is a new visit', () => {
    const events = [
      ...visit('call.diverted', minute),
      at('call.queued', minute, { callId: lastCallId(), queueId: 'sales' }),
      at('call.answered', 2 * minute, { callId: lastCallId() }),
    ]
    expect(ask(events).callsOffered?.value).toBe(2)
    expect(ask(events, { scope: { queueId: 'billing' } }).callsDiverted?.value).toBe(1)
    expect(ask(events, { scope: { queueId: 'sales' } }).callsAnswered?.value).toBe(1)
  })

  test('a visit without an outcome expires after time.visitExpiryMs, and no longer waits', () => {
    const events = visit(undefined)
    const after = (afterMs: number) => {
      const { callsExpired, waitingNow, reconciliationResidual } = ask(events, { afterMs })
      return [callsExpired, waitingNow, reconciliationResidual].map((metric) => metric?.value)
    }
    expect(after(4 * hour)).toEqual([0, 1, 0])
    expect(after(4 * hour + 1)).toEqual([1, 0, 0])
  })

  test('call.ended closes an unanswered visit as abandoned', () => {
    const metrics = ask(visit('call.ended', 30 * second))
    expect(metrics.callsAbandoned?.value).toBe(1)
    expect(metrics.abandonTime).toMatchObject({ value: 30 * second, n: 1 })
  })

  test.each(['outbound', 'internal'])('%s calls count only under their direction', (direction) => {
    const events = [
      ...visit('call.answered', minute, { direction }),
      at('call.ended', 2 * minute, { callId: lastCallId() }),
    ]
    const ids = ['callsOffered', 'callsAnswered', 'waitTime', 'serviceLevel', 'averageHandleTime'] as const
    const counts = (scope: Readonly<Record<string, string>>) => {
      const metrics = ask(events, { scope })
      return ids.map((id) => metrics[id]?.n)
    }
    expect(counts({})).toEqual([0, 0, 0, 0, 0])
    expect(counts({ queueId: 'billing' })).toEqual([0, 0, 0, 0, 0])
    expect(counts({ direction })).toEqual([1, 1, 1, 1, 1])
  })

  test('diverted and blocked calls stand in parts by reason', () => {
    const events = [
      ...visit('call.diverted', minute),
      ...visit('call.diverted', minute, { reason: 'overflow' }),
      ...visit('call.diverted', minute, { reason: 'overflow' }),
      at('call.blocked', 0, { callId: 'blocked', reason: 'queue-full' }),
    ]
    const { callsDiverted, callsBlocked } = ask(events)
    expect(callsDiverted).toMatchObject({
      value: 3,
      parts: { overflow: { value: 2 }, timeout: { value: 1 } },
    })
    expect(callsBlocked).toMatchObject({ value: 1, parts: { 'queue-full': { value: 1 } } })
    expect(ask(events).callsOffered?.value).toBe(3)
  })
})

describe('waits', () => {
  test('averageSpeedOfAnswer: answered only, zero waits included', () => {
    const events = [
      ...visit('call.answered', 0),
      ...visit('call.answered', 30 * second),
      ...visit('call.abandoned', hour),
    ]
    expect(ask(events).averageSpeedOfAnswer).toMatchObject({ value: 15 * second, n: 2, numerator: 30_000 })
  })

  test('speedOfAnswerFromCreation: from the call’s creation, over all queues, once a call', () => {
    const events = [
      ...visit('call.diverted', 40 * second),
      at('call.queued', 50 * second, { callId: lastCallId(), queueId: 'sales' }),
      at('call.answered', minute, { callId: lastCallId(), agentId: 'anna' }),
      at('call.transferred', 2 * minute, { callId: lastCallId(), mode: 'blind' }),
      at('call.queued', 2 * minute, { callId: lastCallId(), queueId: 'experts' }),
      at('call.answered', 3 * minute, { callId: lastCallId(), agentId: 'ben' }),
    ]
    expect(ask(events).speedOfAnswerFromCreation).toMatchObject({ value: minute, n: 1 })
    expect(ask(events).averageSpeedOfAnswer).toMatchObject({ value: 35 * second, n: 2 })
  })

  test('waitTime: every exit of the queue; abandonTime: abandoned only', () => {
    const events = [
      ...visit('call.answered', 10 * second),
      ...visit('call.abandoned', 20 * second),
      ...visit('call.diverted', 60 * second),
    ]
    expect(ask(events).waitTime).toMatchObject({ value: 30 * second, n: 3 })
    expect(ask(events).abandonTime).toMatchObject({ value: 20 * second, n: 1 })
  })
})

describe('abandons', () => {
  test('short abandons are those up to and including shortAbandonMs; they leave both sides of the rate', () => {
    const events = [
      ...visit('call.abandoned', 5 * second),
      ...visit('call.abandoned', 5 * second + 1),
      ...visit('call.answered', second),
    ]
    const metrics = ask(events, { rules: shortAbandons })
    expect(metrics.shortAbandons?.value).toBe(1)
    expect(metrics.callsAbandoned?.value).toBe(2)
    expect(metrics.abandonRate).toMatchObject({ numerator: 1, denominator: 2 })
    expect(metrics.abandonRateCohort).toMatchObject({ numerator: 1, denominator: 2 })
  })

  test('abandonRateCohort: of those offered in the window, whenever they left', () => {
    const events = [...visit('call.abandoned', 20 * minute), ...visit('call.answered', 20 * minute)]
    expect(quarter(events, 0).abandonRateCohort).toMatchObject({ numerator: 1, denominator: 2 })
    expect(quarter(events, 0).abandonRate?.n).toBe(0)
    expect(quarter(events, 20 * minute).abandonRateCohort?.n).toBe(0)
    expect(quarter(events, 20 * minute).abandonRate).toMatchObject({ numerator: 1, denominator: 2 })
  })
})

describe('blocked and called back', () => {
  test('blockageRate by reason, on the row itself: shares of the same denominator', () => {
    const blocked = (reason: string, count: number) =>
      Array.from({ length: count }, (_, index) =>
        at('call.blocked', 0, { callId: `${reason}-${index}`, reason }),
      )
    const events = [
      ...times(6, () => visit('call.answered', second)),
      ...blocked('busy', 3),
      ...blocked('throttled', 1),
    ]
    expect(ask(events).blockageRate).toEqual({
      value: 0.4,
      unit: 'ratio',
      n: 10,
      numerator: 4,
      denominator: 10,
      parts: {
        busy: { value: 0.3, n: 10, numerator: 3, denominator: 10 },
        throttled: { value: 0.1, n: 10, numerator: 1, denominator: 10 },
      },
    })
  })

  test('callbackRate: diverted to callback / offered', () => {
    const events = [
      ...visit('call.diverted', second, { reason: 'callback' }),
      ...times(2, () => visit('call.diverted', second, { reason: 'overflow' })),
      ...visit('call.answered', second),
    ]
    expect(ask(events).callbackRate).toMatchObject({ value: 0.25, numerator: 1, denominator: 4 })
    const blocked = at('call.blocked', 0, { reason: 'busy' })
    expect(ask([blocked]).callbackRate).toMatchObject({ value: null, reason: 'no-data' })
  })

  test('callbacksWaitingNow: until call.called_back or the visit’s expiry, with worst ids', () => {
    const waiting = visit('call.diverted', minute, { reason: 'callback' })
    const after = (afterMs: number) => askSnapshot(waiting, { window: 'now', afterMs })
    expect(after(4 * hour).metrics.callbacksWaitingNow?.value).toBe(1)
    expect(after(4 * hour).worst.callbacks).toEqual([
      { id: lastCallId(), sinceAt: new Date(startMs + minute).toISOString() },
    ])
    expect(after(4 * hour + 1).metrics.callbacksWaitingNow?.value).toBe(0)
  })
})

test('longestWaitNow: nobody waiting is 0', () => {
  const { longestWaitNow } = ask(visit('call.answered', second), { window: 'now', afterMs: hour })
  expect(longestWaitNow).toEqual({ value: 0, unit: 'ms', n: 0 })
})

describe('reconciliationResidual', () => {
  test('offered less answered, abandoned, diverted, expired and waiting is 0; orphans are counted apart', () => {
    const events = [
      ...visit('call.answered', second),
      ...visit('call.abandoned', second),
      ...visit('call.diverted', second),
      ...visit(undefined),
      at('call.queued', 5 * hour, { callId: 'waiting' }),
      at('call.abandoned', minute, { callId: 'never-queued', queueId: 'billing' }),
    ]
    const { metrics } = askSnapshot(events, { scope: { queueId: 'billing' }, afterMs: 5.5 * hour })
    expect(metrics.reconciliationResidual?.value).toBe(0)
    expect(metrics.callsOffered?.value).toBe(5)
    expect(metrics.waitingNow?.value).toBe(1)
    expect(metrics.orphans?.value).toBe(1)
  })
})
