import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { defaultRules } from '../src/core/rules.ts'
import { ask, at, day, hour, minute, says } from './support/ask.ts'

const created = at('ticket.created', 0)
const resolved = (afterMs: number) => at('ticket.resolved', afterMs)
const reopened = (afterMs: number) => at('ticket.reopened', afterMs)
const status = (to: string, afterMs: number) => at('ticket.status_changed', afterMs, { status: to })
const worked = (afterMs: number, durationMs: number, own = {}) =>
  at('ticket.worked', afterMs, { durationMs, ...own })

describe('a resolution', () => {
  const counts = (...events: readonly Event[]) => {
    const { ticketsResolved, ticketsReopened } = ask([created, ...events])
    return [ticketsResolved?.value, ticketsReopened?.value]
  }

  test('is the entry into solved, or into closed when not solved', () => {
    expect(counts(status('solved', minute))).toEqual([1, 0])
    expect(counts(at('ticket.closed', minute))).toEqual([1, 0])
    expect(counts(resolved(minute), at('ticket.closed', hour))).toEqual([1, 0])
  })

  test('only reopened, or a status back to an unresolved one, reopens', () => {
    expect(counts(resolved(minute), reopened(hour))).toEqual([1, 1])
    expect(counts(resolved(minute), status('pending', hour))).toEqual([1, 1])
    expect(counts(resolved(minute), says('customer', hour), at('ticket.assigned', hour))).toEqual([1, 0])
  })

  test('a second resolved without that counts nothing in flows and only moves fullResolutionTime', () => {
    const events = [created, resolved(minute), resolved(hour)]
    const metrics = ask(events)
    expect(metrics.ticketsResolved?.value).toBe(1)
    expect(metrics.resolutionRate).toMatchObject({ numerator: 1, denominator: 1 })
    expect(metrics.resolutionTime).toMatchObject({ value: minute, n: 1 })
    expect(metrics.fullResolutionTime).toMatchObject({ value: hour, n: 1 })
    expect(metrics.openTime).toMatchObject({ value: minute, n: 1 })
  })
})

describe('resolution times', () => {
  test('resolutionTime is filed at the first resolution, fullResolutionTime at the last', () => {
    const events = [created, resolved(20 * minute), reopened(25 * minute), resolved(50 * minute)]
    const inWindowOf = (containingMs: number) => {
      const metrics = ask(events, { window: 'interval-15m', containingMs })
      return ['resolutionTime', 'fullResolutionTime', 'openTime', 'requesterWaitTime'].map(
        (id) => metrics[id]?.n,
      )
    }
    expect(inWindowOf(15 * minute)).toEqual([1, 0, 0, 0])
    expect(inWindowOf(45 * minute)).toEqual([0, 1, 1, 1])
  })

  test('a reopening retracts fullResolutionTime, the next resolution refiles it', () => {
    const events = [created, resolved(hour), reopened(2 * hour), resolved(3 * hour)]
    const full = (count: number) => ask(events.slice(0, count)).fullResolutionTime
    expect(full(2)).toMatchObject({ value: hour, n: 1 })
    expect(full(3)).toMatchObject({ value: null, n: 0 })
    expect(full(4)).toMatchObject({ value: 3 * hour, n: 1 })
  })

  test('requesterWaitTime: time in new, open, on-hold until the last resolution; pending stops it', () => {
    const events = [
      created,
      status('open', 10 * minute),
      status('on-hold', 30 * minute),
      status('pending', 60 * minute),
      resolved(100 * minute),
      reopened(200 * minute),
      resolved(205 * minute),
    ]
    expect(ask(events).requesterWaitTime).toMatchObject({ value: 65 * minute, n: 1 })
  })
})

