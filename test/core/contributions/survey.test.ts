import { describe, expect, test } from 'vitest'
import { measures as m } from '../../../src/core/measures.ts'
import { fileFacts, type Own, on } from './filed-facts.ts'

let given = 0
const answer = (score: number, [scaleMin, scaleMax]: readonly [number, number], own: Own = {}) => {
  given += 1
  const fields = { ticketId: undefined, surveyId: `s${given}`, kind: 'csat', score, scaleMin, scaleMax }
  return on('survey.answered', 100, { ...fields, ...own })
}

describe('csat', () => {
  test.each([
    [4, [1, 5], 1],
    [7, [1, 10], 1],
    [3, [1, 3], 1],
    [2, [1, 2], 1],
    [5, [1, 7], 1],
    [6, [1, 10], 0],
    [3, [1, 5], 0],
  ] as const)('%i on the scale %j counts %i', (score, scale, positive) => {
    expect(fileFacts([answer(score, scale)]).total(m.csatPositive)).toBe(positive)
  })

  test('30 positive of 50', () => {
    const answers = Array.from({ length: 50 }, (_, index) => answer(index < 30 ? 5 : 2, [1, 5]))
    const facts = fileFacts(answers)
    expect([facts.total(m.csatPositive), facts.total(m.csatScores)]).toEqual([30, 50])
  })

  test('an inverted score is judged after turning it within its scale', () => {
    const facts = fileFacts([answer(2, [1, 5], { inverted: true })])
    expect(facts.keys(m.csatScores)).toEqual(['1-5-inverted:2'])
    expect(facts.total(m.csatPositive)).toBe(1)
  })

  test('a changed answer replaces the old one, at its own instant', () => {
    const own = { surveyId: 's' }
    const facts = fileFacts([answer(1, [1, 5], own), answer(5, [1, 5], { ...own, occurredAt: 200 })])
    expect(facts.keys(m.csatScores)).toEqual(['1-5:5'])
    expect(facts.instants(m.csatScores)).toEqual([200])
  })

  test('what counts as positive is configurable', () => {
    const rules = { csatPositive: { numerator: 1, denominator: 1 } }
    expect(fileFacts([answer(4, [1, 5])], { rules }).total(m.csatPositive)).toBe(0)
  })
})

describe('whose survey it is', () => {
  const sent = { surveyId: 's', kind: 'csat' }

  test('Anna solves, Ben takes over, customer answers → Anna', () => {
    const facts = fileFacts([
      on('ticket.created', 1, { agentId: 'anna', queueId: 'billing' }),
      on('ticket.resolved', 2),
      on('survey.sent', 3, sent),
      on('ticket.assigned', 4, { agentId: 'ben', queueId: 'sales' }),
      answer(5, [1, 5], { ...sent, ticketId: 't' }),
    ])
    expect(facts.dimensions(m.csatScores)).toEqual([{ queueId: 'billing', agentId: 'anna' }])
    expect([facts.instants(m.surveysSent), facts.instants(m.surveysSentAnswered)]).toEqual([[3], [3]])
  })

  test('an answer that overtook its sending has the dimensions of the sending', () => {
    const facts = fileFacts([
      answer(5, [1, 5], { ...sent, ticketId: 't', occurredAt: 3 }),
      on('survey.sent', 4, { ...sent, teamId: 'front' }),
    ])
    expect(facts.dimensions(m.csatScores)).toEqual([{ teamId: 'front' }])
  })

  test('a call’s survey is its last leg’s agent’s', () => {
    const call = { ticketId: undefined, callId: 'c' }
    const facts = fileFacts([
      on('call.queued', 1, { ...call, queueId: 'q' }),
      on('call.answered', 2, { ...call, agentId: 'anna' }),
      on('call.answered', 3, { ...call, agentId: 'ben' }),
      on('survey.sent', 4, { ...call, ...sent }),
    ])
    expect(facts.dimensions(m.surveysSent)).toMatchObject([{ queueId: 'q', agentId: 'ben' }])
    expect(facts.total(m.callsOffered)).toBe(1)
  })

  test('a call of which only the survey is known is inbound, as any call nothing else is said of', () => {
    const facts = fileFacts([answer(5, [1, 5], { callId: 'c' })])
    expect(facts.dimensions(m.csatScores)).toEqual([{ direction: 'inbound' }])
  })

  test('an answer to what was never sent counts, but not in the response rate', () => {
    const facts = fileFacts([answer(5, [1, 5], { queueId: 'q' })])
    expect(facts.dimensions(m.csatScores)).toEqual([{ queueId: 'q' }])
    expect([facts.total(m.surveysSent), facts.total(m.surveysSentAnswered)]).toEqual([0, 0])
  })
})

test('NPS: 70 % promoters, 10 % detractors are counted score by score', () => {
  const scores = [9, 9, 9, 10, 10, 10, 10, 7, 8, 6]
  const facts = fileFacts(scores.map((score) => answer(score, [0, 10], { kind: 'nps' })))
  const among = (low: number, high: number) =>
    facts.keys(m.npsScores).filter((key) => Number(key) >= low && Number(key) <= high).length
  expect([among(9, 10), among(7, 8), among(0, 6)]).toEqual([7, 2, 1])
})

test('effort scores are counted as they were given, under a scale that says it is inverted', () => {
  const effort = { kind: 'ces', inverted: true }
  const facts = fileFacts([answer(2, [1, 7], effort), answer(6, [1, 7], effort)])
  expect(facts.keys(m.cesScores).sort()).toEqual(['1-7-inverted:2', '1-7-inverted:6'])
})

test('surveys of a ticket of which nothing else is known are no orphan of a ticket', () => {
  expect(fileFacts([answer(5, [1, 5], { ticketId: 't' })]).total(m.orphans)).toBe(0)
})
