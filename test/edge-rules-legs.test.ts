import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { defaultRules } from '../src/core/rules.ts'
import { ask, at, minute, second } from './support/ask.ts'

const talked = [
  at('call.queued', 0),
  at('call.answered', 0, { agentId: 'anna' }),
  at('call.held', minute),
  at('call.resumed', 3 * minute),
  at('call.ended', 10 * minute),
]
const wrapped = [...talked, at('call.wrapped', 20 * minute)]
const expecting = { ...defaultRules, wrapExpected: true, wrapExpiryMs: 15 * minute }

describe('averageHandleTime', () => {
  test('talk + hold + wrap of the agent’s leg, with talkTime, holdTime, wrapTime as its parts', () => {
    const { averageHandleTime, talkTime, holdTime, wrapTime } = ask(wrapped)
    expect([averageHandleTime, talkTime, holdTime, wrapTime].map((metric) => metric?.value)).toEqual([
      20 * minute,
      8 * minute,
      2 * minute,
      10 * minute,
    ])
  })

  const handledIn = (events: typeof talked, containingMs: number, rules = defaultRules) => {
    const metric = ask(events, { rules, window: 'interval-15m', containingMs }).averageHandleTime
    return metric?.value
  }

  test('wrapExpected false: filed at the end, and a wrap that follows refiles it where the wrap is', () => {
    expect([handledIn(talked, 0), handledIn(talked, 15 * minute)]).toEqual([10 * minute, null])
    expect([handledIn(wrapped, 0), handledIn(wrapped, 15 * minute)]).toEqual([null, 20 * minute])
  })

  test('wrapExpected true: once, at the wrap, or at the end + time.wrapExpiryMs', () => {
    expect([handledIn(wrapped, 0, expecting), handledIn(wrapped, 15 * minute, expecting)]).toEqual([
      null,
      20 * minute,
    ])
    expect([handledIn(talked, 0, expecting), handledIn(talked, 15 * minute, expecting)]).toEqual([
      null,
      10 * minute,
    ])
    const tooLate = [...talked, at('call.wrapped', 25 * minute + 1)]
    expect(ask(tooLate, { rules: expecting }).averageHandleTime?.value).toBe(10 * minute)
  })

  test('a running hold closes at the end', () => {
    const held = [at('call.answered', 0), at('call.held', minute), at('call.ended', 5 * minute)]
    const { holdTime, talkTime, averageHandleTime } = ask(held)
    expect([holdTime, talkTime, averageHandleTime].map((metric) => metric?.value)).toEqual([
      4 * minute,
      minute,
      5 * minute,
    ])
  })

  test('a leg that is open has no handle time yet', () => {
    expect(ask(talked.slice(0, 4)).averageHandleTime).toMatchObject({ value: null, n: 0 })
    expect(ask(talked.slice(0, 4)).handleTimePerCall).toMatchObject({ value: null, n: 0 })
  })
})

describe('transfers and holds', () => {
  const leg = (callId: string, ...rest: readonly Event[]): Event[] => [
    at('call.queued', 0, { callId }),
    at('call.answered', second, { callId, agentId: 'anna' }),
    ...rest.map((event) => ({ ...event, callId }) as Event),
  ]
  const events = [
    ...leg('blind', at('call.held', second), at('call.transferred', minute, { mode: 'blind' })),
    ...leg('consult', at('call.held', 10 * second), at('call.transferred', minute, { mode: 'consult' })),
    ...leg('held', at('call.held', second), at('call.resumed', 2 * second), at('call.held', 3 * second)),
    ...leg('plain'),
  ]

  test('transferRate: transferred / answered, blind and consult apart', () => {
    expect(ask(events).transferRate).toEqual({
      value: 0.5,
      unit: 'ratio',
      n: 4,
      numerator: 2,
      denominator: 4,
      parts: {
        blind: { value: 0.25, n: 4, numerator: 1, denominator: 4 },
        consult: { value: 0.25, n: 4, numerator: 1, denominator: 4 },
      },
    })
  })

  test('holdRate: held / answered, a leg held twice counts once', () => {
    expect(ask(events).holdRate).toMatchObject({ value: 0.75, numerator: 3, denominator: 4 })
  })

  test('both also by the leg’s agent', () => {
    const bens = [
      at('call.queued', 0, { callId: 'ben' }),
      at('call.answered', 1, { callId: 'ben', agentId: 'ben' }),
    ]
    const of = (agentId: string) => ask([...events, ...bens], { scope: { agentId } })
    expect(of('anna').transferRate).toMatchObject({ numerator: 2, denominator: 4 })
    expect(of('ben').transferRate).toMatchObject({ value: 0, denominator: 1 })
    expect(of('ben').holdRate).toMatchObject({ value: 0, denominator: 1 })
  })
})

test('declinedRate: declined or not answered by the agent / alerted, also by agent', () => {
  const events = [
    at('call.queued', 0),
    at('call.alerted', second, { agentId: 'anna' }),
    at('call.declined', 5 * second, { agentId: 'anna' }),
    at('call.alerted', 6 * second, { agentId: 'anna' }),
    at('call.declined', 10 * second, { agentId: 'anna' }),
    at('call.alerted', 11 * second, { agentId: 'ben' }),
    at('call.answered', 12 * second, { agentId: 'ben' }),
  ]
  expect(ask(events).declinedRate).toMatchObject({ value: 2 / 3, numerator: 2, denominator: 3 })
  expect(ask(events, { scope: { agentId: 'anna' } }).declinedRate?.value).toBe(1)
  expect(ask(events, { scope: { agentId: 'ben' } }).declinedRate?.value).toBe(0)
})
