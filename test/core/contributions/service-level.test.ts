import { describe, expect, test } from 'vitest'
import { createFactWriter } from '../../../src/core/contribution.ts'
import { readCall } from '../../../src/core/contributions/call-model.ts'
import { contributeServiceLevel } from '../../../src/core/contributions/service-level.ts'
import type { Event } from '../../../src/core/events.ts'
import { defaultPolicy, defaultRules, type ServiceLevelPolicy } from '../../../src/core/rules.ts'
import { makeEvent } from '../../support/oracle/make-event.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const second = 1_000
const thresholdMs = defaultPolicy.thresholdMs
const expiryMs = defaultRules.visitExpiryMs

const at = (type: Event['type'], afterMs: number, own: Readonly<Record<string, unknown>> = {}) =>
  makeEvent(type, startMs + afterMs, own)

/** The service-level events under a policy: how long after the start, met or missed, in which queue. */
const judge = (events: readonly Event[], policy: Partial<ServiceLevelPolicy> = {}) => {
  const writer = createFactWriter(Number.POSITIVE_INFINITY, (dimensions) => dimensions)
  const rules = { ...defaultRules, policies: [{ ...defaultPolicy, ...policy }] }
  contributeServiceLevel(readCall(events, rules), rules, writer)
  return writer.contributions.map(({ atMs, measure, dimensions }) => [
    atMs - startMs,
    measure.name === 'serviceLevelMet' ? 'met' : 'missed',
    dimensions.queueId,
  ])
}

const visit = (outcome: Event['type'] | undefined, waitMs: number) => [
  at('call.queued', 0),
  ...(outcome ? [at(outcome, waitMs, outcome === 'call.diverted' ? { reason: 'overflow' } : {})] : []),
]

describe('by visit', () => {
  test('an answer at exactly the threshold is met', () => {
    expect(judge(visit('call.answered', thresholdMs))).toEqual([[thresholdMs, 'met', 'billing']])
  })

  test('an answer a millisecond later is a miss, dated where the threshold passed', () => {
    expect(judge(visit('call.answered', thresholdMs + 1))).toEqual([[thresholdMs + 1, 'missed', 'billing']])
    expect(judge(visit('call.answered', 90 * second))).toEqual([[thresholdMs + 1, 'missed', 'billing']])
  })

  test('where the boundary is exclusive the threshold itself is a miss', () => {
    const exclusive = { boundary: 'exclusive' } as const
    expect(judge(visit('call.answered', thresholdMs), exclusive)).toEqual([
      [thresholdMs, 'missed', 'billing'],
    ])
    expect(judge(visit('call.answered', thresholdMs - 1), exclusive)).toEqual([
      [thresholdMs - 1, 'met', 'billing'],
    ])
  })

  test('a caller who is still waiting past the threshold is a miss', () => {
    expect(judge(visit(undefined, 0))).toEqual([[thresholdMs + 1, 'missed', 'billing']])
  })

  test('where still waiting is ignored a late answer is a miss at the answer, and an expired visit is nothing', () => {
    const ignoring = { stillWaiting: 'ignore' } as const
    expect(judge(visit('call.answered', 90 * second), ignoring)).toEqual([[90 * second, 'missed', 'billing']])
    expect(judge(visit(undefined, 0), ignoring)).toEqual([])
  })

  test.each(['abandoned', 'diverted'] as const)('%s counts as the policy says', (outcome) => {
    const events = visit(`call.${outcome}`, 5 * second)
    expect(judge(events, { [outcome]: 'hit' })).toEqual([[5 * second, 'met', 'billing']])
    expect(judge(events, { [outcome]: 'miss' })).toEqual([[5 * second, 'missed', 'billing']])
    expect(judge(events, { [outcome]: 'ignore' })).toEqual([])
  })

  test('a hit past the threshold is a miss', () => {
    const policy = { abandoned: 'hit', stillWaiting: 'ignore' } as const
    expect(judge(visit('call.abandoned', 25 * second), policy)).toEqual([[25 * second, 'missed', 'billing']])
  })

  test('an abandon as short as shortAbandonMs is left out, up to and including', () => {
    const policy = { shortAbandonMs: 5 * second }
    expect(judge(visit('call.abandoned', 5 * second), policy)).toEqual([])
    expect(judge(visit('call.abandoned', 5 * second + 1), policy)).toHaveLength(1)
    expect(judge(visit('call.abandoned', 0), { shortAbandonMs: 0 })).toEqual([])
    expect(judge(visit('call.abandoned', 0))).toHaveLength(1)
  })

  test('an abandon as short as that is left out also where the threshold itself is a miss already', () => {
    const policy = { shortAbandonMs: thresholdMs, boundary: 'exclusive' } as const
    expect(judge(visit('call.abandoned', thresholdMs), policy)).toEqual([])
    expect(judge(visit('call.abandoned', thresholdMs + 1), policy)).toEqual([
      [thresholdMs, 'missed', 'billing'],
    ])
  })

  test('a queue with a threshold of its own is judged by it', () => {
    const per = [{ queueId: 'billing', thresholdMs: 60 * second }]
    expect(judge(visit('call.answered', 60 * second), { per })).toEqual([[60 * second, 'met', 'billing']])
    const sales = [at('call.queued', 0, { queueId: 'sales' }), at('call.answered', 60 * second)]
    expect(judge(sales, { per })).toEqual([[thresholdMs + 1, 'missed', 'sales']])
  })
})

