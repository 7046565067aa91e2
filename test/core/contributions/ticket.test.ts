import { describe, expect, test } from 'vitest'
import { measures as m } from '../../../src/core/measures.ts'
import { defaultRules } from '../../../src/core/rules.ts'
import { day, hour, minute, monday, second } from './business-days.ts'
import { fileFacts, on, says } from './filed-facts.ts'

const oneHour = { firstResponse: [{ withinMs: hour }], nextReply: [], resolution: [] }

describe('open tickets', () => {
  const ticket = (ticketId: string, status: string, isReplied: boolean, at = monday) => [
    on('ticket.created', at, { ticketId }),
    ...(isReplied ? [says('agent', at + second, { ticketId })] : []),
    on('ticket.status_changed', at + minute, { ticketId, status }),
  ]

  test('3 pending, 2 customer-replied, 2 never answered (1 past target), 1 on hold: open 8, backlog 5, 2, 1', () => {
    const events = [
      ...['p1', 'p2', 'p3'].map((id) => ticket(id, 'pending', true)),
      ...['o1', 'o2'].map((id) => ticket(id, 'open', true)),
      ticket('n1', 'new', false),
      ticket('n2', 'new', false, monday + 2.5 * hour),
      ticket('h1', 'on-hold', true),
    ].flat()
    const facts = fileFacts(events, { asOfMs: monday + 3 * hour, rules: { targets: oneHour } })
    expect(facts.total(m.openByStatus)).toBe(8)
    expect(facts.open('openTickets')).toHaveLength(8)
    const levels = ['new', 'open', 'pending', 'on-hold'].map((key) => facts.total(m.openByStatus, key))
    expect(levels).toEqual([2, 2, 3, 1])
    expect(facts.total(m.backlogUnanswered)).toBe(2)
    expect(facts.total(m.backlogOverdue)).toBe(1)
  })

  test('10 open, +5, −4, 2 reopened → 13', () => {
    const many = (type: string, ids: readonly string[], at: number) =>
      ids.map((ticketId) => on(type, at, { ticketId }))
    const ids = (name: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${name}${index}`)
    const events = [
      ...many('ticket.created', ids('old', 12), monday - 2 * day),
      ...many('ticket.resolved', ['old10', 'old11'], monday - day),
      ...many('ticket.created', ids('new', 5), monday),
      ...many('ticket.resolved', ids('old', 4), monday),
      ...many('ticket.reopened', ['old10', 'old11'], monday),
    ]
    const flow = (asOfMs: number) => {
      const facts = fileFacts(events, { asOfMs })
      return {
        open: facts.total(m.openByStatus),
        net: facts.total(m.ticketsCreated) + facts.total(m.reopened) - facts.total(m.resolved),
      }
    }
    expect(flow(monday)).toEqual({ open: 10, net: 10 })
    expect(flow(monday + 1)).toEqual({ open: 13, net: 13 })
  })

  test('what changes hands steps down under the old dimensions and up under the new', () => {
    const events = [
      on('ticket.created', monday, { agentId: 'anna' }),
      on('ticket.assigned', monday + hour, { agentId: 'ben' }),
      on('ticket.assigned', monday + 2 * hour, { teamId: 'second-line' }),
    ]
    const open = (agentId: string, asOfMs: number) => {
      const facts = fileFacts(events, { asOfMs, scope: { agentId } })
      expect(facts.open('openTickets')).toHaveLength(facts.total(m.openByStatus))
      return facts.total(m.openByStatus)
    }
    expect([open('anna', monday + hour), open('ben', monday + hour)]).toEqual([1, 0])
    expect([open('anna', monday + hour + 1), open('ben', monday + hour + 1)]).toEqual([0, 1])
    expect(open('ben', monday + 3 * hour)).toBe(0)
    const facts = fileFacts(events, { asOfMs: monday + 3 * hour, scope: { teamId: 'second-line' } })
    expect(facts.total(m.openUnassigned)).toBe(1)
  })

  test('events that change nothing leave a level in one piece', () => {
    const created = on('ticket.created', monday, { attributes: { plan: 'gold' } })
    const again = on('ticket.updated', monday + 1, { attributes: { plan: 'gold' } })
    expect(fileFacts([created, again]).spans).toEqual(
      fileFacts([created]).spans.map((span) => ({ ...span, untilMs: span.untilMs + 1 })),
    )
  })

  test('customer 09:00, auto-reply 09:00:01: one unanswered; answered or solved: none', () => {
    const nine = monday + 9 * hour
    const events = [
      on('ticket.created', nine, { openedBy: 'agent' }),
      says('customer', nine + 1),
      says('bot', nine + second),
    ]
    const unanswered = (...more: ReturnType<typeof on>[]) => {
      const facts = fileFacts([...events, ...more], { asOfMs: nine + hour })
      expect(facts.open('unanswered')).toHaveLength(facts.total(m.unanswered))
      return facts.total(m.unanswered)
    }
    expect(unanswered()).toBe(1)
    expect(unanswered(says('agent', nine + minute))).toBe(0)
    expect(unanswered(on('ticket.resolved', nine + minute))).toBe(0)
    expect(fileFacts(events, { asOfMs: nine + hour }).open('unanswered')[0]?.sinceMs).toBe(nine + 1)
  })

  test('a customer’s creation without a message waits for an answer, an agent’s does not', () => {
    const unanswered = (openedBy: string) =>
      fileFacts([on('ticket.created', monday, { openedBy })], { asOfMs: monday + 1 }).total(m.unanswered)
    expect([unanswered('customer'), unanswered('agent'), unanswered('bot')]).toEqual([1, 0, 0])
  })

  test('an abandoned ticket leaves the gauges when it expires', () => {
    const facts = fileFacts([on('ticket.created', monday)], { rules: { targets: oneHour } })
    const levels = [
      m.openByStatus,
      m.openUnassigned,
      m.unanswered,
      m.backlogUnanswered,
      m.overdue,
      m.backlogOverdue,
    ]
    expect(levels.map((measure) => facts.total(measure))).toEqual([0, 0, 0, 0, 0, 0])
    expect(facts.contributions.at(-1)?.atMs).toBe(monday + defaultRules.openSubjectExpiryMs)
  })
})

describe('volumes', () => {
  test('a ticket made for a call is created, but no request of its own', () => {
    const facts = fileFacts([
      on('ticket.created', monday, { callId: 'c' }),
      on('call.queued', monday, { callId: 'c', queueId: 'q' }),
    ])
    expect([facts.total(m.ticketsCreated), facts.total(m.requests)]).toEqual([1, 1])
  })

  test('30 of 40 assigned are resolved, also by agent', () => {
    const events = Array.from({ length: 40 }, (_, index) => {
      const own = { ticketId: `t${index}` }
      return [
        on('ticket.created', monday, own),
        on('ticket.assigned', monday + 1, { ...own, agentId: 'anna' }),
        ...(index < 10 ? [on('ticket.assigned', monday + 2, { ...own, agentId: 'ben' })] : []),
        on('ticket.assigned', monday + 3, { ...own, agentId: 'anna' }),
        ...(index < 30 ? [on('ticket.resolved', monday + 4, own)] : []),
      ]
    }).flat()
    const facts = fileFacts(events)
    expect([facts.total(m.assignedResolved), facts.total(m.assigned)]).toEqual([30, 40])
    expect(facts.total(m.cohortResolved)).toBe(30)
    const anna = fileFacts(events, { scope: { agentId: 'anna' } })
    expect([anna.total(m.assignedToAgentResolved), anna.total(m.assignedToAgent)]).toEqual([30, 40])
    const ben = fileFacts(events, { scope: { agentId: 'ben' } })
    expect([ben.total(m.assignedToAgentResolved), ben.total(m.assignedToAgent)]).toEqual([10, 10])
  })

  test('what resolves without a creation stays out of the net flow', () => {
    const facts = fileFacts([on('ticket.resolved', 1), on('ticket.reopened', 2), on('ticket.resolved', 3)])
    expect([facts.total(m.resolved), facts.total(m.orphanResolved)]).toEqual([2, 2])
    expect([facts.total(m.reopened), facts.total(m.orphanReopened)]).toEqual([1, 1])
    expect(facts.instants(m.orphans)).toEqual([1])
  })
})

describe('tickets that are taken away', () => {
  const events = [
    on('ticket.created', monday, { agentId: 'anna' }),
    says('agent', monday + second),
    on('ticket.escalated', monday + 2 * second),
    on('survey.sent', monday + 3 * second, { surveyId: 's' }),
    on('ticket.resolved', monday + minute),
  ]

  test.each(['ticket.spam', 'ticket.deleted'])('after %s nothing is left, its surveys neither', (type) => {
    const facts = fileFacts([...events, on(type, monday + hour)])
    expect(facts.contributions).toEqual([])
    expect(facts.spans).toEqual([])
  })

  test('a deletion for privacy changes no number', () => {
    const deleted = on('ticket.deleted', monday + hour, { reason: 'privacy' })
    expect(fileFacts([...events, deleted]).contributions).toEqual(fileFacts(events).contributions)
  })

  test('a merged ticket loses its created, open and resolution counts; replies and surveys stay', () => {
    const facts = fileFacts([...events, on('ticket.merged', monday + hour)])
    const names = new Set(facts.contributions.map(({ measure }) => measure.name))
    expect([...names].sort()).toEqual([
      'casesHandled',
      'casesHandledByAgent',
      'firstResponse',
      'firstResponseAny',
      'surveysSent',
    ])
    expect(facts.spans).toEqual([])
  })
})

describe('the end of a ticket', () => {
  const endOf = (...events: ReturnType<typeof on>[]) =>
    fileFacts([on('ticket.created', 0), ...events]).expiresAtMs
  const ended = (at: number) => at + defaultRules.endedTicketExpiryMs
  const open = (lastAt: number) => lastAt + defaultRules.openSubjectExpiryMs

  test('closed, merged, deleted, spam; a resolved one is not ended', () => {
    expect(endOf(on('ticket.resolved', 5))).toBe(open(5))
    expect(endOf(on('ticket.closed', 5), says('customer', 9))).toBe(ended(5))
    expect(endOf(on('ticket.merged', 5))).toBe(ended(5))
    expect(endOf(on('ticket.deleted', 5))).toBe(ended(5))
    expect(endOf(on('ticket.spam', 5), on('ticket.updated', 9))).toBe(ended(5))
  })

  test('a closed ticket that is reopened lives on', () => {
    expect(endOf(on('ticket.closed', 5), on('ticket.reopened', 9))).toBe(open(9))
  })
})
