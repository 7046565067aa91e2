import { describe, expect, test } from 'vitest'
import { parseEvent } from '../src/core/events.ts'
import { defaultRules } from '../src/core/rules.ts'
import { ask, at, day, hour, type Own } from './support/ask.ts'

let surveys = 0

/** An answer to a survey of its own. */
const answer = (
  kind: string,
  [scaleMin, scaleMax]: readonly [number, number],
  score: number,
  own: Own = {},
) => {
  surveys += 1
  const ids = { ticketId: `s-${surveys}`, surveyId: `survey-${surveys}` }
  return at('survey.answered', 0, { ...ids, kind, score, scaleMin, scaleMax, ...own })
}

describe('csat', () => {
  const five = (score: number, own: Own = {}) => answer('csat', [1, 5], score, own)

  test('positive / answered, filed at the answer', () => {
    const survey = { ticketId: 't', surveyId: 's', kind: 'csat' }
    const events = [
      at('survey.sent', 0, survey),
      at('survey.answered', 2 * hour, { ...survey, score: 4, scaleMin: 1, scaleMax: 5 }),
    ]
    const inHourOf = (containingMs: number) => ask(events, { window: 'hour', containingMs }).csat?.n
    expect([inHourOf(0), inHourOf(2 * hour)]).toEqual([0, 1])
  })

  test.each([
    [2, 1],
    [3, 0],
  ])('%d of 1 to 5 on an inverted scale is judged after inversion: %d', (score, positive) => {
    expect(ask([five(score, { inverted: true })]).csat?.numerator).toBe(positive)
  })

  test('what is positive is configurable', () => {
    const rules = { ...defaultRules, csatPositive: { numerator: 1, denominator: 2 } }
    expect(ask([five(3)]).csat?.value).toBe(0)
    expect(ask([five(3)], { rules }).csat?.value).toBe(1)
  })

  test('agent, team, queue as they were at survey.sent, whatever came in between', () => {
    const survey = { ticketId: 't', surveyId: 's', kind: 'csat' }
    const events = [
      at('ticket.created', 0, { ticketId: 't', queueId: 'billing', teamId: 'first', agentId: 'anna' }),
      at('survey.sent', 1, survey),
      at('ticket.updated', 2, { ticketId: 't', queueId: 'sales', teamId: 'second', agentId: 'ben' }),
      at('survey.answered', 3, { ...survey, score: 5, scaleMin: 1, scaleMax: 5 }),
    ]
    const n = (scope: Readonly<Record<string, string>>) => ask(events, { scope }).csat?.n
    expect([n({ queueId: 'billing' }), n({ teamId: 'first' }), n({ agentId: 'anna' })]).toEqual([1, 1, 1])
    expect([n({ queueId: 'sales' }), n({ teamId: 'second' }), n({ agentId: 'ben' })]).toEqual([0, 0, 0])
  })
})

describe('csatMean', () => {
  test('mean per scale, and counts per score', () => {
    const events = [5, 5, 4, 1].map((score) => answer('csat', [1, 5], score))
    expect(ask(events).csatMean).toMatchObject({
      value: 3.75,
      unit: 'score',
      n: 4,
      p50: 4,
      max: 5,
      parts: {
        '1-5': { value: 3.75, n: 4, numerator: 15, denominator: 4 },
        '1-5:1': { value: 1 },
        '1-5:4': { value: 1 },
        '1-5:5': { value: 2 },
      },
    })
  })

  test('an inverted scale is never mixed with the same scale upright', () => {
    const metric = ask([answer('csat', [1, 5], 4), answer('csat', [1, 5], 2, { inverted: true })]).csatMean
    expect(metric).toMatchObject({ value: null, reason: 'not-applicable', n: 2 })
    expect(metric?.parts).toMatchObject({ '1-5': { value: 4 }, '1-5-inverted': { value: 2 } })
  })
})

