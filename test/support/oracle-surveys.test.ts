import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { defaultOracleConfig } from './oracle/config.ts'
import type { Scope } from './oracle/facts.ts'
import { makeEvent } from './oracle/make-event.ts'
import { createOracle } from './oracle.ts'

const start = Date.parse('2026-03-02T10:00:00Z')
const dayMs = 86_400_000

const ask = (events: readonly Event[], scope: Scope = {}, window = 'total') =>
  createOracle(events, defaultOracleConfig).snapshot({
    tenantId: 'default',
    scope,
    window,
    asOfMs: start + 7 * dayMs,
  }).metrics

type Answer = { readonly kind?: 'csat' | 'nps' | 'ces'; readonly scale?: readonly [number, number] }
let given = 0
const answer = (score: number, { kind = 'csat', scale = [1, 5] }: Answer = {}, own: object = {}): Event => {
  given += 1
  const [scaleMin, scaleMax] = scale
  return makeEvent('survey.answered', start, {
    surveyId: `s${given}`,
    kind,
    score,
    scaleMin,
    scaleMax,
    ...own,
  })
}

describe('csat', () => {
  test.each([
    [4, [1, 5], 1],
    [7, [1, 10], 1],
    [3, [1, 3], 1],
    [2, [1, 2], 1],
    [5, [1, 7], 1],
    [6, [1, 10], 0],
  ] as const)('%i on the scale %j counts %i', (score, scale, positive) => {
    expect(ask([answer(score, { scale })]).csat?.value).toBe(positive)
  })

  test('30 positive of 50: 0.60', () => {
    const answers = Array.from({ length: 50 }, (_, index) => answer(index < 30 ? 5 : 2))
    expect(ask(answers).csat).toMatchObject({ value: 0.6, numerator: 30, denominator: 50 })
  })

  test('a changed answer replaces the old one', () => {
    const first = answer(1)
    const surveyId = 'surveyId' in first ? (first.surveyId ?? '') : ''
    const changed = answer(5, {}, { surveyId, occurredAt: start + 1 })
    expect(ask([first, { ...changed, occurredAt: start + 1 }]).csat).toMatchObject({ value: 1, n: 1 })
  })

  test('Anna solves, Ben takes over, the customer answers: Anna', () => {
    const events = [
      makeEvent('ticket.created', start, { agentId: 'anna' }),
      makeEvent('ticket.resolved', start + 1),
      makeEvent('survey.sent', start + 2, { ticketId: 'ticket', surveyId: 's', kind: 'csat' }),
      makeEvent('ticket.assigned', start + 3, { agentId: 'ben' }),
      { ...answer(5, {}, { ticketId: 'ticket', surveyId: 's' }), occurredAt: start + 4 } as Event,
    ]
    expect(ask(events, { agentId: 'anna' }).csat?.n).toBe(1)
    expect(ask(events, { agentId: 'ben' }).csat?.n).toBe(0)
    expect(ask(events).surveyResponseRate).toMatchObject({ value: 1, provisional: true })
  })

  test('scales are never mixed', () => {
    const metric = ask([answer(4), answer(9, { scale: [0, 10] })]).csatMean
    expect(metric).toMatchObject({ value: null, reason: 'not-applicable', parts: { '1-5': { value: 4 } } })
    expect(ask([answer(4), answer(2)]).csatMean).toMatchObject({
      value: 3,
      n: 2,
      parts: { '1-5:4': { value: 1 } },
    })
  })
})

test('NPS: 70 % promoters, 10 % detractors: 60', () => {
  const answers = Array.from({ length: 10 }, (_, index) =>
    answer(index < 7 ? 9 : index < 9 ? 7 : 6, { kind: 'nps', scale: [0, 10] }),
  )
  const parts = { promoters: { value: 7 }, passives: { value: 2 }, detractors: { value: 1 } }
  expect(ask(answers).nps).toMatchObject({ value: 60, n: 10, parts })
})

test('effort 1–7 inverted [2, 6]: mean 4.0, agree 0.5', () => {
  const effort = { kind: 'ces', scale: [1, 7] } as const
  const metrics = ask([answer(2, effort, { inverted: true }), answer(6, effort, { inverted: true })])
  expect(metrics.ces?.value).toBe(4)
  expect(metrics.cesAgree?.value).toBe(0.5)
})
