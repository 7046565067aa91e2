import { describe, expect, test } from 'vitest'
import { ask, at, hour, minute, says } from './support/ask.ts'

const survey = { surveyId: 's', kind: 'csat' }
const life = [
  at('ticket.created', 0, { agentId: 'anna' }),
  says('customer', 0),
  says('agent', minute),
  at('ticket.worked', 2 * minute, { durationMs: minute }),
  at('ticket.escalated', 3 * minute),
  at('ticket.resolved', hour),
  at('survey.sent', hour, survey),
  at('survey.answered', 2 * hour, { ...survey, score: 5, scaleMin: 1, scaleMax: 5 }),
  at('ticket.reopened', 3 * hour),
]
/** n of each, in all time. */
const counted = (events: typeof life, ids: readonly string[]) => {
  const metrics = ask(events)
  return Object.fromEntries(ids.map((id) => [id, metrics[id]?.n]))
}
const all = (ids: readonly string[], n: number) => Object.fromEntries(ids.map((id) => [id, n]))

/** What a merged ticket loses, and what it keeps. */
const own = [
  'ticketsCreated',
  'requestVolume',
  'ticketsResolved',
  'ticketsReopened',
  'openTickets',
  'resolutionTime',
  'handleTimePerCase',
  'resolutionRate',
  'firstContactResolution',
]
const ofOthers = ['firstResponseTime', 'responseTime', 'casesHandled', 'csat', 'surveyResponseRate']

describe('deleted, spam and merged tickets', () => {
  test('a ticket that stays has all of it', () => {
    expect(counted(life, [...own, ...ofOthers])).toEqual(all([...own, ...ofOthers], 1))
  })

  test.each(['ticket.deleted', 'ticket.spam'] as const)(
    'after %s the ticket and its measures disappear from every window',
    (type) => {
      const events = [...life, at(type, 4 * hour)]
      expect(counted(events, [...own, ...ofOthers])).toEqual(all([...own, ...ofOthers], 0))
      const hourOf = { window: 'hour', containingMs: 0 }
      expect(ask(life, hourOf).ticketsCreated?.value).toBe(1)
      expect(ask(events, hourOf).ticketsCreated?.value).toBe(0)
    },
  )

  test('a delete with reason privacy changes no number', () => {
    const erased = [...life, at('ticket.deleted', 4 * hour, { reason: 'privacy' })]
    expect(ask(erased)).toEqual(ask(life))
  })

  test('a merged ticket loses its created, open and resolution counts; replies, agents’ work and surveys stay', () => {
    const merged = [...life, at('ticket.merged', 4 * hour, { intoTicketId: 'other' })]
    expect(counted(merged, own)).toEqual(all(own, 0))
    expect(counted(merged, ofOthers)).toEqual(all(ofOthers, 1))
  })
})

describe('what was never begun', () => {
  test('a ticket without its creation files replies and a resolution without a duration, counted orphan', () => {
    const metrics = ask([
      says('customer', 0),
      says('agent', minute),
      at('ticket.resolved', hour),
      at('ticket.reopened', 2 * hour),
    ])
    expect(metrics.responseTime).toMatchObject({ value: minute, n: 1 })
    expect(metrics.ticketsResolved?.value).toBe(1)
    expect(metrics.ticketsReopened?.value).toBe(1)
    expect(metrics.orphans?.value).toBe(1)
    for (const id of ['firstResponseTime', 'resolutionTime', 'fullResolutionTime', 'ticketsCreated'])
      expect(metrics[id]?.n, id).toBe(0)
    expect([metrics.openTickets?.value, metrics.netFlow?.value]).toEqual([0, 0])
  })

  test('an answer without a visit is a leg and no visit outcome, counted orphan', () => {
    const metrics = ask([at('call.answered', 0, { queueId: 'billing' }), at('call.ended', minute)])
    expect(metrics.averageHandleTime).toMatchObject({ value: minute, n: 1 })
    expect(metrics.orphans?.value).toBe(1)
    for (const id of ['callsOffered', 'callsAnswered', 'waitTime', 'serviceLevel'])
      expect(metrics[id]?.n, id).toBe(0)
  })
})