describe('nps', () => {
  const events = [10, 9, 8, 7, 6, 0].map((score) => answer('nps', [0, 10], score))

  test('(9–10 less 0–6) / answered × 100; promoters, passives, detractors, mean in the value', () => {
    expect(ask(events).nps).toEqual({
      value: 0,
      unit: 'points',
      n: 6,
      numerator: 0,
      denominator: 6,
      parts: {
        promoters: { value: 2 },
        passives: { value: 2 },
        detractors: { value: 2 },
        mean: { value: 40 / 6, n: 6, numerator: 40, denominator: 6 },
      },
    })
  })

  test.each([
    ['all promoters', [9, 10], 100],
    ['all detractors', [0, 6], -100],
    ['only passives', [7, 8], 0],
  ])('%s: from −100 to 100', (_, scores, value) => {
    expect(ask(scores.map((score) => answer('nps', [0, 10], score))).nps?.value).toBe(value)
  })

  test.each([
    ['a score of 11', 11, [0, 10]],
    ['a score below 0', -1, [0, 10]],
    ['another scale', 5, [1, 5]],
  ] as const)('off 0–10 is dead-lettered as invalid: %s', (_, score, [scaleMin, scaleMax]) => {
    const said = { eventId: 'e', type: 'survey.answered', occurredAt: 0, surveyId: 's', ticketId: 't' }
    const parsed = parseEvent({ ...said, kind: 'nps', score, scaleMin, scaleMax })
    expect(parsed).toMatchObject({ ok: false, reason: 'invalid' })
  })
})

describe('ces', () => {
  const seven = (score: number, own: Own = {}) => answer('ces', [1, 7], score, own)

  test('mean, raw, byScale: over several scales null with its parts', () => {
    expect(ask([seven(2), seven(5)]).ces).toMatchObject({ value: 3.5, unit: 'score', n: 2 })
    const mixed = ask([seven(2), seven(6, { inverted: true }), answer('ces', [1, 5], 5)]).ces
    expect(mixed).toMatchObject({ value: null, reason: 'not-applicable', n: 3 })
    expect(mixed?.parts).toMatchObject({
      '1-7': { value: 2 },
      '1-7-inverted': { value: 6 },
      '1-5': { value: 5 },
    })
  })

  test('cesAgree: share of the top 3 of 7, after inversion', () => {
    const agrees = (score: number, own: Own = {}) => ask([seven(score, own)]).cesAgree?.value
    expect([4, 5, 6, 7].map((score) => agrees(score))).toEqual([0, 1, 1, 1])
    expect([1, 2, 3, 4].map((score) => agrees(score, { inverted: true }))).toEqual([1, 1, 1, 0])
    expect(ask([seven(7), seven(1), seven(6), seven(4)]).cesAgree).toMatchObject({
      value: 0.5,
      numerator: 2,
      denominator: 4,
    })
  })
})

describe('surveyResponseRate', () => {
  const survey = (name: string) => ({ surveyId: name, ticketId: name, kind: 'csat' })
  const sent = (name: string, afterMs = 0) => at('survey.sent', afterMs, survey(name))
  const answered = (name: string, afterMs: number) =>
    at('survey.answered', afterMs, { ...survey(name), score: 5, scaleMin: 1, scaleMax: 5 })

  test('answered / sent, by send cohort, filed when sent', () => {
    const events = [sent('a'), sent('b'), sent('c', 2 * hour), answered('a', 2 * hour)]
    const inHourOf = (containingMs: number) => {
      const metric = ask(events, { window: 'hour', containingMs }).surveyResponseRate
      return [metric?.numerator, metric?.denominator]
    }
    expect([inHourOf(0), inHourOf(2 * hour)]).toEqual([
      [1, 2],
      [0, 1],
    ])
  })

  test('a changed answer counts once, an answer to what was never sent not at all', () => {
    const events = [sent('a'), answered('a', 1), answered('a', 2), answered('never', 1)]
    expect(ask(events).surveyResponseRate).toMatchObject({ numerator: 1, denominator: 1 })
  })

  test('provisional: until thirty days after the window', () => {
    const at30Days = 30 * day + hour
    const settled = (afterMs: number) =>
      ask([sent('a')], { window: 'hour', containingMs: 0, afterMs }).surveyResponseRate?.provisional
    expect([settled(at30Days - 1), settled(at30Days)]).toEqual([true, undefined])
  })
})
