import { describe, expect, test } from 'vitest'
import { createBusinessCalendar } from '../src/core/business-hours.ts'
import type { Event } from '../src/core/events.ts'
import { defaultRules } from '../src/core/rules.ts'
import {
  ask,
  at,
  day,
  hour,
  lastCallId,
  minute,
  type Own,
  says,
  second,
  startMs,
  visit,
} from './support/ask.ts'
import { makeEvent } from './support/oracle/make-event.ts'

const office = createBusinessCalendar({
  zone: 'UTC',
  week: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }],
})

const ticket = (type: Event['type'], afterMs: number, own: Own = {}) => at(type, afterMs, own)

describe('response', () => {
  test('created 0 s, handed off by the bot 20 s, human reply 62 s: first response 42 s', () => {
    const events = [
      ticket('ticket.created', 0),
      ticket('ticket.handed_off', 20 * second),
      says('agent', 62 * second),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: 42_000, n: 1 })
  })

  test('created 0, reply 10, reopened 100: first response 10, never −90', () => {
    const events = [
      ticket('ticket.created', 0),
      says('agent', 10 * second),
      ticket('ticket.resolved', 50 * second),
      ticket('ticket.reopened', 100 * second),
      says('agent', 120 * second),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: 10_000, n: 1 })
  })

  test('a customer at 09:00 and an automatic reply a second later is one unanswered', () => {
    const events = [ticket('ticket.created', 0), says('customer', 0), says('bot', second)]
    expect(ask(events, { window: 'now' }).unansweredNow).toMatchObject({
      value: 1,
      sinceAt: new Date(startMs).toISOString(),
    })
    expect(ask([...events, ticket('ticket.resolved', minute)], { window: 'now' }).unansweredNow?.value).toBe(
      0,
    )
  })

  test('created 0, solved 60, reopened 100, solved 130 min: full resolution 130, open time 90', () => {
    const events = [
      ticket('ticket.created', 0),
      ticket('ticket.resolved', 60 * minute),
      ticket('ticket.reopened', 100 * minute),
      ticket('ticket.resolved', 130 * minute),
    ]
    const metrics = ask(events)
    expect(metrics.resolutionTime?.value).toBe(60 * minute)
    expect(metrics.fullResolutionTime).toMatchObject({ value: 130 * minute, n: 1 })
    expect(metrics.openTime?.value).toBe(90 * minute)
  })

  test('new 0, open 60, pending 90, closed 120 min: the requester waited 90 min', () => {
    const events = [
      ticket('ticket.created', 0),
      ticket('ticket.status_changed', 60 * minute, { status: 'open' }),
      ticket('ticket.status_changed', 90 * minute, { status: 'pending' }),
      ticket('ticket.closed', 120 * minute),
    ]
    expect(ask(events).requesterWaitTime?.value).toBe(90 * minute)
  })

  test('created Saturday 10:00, answered Saturday 11:00: 0 in business hours with n = 1', () => {
    const saturday = 5 * day
    const events = [ticket('ticket.created', saturday), says('agent', saturday + hour)]
    const asked = { rules: { ...defaultRules, calendar: office }, afterMs: 10 * day }
    expect(ask(events, asked).firstResponseTimeBusiness).toMatchObject({ value: 0, n: 1 })
    expect(ask(events, { afterMs: 10 * day }).firstResponseTimeBusiness).toMatchObject({
      value: null,
      reason: 'not-configured',
    })
  })

  test('8 in time and 2 late: 0.80, and the late answer adds nothing', () => {
    const targets = { ...defaultRules.targets, firstResponse: [{ withinMs: hour }] }
    const answeredAfter = (ticketId: string, afterMs: number) => [
      ticket('ticket.created', 0, { ticketId }),
      says('agent', afterMs, { ticketId }),
    ]
    const events = Array.from({ length: 10 }, (_, index) =>
      answeredAfter(`t-${index}`, index < 8 ? hour : 2 * hour),
    ).flat()
    expect(ask(events, { rules: { ...defaultRules, targets } }).firstResponseWithinTarget).toMatchObject({
      value: 0.8,
      numerator: 8,
      denominator: 10,
    })
  })

  test('a complaint filed on Monday and resolved on Wednesday took 2 days', () => {
    const events = [ticket('ticket.created', 0, { kind: 'complaint' }), ticket('ticket.resolved', 2 * day)]
    const metrics = ask(events, { afterMs: 3 * day })
    expect(metrics.complaintResolutionTime?.value).toBe(2 * day)
    expect(metrics.complaintsWithin3BusinessDays?.value).toBe(1)
  })

  test.each([
    ['Monday 14:00', '2026-03-02T14:00Z', '2026-03-02T18:00Z'],
    ['Monday 17:00', '2026-03-02T17:00Z', '2026-03-03T11:00Z'],
    ['Friday 17:00', '2026-03-06T17:00Z', '2026-03-09T11:00Z'],
  ])('a target of 4 office hours from %s breaches at its due instant', (_, created, due) => {
    const targets = { ...defaultRules.targets, firstResponse: [{ withinMs: 4 * hour, calendar: office }] }
    const rules = { ...defaultRules, targets }
    const events = [makeEvent('ticket.created', Date.parse(created))]
    const after = (ms: number) => ask(events, { rules, afterMs: Date.parse(due) + ms - startMs })
    expect(after(0).firstResponseWithinTarget?.n).toBe(0)
    expect(after(2).firstResponseWithinTarget).toMatchObject({ numerator: 0, denominator: 1 })
  })
})

