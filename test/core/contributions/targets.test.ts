import { describe, expect, test } from 'vitest'
import { measures as m } from '../../../src/core/measures.ts'
import type { ResponseTarget, Rules, TargetKind } from '../../../src/core/rules.ts'
import { day, hour, minute, monday, office } from './business-days.ts'
import { fileFacts, on, says } from './filed-facts.ts'

const promised = (kind: TargetKind, ...rows: readonly ResponseTarget[]): Partial<Rules> => ({
  targets: { firstResponse: [], nextReply: [], resolution: [], [kind]: rows },
})
const oneHour = { withinMs: hour }

describe('first response within target', () => {
  test('8 in time, 2 late: 8 of 10, each breach once, at the due instant', () => {
    const events = Array.from({ length: 10 }, (_, index) => [
      on('ticket.created', monday, { ticketId: `t${index}` }),
      says('agent', monday + (index < 8 ? hour : 2 * hour), { ticketId: `t${index}` }),
    ]).flat()
    const facts = fileFacts(events, { rules: promised('firstResponse', oneHour) })
    expect(facts.total(m.targetMet, 'firstResponse')).toBe(8)
    expect(facts.instants(m.targetBreached)).toEqual([monday + hour, monday + hour])
  })

  test.each([
    ['Monday 14:00', 14 * hour, 'Monday 18:00', 18 * hour],
    ['Monday 17:00', 17 * hour, 'Tuesday 11:00', day + 11 * hour],
    ['Friday 17:00', 4 * day + 17 * hour, 'Monday 11:00', 7 * day + 11 * hour],
  ])('target 4 h, Mon–Fri 08–18, created %s: due %s', (_, created, __, due) => {
    const rules = promised('firstResponse', { withinMs: 4 * hour, calendar: office })
    const facts = fileFacts([on('ticket.created', monday + created)], { rules })
    expect(facts.instants(m.targetBreached)).toEqual([monday + due])
  })

  test('a changed priority is judged anew: a due instant already past is a breach at the change', () => {
    const rules = promised('firstResponse', { withinMs: day }, { priority: 'high', withinMs: hour })
    const events = [
      on('ticket.created', monday),
      on('ticket.updated', monday + 3 * hour, { priority: 'high' }),
      on('ticket.updated', monday + 4 * hour, { priority: 'low' }),
      says('agent', monday + 5 * hour),
    ]
    const facts = fileFacts(events, { rules })
    expect(facts.instants(m.targetBreached)).toEqual([monday + 3 * hour])
    expect(facts.total(m.targetMet)).toBe(0)
  })

  test('a later priority moves a due instant that is not past', () => {
    const rules = promised('firstResponse', oneHour, { priority: 'low', withinMs: day })
    const events = [
      on('ticket.created', monday),
      on('ticket.updated', monday + minute, { priority: 'low' }),
      says('agent', monday + 5 * hour),
    ]
    expect(fileFacts(events, { rules }).keys(m.targetMet)).toEqual(['firstResponse'])
  })

  test('a hand-off from a bot starts the clock anew', () => {
    const events = [
      on('ticket.created', monday),
      on('ticket.handed_off', monday + 30 * minute),
      says('agent', monday + 80 * minute),
    ]
    expect(fileFacts(events, { rules: promised('firstResponse', oneHour) }).total(m.targetMet)).toBe(1)
  })

  test('a ticket resolved without a reply owes none any more', () => {
    const events = [on('ticket.created', monday), on('ticket.resolved', monday + minute)]
    const facts = fileFacts(events, { rules: promised('firstResponse', oneHour) })
    expect([facts.total(m.targetMet), facts.total(m.targetBreached)]).toEqual([0, 0])
  })

  test('a merged ticket keeps what it promised to its customer until then', () => {
    const events = [on('ticket.created', monday), on('ticket.merged', monday + 2 * hour)]
    const facts = fileFacts(events, { rules: promised('firstResponse', oneHour) })
    expect(facts.instants(m.targetBreached)).toEqual([monday + hour])
    expect(facts.spans).toEqual([])
  })
})