describe('complaints', () => {
  const complaint = at('ticket.created', 0, { kind: 'complaint' })

  test('complaintResolutionTime: resolution less receipt, kind complaint only', () => {
    const question = [
      at('ticket.created', 0, { ticketId: 'q', kind: 'question' }),
      at('ticket.resolved', hour, { ticketId: 'q' }),
    ]
    const metrics = ask([complaint, resolved(2 * hour), ...question])
    expect(metrics.complaintResolutionTime).toMatchObject({ value: 2 * hour, n: 1 })
    expect(metrics.complaintsWithin8Weeks).toMatchObject({ numerator: 1, denominator: 1 })
  })

  test('from the escalation where complaints.from is escalation', () => {
    const rules = { ...defaultRules, complaintsFrom: 'escalation' as const }
    const escalated = [complaint, at('ticket.escalated', day), resolved(3 * day)]
    const asked = { rules, afterMs: 4 * day }
    expect(ask(escalated, asked).complaintResolutionTime).toMatchObject({ value: 2 * day, n: 1 })
    expect(ask([complaint, resolved(3 * day)], asked).complaintResolutionTime?.n).toBe(0)
  })

  test('complaintsWithin3BusinessDays: to the end of the third business day after receipt', () => {
    const within = (afterMs: number) =>
      ask([complaint, resolved(afterMs)], { afterMs: 10 * day }).complaintsWithin3BusinessDays?.value
    const thursdayEnd = 3 * day + 14 * hour
    expect([within(thursdayEnd - 1), within(thursdayEnd + 1)]).toEqual([1, 0])
  })

  test('complaintsWithin8Weeks: 56 days to the millisecond, weekends and all', () => {
    const within = (afterMs: number) =>
      ask([complaint, resolved(afterMs)], { afterMs: 60 * day }).complaintsWithin8Weeks?.value
    expect([within(56 * day), within(56 * day + 1)]).toEqual([1, 0])
  })
})

describe('work and replies of a case', () => {
  test('handleTimePerCase: the sum of ticket.worked per resolved case that has any', () => {
    const events = [
      created,
      worked(minute, 3 * minute),
      worked(hour, 4 * minute, { agentId: 'ben' }),
      resolved(2 * hour),
      at('ticket.created', 0, { ticketId: 'no-work' }),
      at('ticket.resolved', hour, { ticketId: 'no-work' }),
      at('ticket.created', 0, { ticketId: 'open' }),
      worked(minute, hour, { ticketId: 'open' }),
    ]
    expect(ask(events).handleTimePerCase).toMatchObject({ value: 7 * minute, n: 1 })
  })

  test('handlingTimeByType is the same by category', () => {
    const handled = (ticketId: string, category: string, durationMs: number) => [
      at('ticket.created', 0, { ticketId, category }),
      worked(minute, durationMs, { ticketId }),
      at('ticket.resolved', hour, { ticketId }),
    ]
    const events = [
      ...handled('a', 'refund', 2 * minute),
      ...handled('b', 'refund', 4 * minute),
      ...handled('c', 'login', 10 * minute),
    ]
    const ofCategory = (category: string) => ask(events, { scope: { category } }).handlingTimeByType
    expect(ofCategory('refund')).toMatchObject({ value: 3 * minute, n: 2 })
    expect(ofCategory('login')).toMatchObject({ value: 10 * minute, n: 1 })
    expect(ask(events).handlingTimeByType).toMatchObject({ value: null, reason: 'not-applicable' })
    expect(ask(events).handleTimePerCase?.n).toBe(3)
  })

  test('repliesPerTicket and touchesPerResolution: public human messages per ticket; to its resolution', () => {
    const events = [
      created,
      says('agent', minute),
      says('customer', 2 * minute),
      says('bot', 2 * minute),
      says('agent', 3 * minute),
      says('agent', 4 * minute, { public: false }),
      resolved(hour),
      says('agent', 2 * hour),
    ]
    expect(ask(events).repliesPerTicket).toMatchObject({ value: 3, unit: 'count', n: 1 })
    expect(ask(events).touchesPerResolution).toMatchObject({ value: 2, unit: 'count', n: 1 })
    const atResolution = { window: 'hour', containingMs: hour }
    expect(ask(events, atResolution).repliesPerTicket?.n).toBe(1)
  })
})
