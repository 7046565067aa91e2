import { describe, expect, test } from 'vitest'
import { ask, monday, says, targets } from './oracle/ask.ts'
import type { OfficeHours } from './oracle/config.ts'
import { makeEvent } from './oracle/make-event.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const office: OfficeHours = {
  zone: 'UTC',
  week: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00' }],
}
describe('first response', () => {
  test('created 0 s, hand-off 20 s, human reply 62 s: 42 s', () => {
    const events = [
      makeEvent('ticket.created', monday),
      says('bot', monday + 5 * second),
      makeEvent('ticket.handed_off', monday + 20 * second),
      says('agent', monday + 62 * second),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: 42_000, n: 1 })
    expect(ask(events).firstResponseTimeAny).toMatchObject({ value: 5000, n: 1 })
  })

  test('created 0, reply 10, reopened 100: 10, never −90', () => {
    const events = [
      makeEvent('ticket.created', monday),
      says('agent', monday + 10 * second),
      makeEvent('ticket.resolved', monday + 20 * second),
      makeEvent('ticket.reopened', monday + 100 * second),
      says('agent', monday + 110 * second),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: 10_000, n: 1 })
  })

  test('an agent-opened ticket starts at the customer’s first message', () => {
    const events = [
      makeEvent('ticket.created', monday, { openedBy: 'agent' }),
      says('agent', monday + second),
      says('customer', monday + hour),
      says('agent', monday + hour + minute),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: 60_000, n: 1 })
  })

  test('private messages and bots do not answer', () => {
    const events = [
      makeEvent('ticket.created', monday),
      says('agent', monday + second, { public: false }),
      says('bot', monday + second),
    ]
    expect(ask(events).firstResponseTime).toMatchObject({ value: null, reason: 'no-data' })
    expect(ask(events).unansweredNow?.value).toBe(1)
  })

  test('created Saturday 10:00, answered Saturday 11:00: 0 business ms with n 1, null without a calendar', () => {
    const saturday = monday + 5 * day
    const events = [makeEvent('ticket.created', saturday + 10 * hour), says('agent', saturday + 11 * hour)]
    expect(ask(events, { config: { calendar: office } }).firstResponseTimeBusiness).toMatchObject({
      value: 0,
      n: 1,
    })
    expect(ask(events).firstResponseTimeBusiness).toMatchObject({ value: null, reason: 'not-configured' })
  })

  test('8 in time, 2 late: 0.80, each breach once, at the due instant', () => {
    const tickets = Array.from({ length: 10 }, (_, index) => [
      makeEvent('ticket.created', monday, { ticketId: `t${index}` }),
      says('agent', monday + (index < 8 ? hour : 2 * hour), { ticketId: `t${index}` }),
    ]).flat()
    const config = { targets: { ...targets(hour), resolution: [] } }
    expect(ask(tickets, { config }).firstResponseWithinTarget).toMatchObject({ value: 0.8, n: 10 })
    const atDue = ask(tickets, { config, asOf: monday + hour + 1 })
    expect(atDue.firstResponseWithinTarget).toMatchObject({ numerator: 8, denominator: 10 })
    expect(atDue.overdueNow?.value).toBe(2)
    expect(ask(tickets, { config, asOf: monday + hour }).atRiskNow?.value).toBe(10)
  })

  test.each([
    ['Monday 14:00', 'Monday 18:00', 14 * hour, 18 * hour],
    ['Monday 17:00', 'Tuesday 11:00', 17 * hour, day + 11 * hour],
    ['Friday 17:00', 'Monday 11:00', 4 * day + 17 * hour, 7 * day + 11 * hour],
  ])('4 h in Mon–Fri 08–18 from %s are due %s', (_from, _due, created, due) => {
    const config = { targets: targets(4 * hour, office) }
    const events = [makeEvent('ticket.created', monday + created)]
    expect(ask(events, { config, asOf: monday + due }).overdueNow?.value).toBe(0)
    expect(ask(events, { config, asOf: monday + due + 1 }).overdueNow?.value).toBe(1)
    expect(ask(events, { config, asOf: monday + due + 1 }).firstResponseWithinTarget).toMatchObject({
      value: 0,
      n: 1,
    })
  })

  test('a changed priority is judged anew: a due instant already past is a breach at the change', () => {
    const rows = [{ withinMs: day }, { priority: 'high', withinMs: hour }]
    const config = { targets: { ...targets(day), firstResponse: rows } }
    const events = [
      makeEvent('ticket.created', monday),
      makeEvent('ticket.updated', monday + 3 * hour, { priority: 'high' }),
    ]
    expect(ask(events, { config, asOf: monday + 3 * hour }).firstResponseWithinTarget?.value).toBeNull()
    expect(ask(events, { config, asOf: monday + 3 * hour + 1 }).firstResponseWithinTarget?.n).toBe(1)
  })

  test('Mon–Fri, 8 h a day, Sunday 00:00 to Saturday 23:59: 144,000 s', () => {
    const calendar: OfficeHours = { zone: 'UTC', week: office.week.map((span) => ({ ...span, to: '16:00' })) }
    const events = [
      makeEvent('ticket.created', monday - day),
      makeEvent('ticket.resolved', monday + 6 * day - minute),
    ]
    expect(ask(events, { config: { calendar } }).resolutionTimeBusiness?.value).toBe(144_000_000)
  })
})