describe('backlog and volume', () => {
  test('3 pending, 2 answered, 2 never answered (1 past target), 1 on hold: open 8, backlog 5', () => {
    const open = (ticketId: string, afterMs = 0) => ticket('ticket.created', afterMs, { ticketId })
    const status = (ticketId: string, to: string) =>
      ticket('ticket.status_changed', minute, { ticketId, status: to })
    const replied = (ticketId: string) => says('agent', second, { ticketId })
    const events = [
      ...['p1', 'p2', 'p3'].flatMap((id) => [open(id), replied(id), status(id, 'pending')]),
      ...['r1', 'r2'].flatMap((id) => [open(id), replied(id), says('customer', minute, { ticketId: id })]),
      open('late'),
      open('young', 23.5 * hour),
      ...['h1'].flatMap((id) => [open(id), replied(id), status(id, 'on-hold')]),
    ]
    const targets = { ...defaultRules.targets, firstResponse: [{ withinMs: hour }] }
    const metrics = ask(events, { window: 'now', rules: { ...defaultRules, targets } })
    expect(metrics.openTickets?.value).toBe(8)
    expect(metrics.backlog?.value).toBe(5)
    expect(metrics.backlogUnanswered?.value).toBe(2)
    expect(metrics.backlogOverdue?.value).toBe(1)
  })

  test('10 open, 5 more, 4 resolved, 2 reopened: 13 open, net flow 3', () => {
    const made = (ticketId: string, afterMs: number) => ticket('ticket.created', afterMs, { ticketId })
    const ids = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}-${at}`)
    const events = [
      ...ids('old', 10).map((id) => made(id, -day)),
      ...ids('back', 2).flatMap((id) => [
        made(id, -day),
        ticket('ticket.resolved', hour - day, { ticketId: id }),
      ]),
      ...ids('new', 5).map((id) => made(id, hour)),
      ...ids('old', 4).map((id) => ticket('ticket.resolved', 2 * hour, { ticketId: id })),
      ...ids('back', 2).map((id) => ticket('ticket.reopened', 2 * hour, { ticketId: id })),
    ]
    const metrics = ask(events, { window: 'today', afterMs: 13 * hour })
    expect(metrics.netFlow?.value).toBe(3)
    expect(metrics.openTickets?.value).toBe(13)
  })

  test('resolved / created may exceed 1: 120/100', () => {
    const events = [
      ...Array.from({ length: 120 }, (_, index) => [
        ticket('ticket.created', index < 20 ? -day : 0, { ticketId: `t-${index}` }),
        ticket('ticket.resolved', hour, { ticketId: `t-${index}` }),
      ]).flat(),
    ]
    expect(ask(events, { window: 'today', afterMs: 2 * hour }).resolutionRate).toMatchObject({
      value: 1.2,
      numerator: 120,
      denominator: 100,
    })
  })

  test('a ticket made for a call counts as its call, once', () => {
    const events = [...visit('call.answered', second), ticket('ticket.created', 0, { callId: lastCallId() })]
    expect(ask(events).requestVolume?.value).toBe(1)
  })

  test('30 distinct tickets resolved of 40 assigned: 0.75', () => {
    const events = Array.from({ length: 40 }, (_, index) => {
      const ticketId = `t-${index}`
      const solved = index < 30 ? [ticket('ticket.resolved', hour, { ticketId })] : []
      const assigned = ticket('ticket.assigned', second, { ticketId, agentId: 'anna' })
      return [ticket('ticket.created', 0, { ticketId }), assigned, ...solved]
    }).flat()
    expect(ask(events).resolutionRateAssigned).toMatchObject({ value: 0.75, denominator: 40 })
    expect(ask(events, { scope: { agentId: 'anna' } }).resolutionRateAssigned?.value).toBe(0.75)
  })

  test('first contact: 10 of 12, and 8 of 12 when two are reopened on the third day', () => {
    const solvedBy = (index: number) => {
      const ticketId = `t-${index}`
      const replies = index < 10 ? [minute] : [minute, 3 * minute]
      return [
        ticket('ticket.created', 0, { ticketId }),
        ...replies.flatMap((afterMs) => [
          says('agent', afterMs, { ticketId }),
          says('customer', afterMs + second, { ticketId }),
        ]),
        ticket('ticket.resolved', hour, { ticketId }),
      ]
    }
    const events = Array.from({ length: 12 }, (_, index) => solvedBy(index)).flat()
    const before = ask(events, { afterMs: 2 * day })
    expect(before.firstContactResolution).toMatchObject({ numerator: 10, denominator: 12, provisional: true })
    const reopened = ['t-0', 't-1'].map((ticketId) => ticket('ticket.reopened', 3 * day, { ticketId }))
    const after = ask([...events, ...reopened], { afterMs: 4 * day })
    expect(after.firstContactResolution).toMatchObject({ numerator: 8, denominator: 12 })
  })

  test('deleted and spam tickets disappear, a privacy delete changes no number', () => {
    const deleted = [ticket('ticket.created', 0), ticket('ticket.deleted', hour)]
    const erased = [ticket('ticket.created', 0), ticket('ticket.deleted', hour, { reason: 'privacy' })]
    expect(ask(deleted).ticketsCreated?.value).toBe(0)
    expect(ask(erased).ticketsCreated?.value).toBe(1)
  })
})

describe('satisfaction', () => {
  let surveys = 0
  const answer = (kind: string, score: number, own: Own = {}) => {
    surveys += 1
    const scale = { csat: [1, 5], nps: [0, 10], ces: [1, 7] }[kind] ?? []
    const [scaleMin, scaleMax] = scale
    const ids = { ticketId: `s-${surveys}`, surveyId: `survey-${surveys}` }
    return at('survey.answered', 0, { ...ids, kind, score, scaleMin, scaleMax, ...own })
  }
  const answers = (count: number, kind: string, score: number) =>
    Array.from({ length: count }, () => answer(kind, score))

  test('30 positive of 50: CSAT 0.60', () => {
    expect(ask([...answers(30, 'csat', 4), ...answers(20, 'csat', 3)]).csat?.value).toBe(0.6)
  })

  test.each([
    [4, 5, 1],
    [7, 10, 1],
    [3, 3, 1],
    [2, 2, 1],
    [5, 7, 1],
    [6, 10, 0],
  ])('%d of %d is positive: %d', (score, scaleMax, positive) => {
    expect(ask([answer('csat', score, { scaleMax })]).csat?.numerator).toBe(positive)
  })

  test('70 % promoters, 10 % detractors: NPS 60, passives are in n', () => {
    const events = [...answers(7, 'nps', 9), ...answers(2, 'nps', 8), ...answers(1, 'nps', 6)]
    expect(ask(events).nps).toMatchObject({ value: 60, n: 10 })
  })

  test('effort 1–7 inverted [2, 6]: mean 4.0, agree 0.5', () => {
    const events = [answer('ces', 2, { inverted: true }), answer('ces', 6, { inverted: true })]
    expect(ask(events).ces?.value).toBe(4)
    expect(ask(events).cesAgree?.value).toBe(0.5)
  })

  test('Anna solves, Ben takes over, the customer answers: the score is Anna’s', () => {
    const own = { ticketId: 'ticket', surveyId: 's', kind: 'csat' }
    const events = [
      ticket('ticket.created', 0, { agentId: 'anna' }),
      ticket('ticket.resolved', minute),
      at('survey.sent', hour, own),
      ticket('ticket.assigned', 2 * hour, { agentId: 'ben' }),
      at('survey.answered', 3 * hour, { ...own, score: 5, scaleMin: 1, scaleMax: 5 }),
    ]
    expect(ask(events, { scope: { agentId: 'anna' } }).csat?.value).toBe(1)
    expect(ask(events, { scope: { agentId: 'ben' } }).csat?.n).toBe(0)
  })

  test('a mean over mixed scales is null, its scales stand apart', () => {
    const metric = ask([answer('csat', 4), answer('csat', 8, { scaleMax: 10 })]).csatMean
    expect(metric).toMatchObject({ value: null, reason: 'not-applicable', n: 2 })
    expect(metric?.parts).toMatchObject({ '1-5': { value: 4 }, '1-10': { value: 8 } })
  })

  test('a changed answer replaces the old one', () => {
    const own = { ticketId: 'ticket', surveyId: 's' }
    const again = at('survey.answered', hour, { ...own, kind: 'csat', score: 5, scaleMin: 1, scaleMax: 5 })
    expect(ask([answer('csat', 1, own), again]).csat).toMatchObject({ value: 1, n: 1 })
  })

  test('the response rate is that of the surveys sent', () => {
    const sent = (surveyId: string) => at('survey.sent', 0, { surveyId, ticketId: surveyId, kind: 'csat' })
    const own = { surveyId: 'a', ticketId: 'a' }
    const metrics = ask([sent('a'), sent('b'), answer('csat', 5, own)])
    expect(metrics.surveyResponseRate).toMatchObject({ numerator: 1, denominator: 2, provisional: true })
  })
})
