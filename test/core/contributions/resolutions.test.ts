import { describe, expect, test } from 'vitest'
import { createBusinessCalendar } from '../../../src/core/business-hours.ts'
import { measures as m } from '../../../src/core/measures.ts'
import { day, hour, minute, monday, officeUntil } from './business-days.ts'
import { fileFacts, on, says } from './filed-facts.ts'

const reopened = [
  on('ticket.created', 0),
  on('ticket.resolved', 60),
  on('ticket.reopened', 100),
  on('ticket.resolved', 130),
]
const status = (value: string, at: number, own = {}) =>
  on('ticket.status_changed', at, { status: value, ...own })

describe('resolution times', () => {
  test('created 0, solved 60, reopened 100, solved 130: first 60, full 130, open 90', () => {
    const facts = fileFacts(reopened)
    expect(facts.values(m.resolution)).toEqual([60])
    expect(facts.values(m.fullResolution)).toEqual([130])
    expect(facts.values(m.openTime)).toEqual([90])
    expect([facts.total(m.resolved), facts.total(m.reopened)]).toEqual([2, 1])
  })

  test('a reopening takes the full resolution time back', () => {
    expect(fileFacts(reopened.slice(0, 3)).values(m.fullResolution)).toEqual([])
    expect(fileFacts(reopened.slice(0, 3)).values(m.resolution)).toEqual([60])
  })

  test('a second resolved without a reopening counts nothing and moves the full resolution time', () => {
    const facts = fileFacts([...reopened.slice(0, 2), on('ticket.resolved', 80)])
    expect(facts.total(m.resolved)).toBe(1)
    expect(facts.values(m.fullResolution)).toEqual([80])
    expect(facts.values(m.openTime)).toEqual([60])
  })

  test('solved, then closed is one resolution, and closing moves nothing', () => {
    const facts = fileFacts([on('ticket.created', 0), status('solved', 50), on('ticket.closed', 90)])
    expect(facts.total(m.resolved)).toBe(1)
    expect(facts.values(m.fullResolution)).toEqual([50])
  })

  test('a status back to an unresolved one is a reopening', () => {
    expect(fileFacts([...reopened.slice(0, 2), status('pending', 70)]).total(m.reopened)).toBe(1)
  })

  test('new 0, open 60, pending 90, closed 120 min: the requester waited 90 min', () => {
    const facts = fileFacts([
      on('ticket.created', 0),
      status('open', 60 * minute),
      status('pending', 90 * minute),
      status('closed', 120 * minute),
    ])
    expect(facts.values(m.requesterWait)).toEqual([90 * minute])
  })

  test('business hours Mon–Fri, 8 h a day, Sunday 00:00 to Saturday 23:59: 144,000 s', () => {
    const events = [on('ticket.created', monday - day), on('ticket.resolved', monday + 6 * day - minute)]
    const facts = fileFacts(events, { rules: { calendar: officeUntil('16:00') } })
    expect(facts.values(m.resolutionBusiness)).toEqual([144_000_000])
  })

  test('replies and work of the case are filed at its first resolution', () => {
    const facts = fileFacts([
      on('ticket.created', 0),
      says('agent', 1),
      on('ticket.worked', 2, { agentId: 'anna', durationMs: 30 }),
      on('ticket.resolved', 10),
      says('agent', 20),
      on('ticket.worked', 21, { agentId: 'anna', durationMs: 12 }),
    ])
    expect(facts.values(m.repliesPerTicket)).toEqual([2])
    expect(facts.values(m.touchesPerResolution)).toEqual([1])
    expect(facts.values(m.handlePerCase)).toEqual([42])
    expect(facts.instants(m.handlePerCase)).toEqual([10])
  })
})