describe('turns', () => {
  test('a burst of customer messages is one turn, and bots never end one', () => {
    const events = [
      makeEvent('ticket.created', monday),
      says('customer', monday),
      says('customer', monday + 10 * second),
      says('bot', monday + 11 * second),
      says('agent', monday + 60 * second),
      says('agent', monday + 70 * second),
    ]
    expect(ask(events).responseTime).toMatchObject({ value: 60_000, n: 1 })
  })

  test('customer 09:00, auto-reply 09:00:01: one unanswered; solved: none', () => {
    const nine = monday + 9 * hour
    const events = [makeEvent('ticket.created', nine), says('customer', nine), says('bot', nine + second)]
    const unanswered = { value: 1, unit: 'count', n: 1, sinceAt: '2026-03-02T09:00:00.000Z' }
    expect(ask(events).unansweredNow).toEqual(unanswered)
    expect(ask([...events, makeEvent('ticket.resolved', nine + minute)]).unansweredNow?.value).toBe(0)
  })

  test('a conversation without a ticket counts as a request and is answered', () => {
    const events = [
      says('customer', monday, { conversationId: 'chat' }),
      says('agent', monday + 30 * second, { conversationId: 'chat' }),
    ]
    const metrics = ask(events)
    expect(metrics.firstResponseTime).toMatchObject({ value: 30_000, n: 1 })
    expect(metrics.requestVolume?.value).toBe(1)
    expect(metrics.casesHandled?.value).toBe(1)
  })
})

