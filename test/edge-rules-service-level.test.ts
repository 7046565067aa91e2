import { describe, expect, test } from 'vitest'
import { rulesOf } from '../src/config-rules.ts'
import { configSchema } from '../src/config-schema.ts'
import type { Event } from '../src/core/events.ts'
import type { Rules } from '../src/core/rules.ts'
import { ask, at, day, hour, lastCallId, minute, second, visit } from './support/ask.ts'

/** As the configuration says it. */
const configured = (serviceLevel: object): Rules => rulesOf(configSchema.parse({ serviceLevel })).rules
const withPolicy = (own: object): Rules => configured({ default: own })

const level = (events: readonly Event[], rules?: Rules, containingMs?: number) => {
  const asked = containingMs === undefined ? {} : { window: 'interval-15m', containingMs }
  const metric = ask(events, { ...(rules ? { rules } : {}), ...asked }).serviceLevel
  return metric?.value === null ? null : [metric?.numerator, metric?.denominator]
}

describe('the service-level event', () => {
  test.each([
    ['answered', 'call.answered', [1, 1]],
    ['abandoned', 'call.abandoned', [0, 1]],
    ['diverted', 'call.diverted', [0, 1]],
  ] as const)('%s within the threshold: the event is filed there', (_, type, expected) => {
    const queuedMs = 15 * minute - 5 * second
    const events = [
      at('call.queued', queuedMs),
      at(type, queuedMs + 10 * second, type === 'call.diverted' ? { reason: 'timeout' } : {}),
    ]
    expect([level(events, undefined, 0), level(events, undefined, 15 * minute)]).toEqual([null, expected])
  })

  test('exactly one event per visit; what comes later does not change it', () => {
    const waiting = visit(undefined)
    expect(level(waiting)).toEqual([0, 1])
    expect(level([...waiting, at('call.answered', hour, { callId: lastCallId() })])).toEqual([0, 1])
  })

  test('the miss is dated queuedAt + T + 1 ms', () => {
    const queuedAt = (afterMs: number) => [at('call.queued', afterMs)]
    const before = queuedAt(15 * minute - 20 * second - 2)
    const after = queuedAt(15 * minute - 20 * second - 1)
    expect([level(before, undefined, 0), level(before, undefined, 15 * minute)]).toEqual([[0, 1], null])
    expect([level(after, undefined, 0), level(after, undefined, 15 * minute)]).toEqual([null, [0, 1]])
  })

  test('stillWaiting: miss settles at the threshold, ignore judges at the exit', () => {
    const late = [at('call.queued', 14 * minute), at('call.answered', 20 * minute)]
    const ignoring = withPolicy({ stillWaiting: 'ignore' })
    expect([level(late, undefined, 0), level(late, undefined, 15 * minute)]).toEqual([[0, 1], null])
    expect([level(late, ignoring, 0), level(late, ignoring, 15 * minute)]).toEqual([null, [0, 1]])
    expect(level(visit(undefined), ignoring)).toBeNull()
  })

  test('boundary exclusive: exactly T is a miss, dated T', () => {
    const rules = withPolicy({ boundary: 'exclusive' })
    expect(level(visit('call.answered', 20 * second - 1), rules)).toEqual([1, 1])
    expect(level(visit('call.answered', 20 * second), rules)).toEqual([0, 1])
    const queued = [at('call.queued', 15 * minute - 20 * second)]
    expect([level(queued, rules, 0), level(queued, rules, 15 * minute)]).toEqual([null, [0, 1]])
  })
})

