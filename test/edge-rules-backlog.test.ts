import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { ask, askSnapshot, at, day, hour, minute, says, startMs } from './support/ask.ts'

const open = (ticketId: string, afterMs = 0, own = {}) => at('ticket.created', afterMs, { ticketId, ...own })
const status = (ticketId: string, to: string, afterMs = minute) =>
  at('ticket.status_changed', afterMs, { ticketId, status: to })
/** Since so long after the start, as snapshots write it. */
const since = (afterMs: number) => new Date(startMs + afterMs).toISOString()

describe('openTickets', () => {
  test('not resolved, closed, merged, deleted; with new, open, pending, on-hold, unassigned as parts', () => {
    const events = [
      open('new', 0, { agentId: 'anna' }),
      open('open', 0, { agentId: 'anna' }),
      status('open', 'open'),
      open('pending'),
      status('pending', 'pending'),
      open('on-hold'),
      status('on-hold', 'on-hold'),
      ...['solved', 'closed'].flatMap((id) => [open(id), status(id, id)]),
      open('merged'),
      at('ticket.merged', minute, { ticketId: 'merged', intoTicketId: 'new' }),
      open('deleted'),
      at('ticket.deleted', minute, { ticketId: 'deleted' }),
      open('spam'),
      at('ticket.spam', minute, { ticketId: 'spam' }),
    ]
    expect(ask(events, { window: 'now' }).openTickets).toEqual({
      value: 4,
      unit: 'count',
      n: 4,
      parts: {
        new: { value: 1 },
        open: { value: 1 },
        pending: { value: 1 },
        'on-hold': { value: 1 },
        unassigned: { value: 2 },
      },
    })
  })

  test('a reopened ticket is open again', () => {
    const events = [open('a'), status('a', 'closed'), at('ticket.reopened', hour, { ticketId: 'a' })]
    expect(ask(events, { window: 'now' }).openTickets).toMatchObject({
      value: 1,
      parts: { open: { value: 1 } },
    })
  })

  test('a gauge in any window is its level at the window’s end', () => {
    const events = [open('a', minute), status('a', 'solved', 20 * minute), open('b', 40 * minute)]
    const levelAt = (window: string, containingMs: number) =>
      ask(events, { window, containingMs }).openTickets?.value
    expect([0, 15, 30].map((minutes) => levelAt('interval-15m', minutes * minute))).toEqual([1, 0, 1])
    expect(ask(events, { window: 'now', afterMs: 10 * minute }).openTickets?.value).toBe(1)
  })
})

describe('backlog', () => {
  test('new + open + on-hold: pending waits for the customer', () => {
    const events = [
      open('new'),
      ...['open', 'pending', 'on-hold', 'solved'].flatMap((id) => [open(id), status(id, id)]),
    ]
    expect(ask(events, { window: 'now' }).backlog).toMatchObject({ value: 3, n: 3 })
  })

  test('backlogUnanswered: no human reply yet; a bot’s is none', () => {
    const events = [
      open('silent'),
      open('bot'),
      says('bot', 1, { ticketId: 'bot' }),
      open('answered'),
      says('agent', 1, { ticketId: 'answered' }),
      says('customer', 2, { ticketId: 'answered' }),
    ]
    expect(ask(events, { window: 'now' }).backlogUnanswered?.value).toBe(2)
  })

  test('the stock, never the net flow: what was open before the window counts', () => {
    const events = [open('before', -2 * day), open('today', minute)]
    const today = ask(events, { window: 'today', afterMs: hour })
    expect(today.backlog?.value).toBe(2)
    expect(today.netFlow?.value).toBe(1)
  })
})

describe('backlogAge', () => {
  const events = [
    open('oldest', 0),
    says('agent', hour, { ticketId: 'oldest' }),
    open('middle', 5 * hour),
    open('young', 9 * hour),
    open('gone', 0),
    status('gone', 'solved'),
  ]

  test('as-of less creation of open tickets: p50, p90, max, with worst ids', () => {
    const { metrics, worst } = askSnapshot(events, { window: 'now', afterMs: 10 * hour })
    expect(metrics.backlogAge).toMatchObject({
      value: (16 * hour) / 3,
      n: 3,
      p50: 5 * hour,
      p90: 5 * hour,
      max: 10 * hour,
      sinceAt: since(0),
    })
    expect(worst.openTickets).toEqual([
      { id: 'oldest', sinceAt: since(0) },
      { id: 'middle', sinceAt: since(5 * hour) },
      { id: 'young', sinceAt: since(9 * hour) },
    ])
  })

  test('a reopened ticket is as old as its creation, and nothing open has no age', () => {
    const reopened = [open('a'), status('a', 'solved'), at('ticket.reopened', 9 * hour, { ticketId: 'a' })]
    const asked = { window: 'now', afterMs: 10 * hour }
    expect(ask(reopened, asked).backlogAge?.max).toBe(10 * hour)
    expect(ask(reopened.slice(0, 2), asked).backlogAge).toMatchObject({ value: null, reason: 'no-data' })
  })

  test('lists of the worst hold at most ten', () => {
    const many = Array.from({ length: 12 }, (_, index) => open(`t-${index}`, index * minute))
    const { worst } = askSnapshot(many, { window: 'now' })
    expect(worst.openTickets?.map(({ id }) => id)).toEqual(many.slice(0, 10).map((_, index) => `t-${index}`))
  })
})

describe('netFlow', () => {
  const flowIs = (events: readonly Event[]) => {
    const before = ask(events, { window: 'now', afterMs: -10 * hour }).openTickets?.value ?? 0
    const today = ask(events, { window: 'today', afterMs: 13 * hour })
    expect(before + (today.netFlow?.value ?? Number.NaN)).toBe(today.openTickets?.value)
    return today.netFlow?.value
  }

  test('is an identity: open before + netFlow = open after, also where tickets were merged or never seen', () => {
    const events = [
      open('old', -2 * day),
      open('merged', -2 * day),
      at('ticket.merged', hour, { ticketId: 'merged' }),
      status('old', 'solved', hour),
      open('new', hour),
      open('newer', hour),
      status('orphan', 'solved', hour),
      at('ticket.reopened', 2 * hour, { ticketId: 'orphan' }),
    ]
    expect(flowIs(events)).toBe(1)
  })
})

describe('backlogDays', () => {
  const resolvedOn = (days: readonly number[]) =>
    days.flatMap((afterDays) => [
      open(`r-${afterDays}`, -20 * day),
      status(`r-${afterDays}`, 'solved', afterDays * day),
    ])
  const stock = [open('a', -20 * day), open('b', -20 * day), open('c', -20 * day)]

  test('open tickets / tickets resolved per day, over the last 7 days', () => {
    const events = [...stock, ...resolvedOn([-8, -7.5, -6, -5, -4, -3, -2, -1])]
    expect(ask(events, { window: 'now', afterMs: 0 }).backlogDays).toEqual({
      value: 3.5,
      unit: 'days',
      n: 6,
      numerator: 21,
      denominator: 6,
    })
  })

  test('null if nothing was resolved', () => {
    const metric = ask([...stock, ...resolvedOn([-8])], { window: 'now', afterMs: 0 }).backlogDays
    expect(metric).toMatchObject({ value: null, reason: 'no-data' })
  })
})