describe('by call', () => {
  const byCall = { clock: 'call' } as const
  const overflowed = [
    at('call.queued', 0, { queueId: 'a' }),
    at('call.diverted', 15 * second, { reason: 'overflow' }),
    at('call.queued', 15 * second, { queueId: 'b' }),
  ]

  test('the wait is carried over queues and judged once, at the answer', () => {
    const events = [...overflowed, at('call.answered', 30 * second)]
    expect(judge(events, byCall)).toEqual([[30 * second, 'missed', 'b']])
    expect(judge(events)).toEqual([
      [15 * second, 'missed', 'a'],
      [30 * second, 'met', 'b'],
    ])
  })

  test('time between two queues is no wait', () => {
    const events = [
      at('call.queued', 0, { queueId: 'a' }),
      at('call.diverted', 5 * second, { reason: 'transfer' }),
      at('call.queued', 600 * second, { queueId: 'b' }),
      at('call.answered', 610 * second),
    ]
    expect(judge(events, byCall)).toEqual([[610 * second, 'met', 'b']])
  })

  test('the loss is judged where it comes, an expiry as a miss unless it is ignored', () => {
    expect(judge([...overflowed, at('call.abandoned', 18 * second)], byCall)).toEqual([
      [18 * second, 'missed', 'b'],
    ])
    expect(judge(overflowed, byCall)).toEqual([[15 * second + expiryMs, 'missed', 'b']])
    expect(judge(overflowed, { ...byCall, stillWaiting: 'ignore' })).toEqual([])
  })

  test('of visits that overlap the earliest answer or abandonment decides, whichever was queued first', () => {
    const events = [
      at('call.queued', 0, { queueId: 'a', visitId: 'slow' }),
      at('call.queued', 2 * second, { queueId: 'b', visitId: 'quick' }),
      at('call.answered', 4 * second, { visitId: 'quick', agentId: 'anna' }),
      at('call.abandoned', 9 * second, { visitId: 'slow' }),
    ]
    expect(judge(events, byCall)).toEqual([[4 * second, 'met', 'b']])
  })

  test('a call that was only diverted is judged at its last way out', () => {
    expect(judge(overflowed.slice(0, 2), { ...byCall, diverted: 'hit' })).toEqual([[15 * second, 'met', 'a']])
  })
})