describe('resolution', () => {
  const reopened = [
    makeEvent('ticket.created', monday),
    makeEvent('ticket.resolved', monday + 60),
    makeEvent('ticket.reopened', monday + 100),
    makeEvent('ticket.resolved', monday + 130),
  ]
  test('created 0, solved 60, reopened 100, solved 130: first 60, full 130, open 90', () => {
    const metrics = ask(reopened)
    expect(metrics.resolutionTime?.value).toBe(60)
    expect(metrics.fullResolutionTime?.value).toBe(130)
    expect(metrics.openTime?.value).toBe(90)
    expect(metrics.reopenRate).toMatchObject({ numerator: 1, denominator: 2 })
  })

  test('a reopening withdraws the full resolution until the next one', () => {
    expect(ask(reopened.slice(0, 3)).fullResolutionTime?.value).toBeNull()
    expect(ask(reopened, { asOf: monday + 110 }).fullResolutionTime?.value).toBeNull()
  })

  test('a second resolved moves the full resolution and counts nothing', () => {
    const metrics = ask([...reopened.slice(0, 2), makeEvent('ticket.resolved', monday + 80)])
    expect(metrics.fullResolutionTime?.value).toBe(80)
    expect(metrics.resolutionRate).toMatchObject({ numerator: 1, denominator: 1 })
  })

  test('new 0, open 60, pending 90, closed 120 min: the requester waited 90 min', () => {
    const events = [
      makeEvent('ticket.created', monday),
      makeEvent('ticket.status_changed', monday + 60 * minute, { status: 'open' }),
      makeEvent('ticket.status_changed', monday + 90 * minute, { status: 'pending' }),
      makeEvent('ticket.closed', monday + 120 * minute),
    ]
    expect(ask(events).requesterWaitTime?.value).toBe(90 * minute)
  })

  test('a complaint filed Monday, resolved Wednesday: 2 days', () => {
    const events = [
      makeEvent('ticket.created', monday, { kind: 'complaint' }),
      makeEvent('ticket.resolved', monday + 2 * day),
    ]
    const metrics = ask(events, { config: { calendar: office } })
    expect(metrics.complaintResolutionTime?.value).toBe(2 * day)
    expect(metrics.complaintsWithin3BusinessDays?.value).toBe(1)
  })

  test('3 business days end at the close of business of the third, and never where none comes any more', () => {
    const within = (resolvedAt: number, calendar?: OfficeHours) => {
      const created = makeEvent('ticket.created', monday, { kind: 'complaint' })
      const config = calendar ? { config: { calendar } } : {}
      return ask([created, makeEvent('ticket.resolved', resolvedAt)], config).complaintsWithin3BusinessDays
        ?.value
    }
    const thursday = Math.floor(monday / day) * day + 3 * day
    expect([0, 1].map((ms) => within(thursday + 18 * hour + ms, office))).toEqual([1, 0])
    expect([0, 1].map((ms) => within(thursday + day + ms))).toEqual([1, 0])
    expect(within(thursday + 4 * day, { zone: 'UTC', week: [] })).toBe(1)
  })

  test('12 resolved, 10 at first contact, 2 of these reopened on day 3: 10/12, then 8/12', () => {
    const tickets = Array.from({ length: 12 }, (_, index) => {
      const ticketId = `t${index}`
      const work = makeEvent('ticket.worked', monday, { ticketId, durationMs: minute })
      const again = index < 10 ? [] : [makeEvent('ticket.worked', monday, { ticketId, durationMs: minute })]
      return [
        makeEvent('ticket.created', monday, { ticketId }),
        work,
        ...again,
        makeEvent('ticket.resolved', monday + hour, { ticketId }),
      ]
    }).flat()
    const reopenings = ['t0', 't1'].map((ticketId) =>
      makeEvent('ticket.reopened', monday + 3 * day, { ticketId }),
    )
    const before = ask(tickets, { asOf: monday + 2 * day })
    expect(before.firstContactResolution).toMatchObject({ numerator: 10, denominator: 12, provisional: true })
    expect(ask([...tickets, ...reopenings]).firstContactResolution).toMatchObject({
      numerator: 8,
      denominator: 12,
    })
  })

  test('resolved 120 of 100 created is a rate of 1.2; 30 of 40 assigned is 0.75, also by agent', () => {
    const ticketsOf = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${name}${index}`)
    const earlier = ticketsOf('earlier', 20).map((ticketId) =>
      makeEvent('ticket.created', monday - day, { ticketId }),
    )
    const created = ticketsOf('new', 100).map((ticketId) => makeEvent('ticket.created', monday, { ticketId }))
    const resolved = [...ticketsOf('earlier', 20), ...ticketsOf('new', 100)].map((ticketId) =>
      makeEvent('ticket.resolved', monday + hour, { ticketId }),
    )
    const today = { window: 'today', asOf: monday + day }
    expect(ask([...earlier, ...created, ...resolved], today).resolutionRate?.value).toBe(1.2)
    const assigned = ticketsOf('new', 40).map((ticketId) =>
      makeEvent('ticket.assigned', monday, { ticketId, agentId: 'anna' }),
    )
    const some = resolved.slice(20, 50)
    const all = [...created, ...assigned, ...some]
    for (const scope of [{}, { agentId: 'anna' }]) {
      expect(ask(all, { scope }).resolutionRateAssigned).toMatchObject({ value: 0.75, n: 40 })
    }
  })
})