describe('a policy', () => {
  test('hit means a hit within the threshold, else a miss', () => {
    const rules = withPolicy({ abandoned: 'hit', diverted: 'hit', stillWaiting: 'ignore' })
    for (const type of ['call.abandoned', 'call.diverted'] as const) {
      expect(level(visit(type, 20 * second), rules)).toEqual([1, 1])
      expect(level(visit(type, 20 * second + 1), rules)).toEqual([0, 1])
    }
  })

  test('shortAbandonMs leaves out up to and including; unset, waits of zero are misses', () => {
    const rules = withPolicy({ shortAbandonMs: 5 * second })
    expect(level(visit('call.abandoned', 5 * second), rules)).toBeNull()
    expect(level(visit('call.abandoned', 5 * second + 1), rules)).toEqual([0, 1])
    expect(level(visit('call.abandoned', 0), withPolicy({ shortAbandonMs: 0 }))).toBeNull()
    expect(level(visit('call.abandoned', 0))).toEqual([0, 1])
  })

  test('shortAbandonMs above the threshold is refused', () => {
    const { mistakes } = rulesOf(
      configSchema.parse({ serviceLevel: { default: { shortAbandonMs: 20_001 } } }),
    )
    expect(mistakes).toEqual(['serviceLevel.default.shortAbandonMs: must not be above thresholdMs (20000)'])
  })

  test('per queue or channel: a threshold and a target of its own', () => {
    const rules = configured({
      default: { target: 0.8 },
      per: [
        { queueId: 'billing', thresholdMs: minute, target: 0.5 },
        { channel: 'chat', thresholdMs: 5 * second },
      ],
    })
    const answered = (own: object) => visit('call.answered', 10 * second, { ...own })
    expect(level(visit('call.answered', minute), rules)).toEqual([1, 1])
    expect(level(answered({ queueId: 'sales', channel: 'chat' }), rules)).toEqual([0, 1])
    expect(level(answered({ queueId: 'sales' }), rules)).toEqual([1, 1])
    const asked = { rules, scope: { queueId: 'billing' } }
    expect(ask(visit('call.answered', second), asked).serviceLevel).toMatchObject({ target: 0.5, met: true })
    expect(ask(visit('call.answered', second), { rules }).serviceLevel?.target).toBe(0.8)
  })

  test('more policies stand beside the default as serviceLevel.<id>', () => {
    const rules = configured({
      policies: {
        chat: { thresholdMs: 60_000, target: 0.9 },
        short: { preset: 'without-short-abandons', shortAbandonMs: 5_000 },
      },
    })
    const metrics = ask([...visit('call.answered', 30 * second), ...visit('call.abandoned', 5 * second)], {
      rules,
    })
    expect(metrics.serviceLevel).toMatchObject({ numerator: 0, denominator: 2, policy: 'default-20s' })
    expect(metrics['serviceLevel.chat']).toEqual({
      value: 0.5,
      unit: 'ratio',
      n: 2,
      numerator: 1,
      denominator: 2,
      policy: 'chat',
      target: 0.9,
      met: false,
    })
    expect(metrics['serviceLevel.short']).toMatchObject({ numerator: 0, denominator: 1, policy: 'short' })
  })
})

describe('clock: call', () => {
  const byCall = withPolicy({ clock: 'call' })
  const overflowed = (...own: readonly Event[]) => [
    at('call.queued', 0, { queueId: 'a' }),
    at('call.diverted', 8 * second, { reason: 'overflow' }),
    at('call.queued', 8 * second, { queueId: 'b' }),
    ...own,
  ]

  test('carries the wait over queues, one event, judged at the first answer', () => {
    const answered = overflowed(at('call.answered', 18 * second))
    expect(level(answered, byCall)).toEqual([1, 1])
    expect(ask(answered, { rules: byCall, scope: { queueId: 'a' } }).serviceLevel?.n).toBe(0)
    expect(ask(answered, { rules: byCall, scope: { queueId: 'b' } }).serviceLevel?.value).toBe(1)
    const transferred = [
      at('call.transferred', minute, { mode: 'blind' }),
      at('call.queued', minute, { queueId: 'c' }),
      at('call.answered', hour),
    ]
    expect(level([...answered, ...transferred], byCall)).toEqual([1, 1])
  })

  test('or at the loss', () => {
    expect(level(overflowed(at('call.abandoned', 18 * second)), byCall)).toEqual([0, 1])
    expect(level(overflowed(at('call.diverted', 18 * second, { reason: 'voicemail' })), byCall)).toEqual([
      0, 1,
    ])
  })

  test('until then it is not in n, and a call that nobody hears of again is a miss when it expires', () => {
    const at30Minutes = { rules: byCall, afterMs: 30 * minute }
    expect(ask(overflowed(), at30Minutes).serviceLevel?.n).toBe(0)
    expect(ask(overflowed(), { rules: byCall, afterMs: day }).serviceLevel).toMatchObject({
      numerator: 0,
      denominator: 1,
    })
    expect(level(overflowed(), withPolicy({ clock: 'call', stillWaiting: 'ignore' }))).toBeNull()
  })
})