describe('complaints', () => {
  const filed = on('ticket.created', monday, { kind: 'complaint' })

  test('filed Monday, resolved Wednesday: 2 days', () => {
    const facts = fileFacts([filed, on('ticket.resolved', monday + 2 * day)])
    expect(facts.values(m.complaintResolution)).toEqual([2 * day])
    expect(facts.keys(m.complaintsWithin)).toEqual(['3-business-days', '8-weeks'])
  })

  test('filed Thursday, resolved Tuesday is within 3 business days, Wednesday beyond', () => {
    const thursday = on('ticket.created', monday + 3 * day + hour, { kind: 'complaint' })
    const tuesday = fileFacts([thursday, on('ticket.resolved', monday + 8 * day + hour)])
    expect(tuesday.total(m.complaintsWithin, '3-business-days')).toBe(1)
    const wednesday = fileFacts([thursday, on('ticket.resolved', monday + 9 * day + hour)])
    expect(wednesday.total(m.complaintsBeyond, '3-business-days')).toBe(1)
  })

  test('3 business days end at the close of business of the third, to the millisecond', () => {
    const rules = { businessDays: officeUntil('18:00') }
    const within = (ms: number) =>
      fileFacts([filed, on('ticket.resolved', monday + ms)], { rules }).total(
        m.complaintsWithin,
        '3-business-days',
      )
    expect([within(3 * day + 18 * hour), within(3 * day + 18 * hour + 1)]).toEqual([1, 0])
  })

  test('where no business day comes any more, 3 of them never end', () => {
    const rules = { businessDays: createBusinessCalendar({ zone: 'UTC', week: [] }) }
    const facts = fileFacts([filed, on('ticket.resolved', monday + 9 * day)], { rules })
    expect(facts.total(m.complaintsWithin, '3-business-days')).toBe(1)
  })

  test('8 weeks to the millisecond are within 8 weeks', () => {
    const beyond = (ms: number) =>
      fileFacts([filed, on('ticket.resolved', monday + ms)]).total(m.complaintsBeyond, '8-weeks')
    expect([beyond(56 * day), beyond(56 * day + 1)]).toEqual([0, 1])
  })

  test('where complaints begin with their escalation, the others are left out', () => {
    const rules = { complaintsFrom: 'escalation' as const }
    const events = [filed, on('ticket.escalated', monday + day), on('ticket.resolved', monday + 3 * day)]
    expect(fileFacts(events, { rules }).values(m.complaintResolution)).toEqual([2 * day])
    expect(
      fileFacts([filed, events[2] as (typeof events)[0]], { rules }).values(m.complaintResolution),
    ).toEqual([])
  })
})

describe('first contact resolution', () => {
  const judge = (...events: ReturnType<typeof on>[]) => {
    const facts = fileFacts([on('ticket.created', monday), ...events, on('ticket.resolved', monday + hour)])
    return [facts.total(m.firstContactResolved), facts.total(m.firstContactJudged)]
  }
  const worked = (at: number, own = {}) => on('ticket.worked', at, { agentId: 'anna', durationMs: 1, ...own })

  test('one agent, one piece of work, one turn of replies', () => {
    expect(judge(worked(monday + 1), says('agent', monday + 2), says('agent', monday + 3))).toEqual([1, 1])
    expect(judge(worked(monday + 1), worked(monday + 2))).toEqual([0, 1])
    expect(judge(worked(monday + 1), says('agent', monday + 2, { agentId: 'ben' }))).toEqual([0, 1])
    expect(judge(says('agent', monday + 1), says('customer', monday + 2), says('agent', monday + 3))).toEqual(
      [0, 1],
    )
  })

  test('a resolution without any recorded contact is left out', () => {
    expect(judge(says('bot', monday + 1), says('customer', monday + 2))).toEqual([0, 0])
  })

  test('12 resolved, 10 at first contact, 2 of these reopened on day 3: 10/12, then 8/12', () => {
    const events = Array.from({ length: 12 }, (_, index) => {
      const own = { ticketId: `t${index}` }
      const works = [worked(monday, own), ...(index < 10 ? [] : [worked(monday, own)])]
      return [on('ticket.created', monday, own), ...works, on('ticket.resolved', monday + hour, own)]
    }).flat()
    const again = ['t0', 't1'].map((ticketId) => on('ticket.reopened', monday + 3 * day, { ticketId }))
    const before = fileFacts(events)
    expect([before.total(m.firstContactResolved), before.total(m.firstContactJudged)]).toEqual([10, 12])
    const after = fileFacts([...events, ...again])
    expect([after.total(m.firstContactResolved), after.total(m.firstContactJudged)]).toEqual([8, 12])
  })

  test('reopened after the window it still counts', () => {
    const events = [on('ticket.created', 0), says('agent', 1), on('ticket.resolved', 2)]
    const reopenedAt = (at: number) =>
      fileFacts([...events, on('ticket.reopened', at)]).total(m.firstContactResolved)
    expect([reopenedAt(2 + 7 * day), reopenedAt(3 + 7 * day)]).toEqual([0, 1])
  })
})
