import { describe, expect, test } from 'vitest'
import { ask, monday, says, targets } from './oracle/ask.ts'
import { makeEvent } from './oracle/make-event.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('backlog', () => {
  const ticket = (
    ticketId: string,
    status: 'new' | 'open' | 'pending' | 'on-hold',
    isReplied: boolean,
    at = monday,
  ) => [
    makeEvent('ticket.created', at, { ticketId }),
    ...(isReplied ? [says('agent', at + second, { ticketId })] : []),
    makeEvent('ticket.status_changed', at + minute, { ticketId, status }),
  ]
  test('3 pending, 2 customer-replied, 2 never answered, 1 past target, 1 on hold: open 8, backlog 5, 2, 1', () => {
    const asOf = monday + 3 * hour
    const events = [
      ...ticket('p1', 'pending', true),
      ...ticket('p2', 'pending', true),
      ...ticket('p3', 'pending', true),
      ...ticket('o1', 'open', true),
      ...ticket('o2', 'open', true),
      ...ticket('n1', 'new', false),
      ...ticket('n2', 'new', false, monday + 2.5 * hour),
      ...ticket('h1', 'on-hold', true),
    ]
    const metrics = ask(events, { asOf, config: { targets: targets(hour) } })
    expect(metrics.openTickets).toMatchObject({
      value: 8,
      parts: { pending: { value: 3 }, unassigned: { value: 8 } },
    })
    expect(metrics.backlog?.value).toBe(5)
    expect(metrics.backlogUnanswered?.value).toBe(2)
    expect(metrics.backlogOverdue?.value).toBe(1)
  })

  test('10 open, +5, −4, 2 reopened: 13 open, net flow 3', () => {
    const created = (name: string, count: number, at: number) =>
      Array.from({ length: count }, (_, index) =>
        makeEvent('ticket.created', at, { ticketId: `${name}${index}` }),
      )
    const each = (type: 'ticket.resolved' | 'ticket.reopened', ids: readonly string[], at: number) =>
      ids.map((ticketId) => makeEvent(type, at, { ticketId }))
    const events = [
      ...created('old', 12, monday - 2 * day),
      ...each('ticket.resolved', ['old10', 'old11'], monday - day),
      ...created('new', 5, monday),
      ...each('ticket.resolved', ['old0', 'old1', 'old2', 'old3'], monday),
      ...each('ticket.reopened', ['old10', 'old11'], monday),
    ]
    expect(ask(events, { asOf: monday }).openTickets?.value).toBe(10)
    const metrics = ask(events, { window: 'today', asOf: monday + day })
    expect(metrics.netFlow?.value).toBe(3)
    expect(metrics.openTickets?.value).toBe(13)
  })

  test('a gauge follows its ticket from one assignee to the next', () => {
    const events = [
      makeEvent('ticket.created', monday, { agentId: 'anna' }),
      makeEvent('ticket.assigned', monday + hour, { agentId: 'ben' }),
    ]
    const open = (agentId: string, asOf: number) =>
      ask(events, { scope: { agentId }, asOf }).openTickets?.value
    expect([open('anna', monday + hour), open('ben', monday + hour)]).toEqual([1, 0])
    expect([open('anna', monday + hour + 1), open('ben', monday + hour + 1)]).toEqual([0, 1])
  })

  test('a ticket made for a call counts as its call, once', () => {
    const events = [
      makeEvent('call.queued', monday),
      makeEvent('ticket.created', monday, { ticketId: 't', callId: 'call' }),
    ]
    expect(ask(events).requestVolume?.value).toBe(1)
  })

  test('one customer sends 9 e-mails, three call once: contacts 75 % e-mail', () => {
    const mails = Array.from({ length: 9 }, (_, index) =>
      makeEvent('ticket.created', monday, { ticketId: `t${index}`, channel: 'email' }),
    )
    const calls = Array.from({ length: 3 }, (_, index) =>
      makeEvent('call.queued', monday, { callId: `c${index}`, channel: 'voice' }),
    )
    const metrics = ask([...mails, ...calls], { scope: { channel: 'email' } })
    expect(metrics.channelShare).toMatchObject({ value: 0.75, numerator: 9, denominator: 12 })
    expect(metrics.contactVolume?.value).toBe(9)
  })

  test('spam disappears, a merged ticket keeps its replies, a privacy delete changes no number', () => {
    const events = [makeEvent('ticket.created', monday), says('agent', monday + second)]
    const after = (type: 'ticket.spam' | 'ticket.merged' | 'ticket.deleted', own = {}) => {
      const { requestVolume, openTickets, firstResponseTime } = ask([
        ...events,
        makeEvent(type, monday + hour, own),
      ])
      return [requestVolume?.value, openTickets?.value, firstResponseTime?.n]
    }
    expect(after('ticket.spam')).toEqual([0, 0, 0])
    expect(after('ticket.deleted')).toEqual([0, 0, 0])
    expect(after('ticket.merged')).toEqual([0, 0, 1])
    expect(after('ticket.deleted', { reason: 'privacy' })).toEqual([1, 1, 1])
  })
})