describe('next reply within target', () => {
  test('every turn after a human reply is judged by itself', () => {
    const events = [
      on('ticket.created', monday),
      says('agent', monday + 1),
      says('customer', monday + 2),
      says('customer', monday + 30 * minute),
      says('agent', monday + 2 + hour),
      says('customer', monday + 3 * hour),
      says('bot', monday + 3 * hour),
      says('customer', monday + 3.5 * hour),
      says('agent', monday + 5 * hour),
    ]
    const facts = fileFacts(events, { rules: promised('nextReply', oneHour) })
    expect(facts.instants(m.targetMet)).toEqual([monday + 2 + hour])
    expect(facts.instants(m.targetBreached)).toEqual([monday + 4 * hour])
  })
})

describe('resolution within target', () => {
  const status = (value: string, at: number) => on('ticket.status_changed', at, { status: value })

  test('pending and on-hold stop the clock', () => {
    const events = [
      on('ticket.created', monday),
      status('pending', monday + 30 * minute),
      status('on-hold', monday + 5 * hour),
      status('open', monday + 10 * hour),
    ]
    const rules = promised('resolution', oneHour)
    expect(fileFacts(events, { rules }).instants(m.targetBreached)).toEqual([monday + 10.5 * hour])
    expect(fileFacts(events.slice(0, 3), { rules }).instants(m.targetBreached)).toEqual([])
  })

  test('solved from pending with time left is in time', () => {
    const events = [
      on('ticket.created', monday),
      status('pending', monday + 30 * minute),
      on('ticket.resolved', monday + 10 * hour),
    ]
    expect(fileFacts(events, { rules: promised('resolution', oneHour) }).total(m.targetMet)).toBe(1)
  })

  test('only the first resolution is promised', () => {
    const events = [
      on('ticket.created', monday),
      on('ticket.resolved', monday + 1),
      on('ticket.reopened', monday + hour),
    ]
    const facts = fileFacts(events, { rules: promised('resolution', oneHour) })
    expect([facts.total(m.targetMet), facts.total(m.targetBreached)]).toEqual([1, 0])
  })
})

describe('at risk and overdue', () => {
  const rules: Partial<Rules> = {
    targets: { firstResponse: [{ withinMs: 3 * hour }], nextReply: [], resolution: [{ withinMs: 5 * hour }] },
  }
  const created = on('ticket.created', monday, { queueId: 'billing' })
  const at = (asOfMs: number, ...more: ReturnType<typeof on>[]) => {
    const facts = fileFacts([created, ...more], { rules, asOfMs })
    const levels = [facts.total(m.atRisk), facts.total(m.overdue), facts.total(m.backlogOverdue)]
    expect([facts.open('atRisk').length, facts.open('overdue').length]).toEqual(levels.slice(0, 2))
    return levels
  }

  test('a ticket counts once, by its nearest due instant', () => {
    expect(at(monday + 2 * hour)).toEqual([0, 0, 0])
    expect(at(monday + 2 * hour + 1)).toEqual([1, 0, 0])
    expect(at(monday + 3 * hour)).toEqual([1, 0, 0])
    expect(at(monday + 3 * hour + 1)).toEqual([0, 1, 1])
    expect(at(monday + 6 * hour)).toEqual([0, 1, 1])
  })

  test('after the reply the next promise counts', () => {
    const reply = says('agent', monday + 3 * hour)
    expect(at(monday + 3.5 * hour, reply)).toEqual([0, 0, 0])
    expect(at(monday + 4.5 * hour, reply)).toEqual([1, 0, 0])
    expect(at(monday + 5.5 * hour, reply)).toEqual([0, 1, 0])
    expect(at(monday + 5.5 * hour, reply, on('ticket.resolved', monday + 5 * hour))).toEqual([0, 0, 0])
  })

  test('a ticket in which an agent spoke first is overdue, but not unanswered', () => {
    const events = [
      on('ticket.created', monday, { openedBy: 'agent' }),
      says('agent', monday),
      says('customer', monday + minute),
    ]
    const facts = fileFacts(events, { rules, asOfMs: monday + 4 * hour })
    expect([facts.total(m.overdue), facts.total(m.backlogOverdue)]).toEqual([1, 0])
  })

  test('sinceMs of the lists is the due instant', () => {
    const facts = fileFacts([created], { rules, asOfMs: monday + 4 * hour })
    expect(facts.open('overdue')).toMatchObject([{ sinceMs: monday + 3 * hour }])
  })
})
