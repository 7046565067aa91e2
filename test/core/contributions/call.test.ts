import { describe, expect, test } from 'vitest'
import { type Contribution, createFactWriter } from '../../../src/core/contribution.ts'
import { contributeCall } from '../../../src/core/contributions/call.ts'
import type { Event } from '../../../src/core/events.ts'
import { defaultPolicy, defaultRules, type Rules } from '../../../src/core/rules.ts'
import { makeEvent } from '../../support/oracle/make-event.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const expiryMs = defaultRules.visitExpiryMs

const at = (type: Event['type'], afterMs: number, own: Readonly<Record<string, unknown>> = {}) =>
  makeEvent(type, startMs + afterMs, own)

const contribute = (events: readonly Event[], rules: Rules = defaultRules) => {
  const writer = createFactWriter(Number.POSITIVE_INFINITY, (dimensions) => dimensions)
  const endMs = contributeCall(events, rules, writer)
  return { endMs, contributions: writer.contributions, spans: writer.spans }
}

type Said = readonly [afterMs: number, value: number, key?: string]

/** What was contributed to a measure: how long after the start, how much, under which key. */
const said = (events: readonly Event[], name: string, rules: Rules = defaultRules): readonly Said[] =>
  contribute(events, rules)
    .contributions.filter(({ measure }) => measure.name === name)
    .map(({ atMs, value, key }) => (key ? [atMs - startMs, value, key] : [atMs - startMs, value]))

const dimensionsOf = (events: readonly Event[], name: string) =>
  contribute(events).contributions.find((one: Contribution) => one.measure.name === name)?.dimensions

describe('visits', () => {
  test('a wait is filed at the exit, under the outcome', () => {
    expect(said([at('call.queued', 0), at('call.answered', 14 * second)], 'waitAnswered')).toEqual([
      [14 * second, 14 * second],
    ])
    expect(said([at('call.queued', 0), at('call.abandoned', 3 * second)], 'waitAbandoned')).toEqual([
      [3 * second, 3 * second],
    ])
    const diverted = [at('call.queued', 0), at('call.diverted', second, { reason: 'overflow' })]
    expect(said(diverted, 'waitDiverted')).toEqual([[second, second]])
    expect(said(diverted, 'divertedBy')).toEqual([[second, 1, 'overflow']])
  })

  test('a visit without an outcome expires and has no wait', () => {
    const events = [at('call.queued', 0)]
    expect(said(events, 'callsExpired')).toEqual([[expiryMs, 1]])
    expect(said(events, 'waiting')).toEqual([
      [0, 1],
      [expiryMs, -1],
    ])
    expect(contribute(events).endMs).toBe(startMs + expiryMs)
  })

  test('an outcome at the expiry comes too late and is an orphan', () => {
    const inTime = [at('call.queued', 0), at('call.abandoned', expiryMs - 1)]
    const tooLate = [at('call.queued', 0), at('call.abandoned', expiryMs)]
    expect(said(inTime, 'callsExpired')).toEqual([])
    expect(said(tooLate, 'callsExpired')).toEqual([[expiryMs, 1]])
    expect(said(tooLate, 'orphans')).toEqual([[expiryMs, 1]])
  })

  test('an outcome closes the latest open visit queued before it', () => {
    const events = [
      at('call.queued', 0, { queueId: 'a' }),
      at('call.queued', 5 * second, { queueId: 'b' }),
      at('call.answered', 9 * second),
    ]
    expect(said(events, 'waitAnswered')).toEqual([[9 * second, 4 * second]])
  })

  test('one queued at the instant of the outcome is closed only where none stood before', () => {
    const both = [at('call.queued', 0), at('call.queued', second), at('call.answered', second)]
    expect(said(both, 'waitAnswered')).toEqual([[second, second]])
    expect(said([at('call.queued', 0), at('call.answered', 0)], 'waitAnswered')).toEqual([[0, 0]])
  })

  test('a named queue or visit decides which visit an outcome closes', () => {
    const queued = [
      at('call.queued', 0, { queueId: 'a', visitId: 'first' }),
      at('call.queued', 5 * second, { queueId: 'b', visitId: 'second' }),
    ]
    const byQueue = [...queued, at('call.abandoned', 9 * second, { queueId: 'a' })]
    const byVisit = [...queued, at('call.abandoned', 9 * second, { visitId: 'first' })]
    const byNone = [...queued, at('call.abandoned', 9 * second, { queueId: 'c' })]
    expect(said(byQueue, 'waitAbandoned')).toEqual([[9 * second, 9 * second]])
    expect(said(byVisit, 'waitAbandoned')).toEqual([[9 * second, 9 * second]])
    expect(said(byNone, 'waitAbandoned')).toEqual([])
    expect(said(byNone, 'orphans')).toEqual([[9 * second, 1]])
  })

  test('a visit queued twice under one visitId is one', () => {
    const events = [at('call.queued', 0, { visitId: 'v' }), at('call.queued', second, { visitId: 'v' })]
    expect(said(events, 'callsOffered')).toEqual([[0, 1]])
  })

  test('only the first visit of a call is a request', () => {
    const events = [
      at('call.queued', 0),
      at('call.diverted', 1, { reason: 'overflow' }),
      at('call.queued', 2),
    ]
    expect(said(events, 'callsOffered')).toHaveLength(2)
    expect(said(events, 'callsFirstOffered')).toEqual([[0, 1]])
    expect(said(events, 'requests')).toEqual([[0, 1]])
  })

  test('the end of a call abandons a visit that nobody answered', () => {
    expect(said([at('call.queued', 0), at('call.ended', 7)], 'waitAbandoned')).toEqual([[7, 7]])
  })

  test('a visit keeps the dimensions it was queued with, and the answer has those and the agent', () => {
    const events = [
      at('call.queued', 0, { queueId: 'billing', channel: 'voice' }),
      at('call.answered', second, { agentId: 'anna', channel: 'chat' }),
    ]
    expect(dimensionsOf(events, 'callsOffered')).toEqual({
      direction: 'inbound',
      queueId: 'billing',
      channel: 'voice',
    })
    expect(dimensionsOf(events, 'waitAnswered')).toMatchObject({ channel: 'voice', agentId: 'anna' })
  })

  test('an abandon as short as the default policy leaves out is counted as such', () => {
    const rules = { ...defaultRules, policies: [{ ...defaultPolicy, shortAbandonMs: 5 * second }] }
    const short = [at('call.queued', 0), at('call.abandoned', 5 * second)]
    const longer = [at('call.queued', 0), at('call.abandoned', 5 * second + 1)]
    expect(said(short, 'shortAbandons', rules)).toEqual([[5 * second, 1]])
    expect(said(short, 'cohortOutcome', rules)).toEqual([[0, 1, 'short']])
    expect(said(longer, 'shortAbandons', rules)).toEqual([])
    expect(said(short, 'shortAbandons')).toEqual([])
  })

  test('the time from creation runs from the first event of the call itself', () => {
    const events = [
      makeEvent('survey.sent', startMs - hour, { callId: 'call', surveyId: 's', kind: 'csat' }),
      at('call.blocked', 0, { reason: 'busy' }),
      at('call.queued', 4 * second),
      at('call.answered', 6 * second),
    ]
    expect(said(events, 'answerFromCreation')).toEqual([[6 * second, 6 * second]])
  })

  test('an answer without a visit is a leg and an orphan', () => {
    const events = [at('call.answered', 0), at('call.ended', minute)]
    expect(said(events, 'orphans')).toEqual([[0, 1]])
    expect(said(events, 'waitAnswered')).toEqual([])
    expect(said(events, 'handle')).toEqual([[minute, minute]])
  })
})

describe('callbacks', () => {
  const diverted = [at('call.queued', 0), at('call.diverted', second, { reason: 'callback' })]

  test('a callback waits until it is called back', () => {
    expect(said([...diverted, at('call.called_back', hour)], 'callbacksWaiting')).toEqual([
      [second, 1],
      [hour, -1],
    ])
  })

  test('a callback nobody serves waits until its visit expires', () => {
    expect(said(diverted, 'callbacksWaiting')).toEqual([
      [second, 1],
      [expiryMs, -1],
    ])
  })
})

describe('legs', () => {
  test('handle time is talk, hold and wrap; without an expected wrap it moves from the end to the wrap', () => {
    const talked = [
      at('call.queued', 0),
      at('call.answered', 0),
      at('call.held', 10 * second),
      at('call.resumed', 15 * second),
      at('call.ended', minute),
    ]
    const wrapped = [...talked, at('call.wrapped', 90 * second)]
    expect(said(talked, 'handle')).toEqual([[minute, minute]])
    expect(said(wrapped, 'handle')).toEqual([[90 * second, 90 * second]])
    expect(said(wrapped, 'talk')).toEqual([[90 * second, 55 * second]])
    expect(said(wrapped, 'hold')).toEqual([[90 * second, 5 * second]])
    expect(said(wrapped, 'wrap')).toEqual([[90 * second, 30 * second]])
  })

  test('an expected wrap files once, at the wrap or when it has not come in time', () => {
    const rules = { ...defaultRules, wrapExpected: true, wrapExpiryMs: 10 * minute }
    const talked = [at('call.answered', 0), at('call.ended', minute)]
    const onTime = [...talked, at('call.wrapped', 11 * minute)]
    const late = [...talked, at('call.wrapped', 11 * minute + 1)]
    expect(said(talked, 'handle', rules)).toEqual([[11 * minute, minute]])
    expect(said(onTime, 'handle', rules)).toEqual([[11 * minute, 11 * minute]])
    expect(said(late, 'handle', rules)).toEqual([[11 * minute, minute]])
  })

  test('a running hold closes at the end of the leg', () => {
    const events = [at('call.answered', 0), at('call.held', 10), at('call.ended', 25)]
    expect(said(events, 'hold')).toEqual([[25, 15]])
    expect(said(events, 'talk')).toEqual([[25, 10]])
  })

  test('a leg counts once as held and once as transferred', () => {
    const events = [
      at('call.answered', 0),
      at('call.held', 1),
      at('call.resumed', 2),
      at('call.held', 3),
      at('call.transferred', 4, { mode: 'consult' }),
      at('call.transferred', 5, { mode: 'blind' }),
    ]
    expect(said(events, 'legsHeld')).toEqual([[1, 1]])
    expect(said(events, 'transferredBy')).toEqual([[4, 1, 'consult']])
  })

  test('a blind transfer ends the leg, a consultation ends it at the next answer', () => {
    const blind = [at('call.answered', 0), at('call.transferred', 5, { mode: 'blind' })]
    const consult = [
      at('call.answered', 0, { agentId: 'anna' }),
      at('call.transferred', 5, { mode: 'consult' }),
      at('call.answered', 9, { agentId: 'ben' }),
    ]
    expect(said(blind, 'handle')).toEqual([[5, 5]])
    expect(said(consult, 'handle')).toEqual([[9, 9]])
  })

  test.each([
    ['blind', {}],
    ['consult', { agentId: 'anna' }],
    ['consult', {}],
  ])(
    'a %s transfer answered at once ends the leg it came from, though the answer sorts first',
    (mode, by) => {
      const events = [
        at('call.answered', 0, { agentId: 'anna' }),
        at('call.answered', 5, { agentId: 'ben' }),
        at('call.transferred', 5, { mode, ...by }),
        at('call.ended', 9),
      ]
      expect(said(events, 'handle')).toEqual([
        [5, 5],
        [9, 4],
      ])
      expect(dimensionsOf(events, 'transferredBy')).toMatchObject({ agentId: 'anna' })
    },
  )

  test('an answer under a legId seen before is a leg all the same: its visit is not lost', () => {
    const events = [
      at('call.queued', 0),
      at('call.answered', 1, { legId: 'x' }),
      at('call.queued', 2),
      at('call.answered', 3, { legId: 'x' }),
    ]
    expect(said(events, 'legsAnswered')).toHaveLength(2)
    expect(said(events, 'waitAnswered')).toEqual([
      [1, 1],
      [3, 1],
    ])
  })

  test('an end that names a leg ends that leg alone', () => {
    const events = [
      at('call.answered', 0, { agentId: 'anna', legId: 'one' }),
      at('call.answered', 1, { agentId: 'ben', legId: 'two' }),
      at('call.ended', 5, { legId: 'one' }),
    ]
    expect(said(events, 'handle')).toEqual([[5, 5]])
    expect(contribute(events).endMs).toBeUndefined()
  })

  test('handle time per call waits for all legs and names no agent', () => {
    const events = [
      at('call.answered', 0, { agentId: 'anna' }),
      at('call.transferred', 10, { mode: 'blind' }),
      at('call.answered', 20, { agentId: 'ben' }),
    ]
    expect(said(events, 'handlePerCall')).toEqual([])
    const ended = [...events, at('call.ended', 50)]
    expect(said(ended, 'handlePerCall')).toEqual([[50, 40]])
    expect(dimensionsOf(ended, 'handlePerCall')?.agentId).toBeUndefined()
  })

  test('a case is handled once, and once by each of its agents', () => {
    const events = [
      at('call.answered', 0, { agentId: 'anna' }),
      at('call.transferred', 1, { mode: 'blind' }),
      at('call.answered', 2, { agentId: 'ben' }),
      at('call.transferred', 3, { mode: 'blind' }),
      at('call.answered', 4, { agentId: 'anna' }),
    ]
    expect(said(events, 'casesHandled')).toEqual([[0, 1]])
    expect(said(events, 'casesHandledByAgent')).toEqual([
      [0, 1],
      [2, 1],
    ])
  })

  test('a call is over at its last event once nobody waits or talks', () => {
    const answered = [at('call.queued', 0), at('call.answered', 1)]
    expect(contribute(answered).endMs).toBeUndefined()
    expect(contribute([...answered, at('call.ended', 2), at('call.wrapped', 9)]).endMs).toBe(startMs + 9)
  })

  test('alerts, declines and refusals are counted as they happen', () => {
    const events = [
      at('call.alerted', 0, { agentId: 'anna' }),
      at('call.declined', 1, { agentId: 'anna' }),
      at('call.blocked', 2, { reason: 'busy' }),
    ]
    expect(said(events, 'alerted')).toEqual([[0, 1]])
    expect(said(events, 'declined')).toEqual([[1, 1]])
    expect(said(events, 'blockedBy')).toEqual([[2, 1, 'busy']])
  })
})
