import { describe, expect, test } from 'vitest'
import { defaultRules } from '../src/core/rules.ts'
import { ask, at, hour, minute, says, second } from './support/ask.ts'

describe('queue visits and their outcomes, waits, service level', () => {
  const queued = {
    queueId: 'billing',
    channel: 'voice',
    teamId: 'first-line',
    priority: 'high',
    category: 'refund',
    direction: 'inbound',
    attributes: { plan: 'gold' },
  }
  const later = { channel: 'chat', teamId: 'second', priority: 'low', category: 'login' }
  const events = [
    at('call.queued', 0, queued),
    at('call.answered', second, { ...later, agentId: 'anna', attributes: { plan: 'silver' } }),
    at('call.queued', 0, { ...queued, callId: 'abandoned' }),
    at('call.abandoned', second, { ...later, callId: 'abandoned' }),
    at('call.queued', 0, { ...queued, callId: 'waiting' }),
  ]
  const { attributes, ...dimensions } = queued
  const asQueued = Object.entries({ ...dimensions, ...attributes })

  test.each(asQueued)('by the visit’s %s (%s)', (name, value) => {
    const metrics = ask(events, { scope: { [name]: value }, afterMs: hour })
    const ids = ['callsOffered', 'callsAnswered', 'callsAbandoned', 'waitTime', 'serviceLevel', 'waitingNow']
    expect(ids.map((id) => metrics[id]?.n)).toEqual([3, 1, 1, 2, 3, 1])
    expect(metrics.longestWaitNow?.value).toBe(hour)
  })

  test('not as it was later: the visit keeps what it was queued with', () => {
    const metrics = ask(events, { scope: { channel: 'chat' } })
    expect([metrics.callsOffered?.n, metrics.callsAbandoned?.n, metrics.serviceLevel?.n]).toEqual([0, 0, 0])
  })

  test('by agent they are not-applicable, their ages and oldest too', () => {
    const now = ask(events, { scope: { agentId: 'anna' }, window: 'now', afterMs: hour })
    const total = ask(events, { scope: { agentId: 'anna' } })
    for (const id of ['waitingNow', 'longestWaitNow', 'callbacksWaitingNow'])
      expect(now[id], id).toMatchObject({ value: null, n: 0, reason: 'not-applicable' })
    for (const id of ['callsOffered', 'callsAbandoned', 'callsDiverted', 'callsBlocked', 'callsExpired'])
      expect(total[id], id).toMatchObject({ value: null, reason: 'not-applicable' })
    for (const id of [
      'waitTime',
      'abandonTime',
      'abandonRate',
      'serviceLevel',
      'blockageRate',
      'callbackRate',
    ])
      expect(total[id], id).toMatchObject({ value: null, reason: 'not-applicable' })
  })
})

describe('answered, handle time and its parts, transfers, holds', () => {
  test('also by the leg’s agent', () => {
    const events = [
      at('call.queued', 0),
      at('call.answered', 10 * second, { agentId: 'anna' }),
      at('call.held', 20 * second, { agentId: 'anna' }),
      at('call.resumed', 30 * second, { agentId: 'anna' }),
      at('call.transferred', minute, { agentId: 'anna', mode: 'blind' }),
      at('call.wrapped', 2 * minute, { agentId: 'anna' }),
      at('call.queued', minute, { queueId: 'experts' }),
      at('call.answered', 3 * minute, { agentId: 'ben' }),
      at('call.ended', 4 * minute),
    ]
    const told = (agentId: string) => {
      const metrics = ask(events, { scope: { agentId } })
      const ids = ['callsAnswered', 'averageSpeedOfAnswer', 'averageHandleTime', 'talkTime', 'holdTime']
      return [...ids, 'wrapTime', 'transferRate', 'holdRate'].map((id) => metrics[id]?.value)
    }
    const anna = [1, 10 * second, 110 * second, 40 * second, 10 * second, minute, 1, 1]
    expect(told('anna')).toEqual(anna)
    expect(told('ben')).toEqual([1, 2 * minute, minute, minute, 0, 0, 0, 0])
  })
})

describe('replies and response times', () => {
  test('by the ticket’s dimensions and the sender, whoever it is assigned to', () => {
    const events = [
      at('ticket.created', 0, { queueId: 'billing', agentId: 'ben' }),
      says('customer', 0),
      says('agent', minute),
    ]
    const told = (scope: Readonly<Record<string, string>>) => {
      const metrics = ask(events, { scope })
      return [metrics.firstResponseTime?.n, metrics.responseTime?.n, metrics.casesHandled?.value]
    }
    expect(told({ queueId: 'billing' })).toEqual([1, 1, 1])
    expect(told({ agentId: 'anna' })).toEqual([1, 1, 1])
    expect(told({ agentId: 'ben' })).toEqual([0, 0, 0])
  })
})

describe('resolutions, reopenings, first response targets, open tickets', () => {
  const events = [
    at('ticket.created', 0, { queueId: 'billing' }),
    at('ticket.assigned', minute, { agentId: 'anna' }),
    at('ticket.resolved', hour),
    at('ticket.assigned', 2 * hour, { agentId: 'ben' }),
    at('ticket.reopened', 3 * hour, { queueId: 'sales' }),
  ]

  test('by the ticket’s dimensions and its assignee at that instant', () => {
    const told = (scope: Readonly<Record<string, string>>) => {
      const metrics = ask(events, { scope })
      return [metrics.ticketsResolved?.value, metrics.ticketsReopened?.value, metrics.openTickets?.value]
    }
    expect(told({ agentId: 'anna' })).toEqual([1, 0, 0])
    expect(told({ agentId: 'ben' })).toEqual([0, 1, 1])
    expect(told({ queueId: 'billing' })).toEqual([1, 0, 0])
    expect(told({ queueId: 'sales' })).toEqual([0, 1, 1])
  })

  test('a first response target counts for the assignee at the reply, or at the due instant', () => {
    const targets = { ...defaultRules.targets, firstResponse: [{ withinMs: hour }] }
    const judged = (agentId: string, repliedMs: number) => {
      const late = [...events.slice(0, 2), at('ticket.assigned', 70 * minute, { agentId: 'ben' })]
      const asked = { rules: { ...defaultRules, targets }, scope: { agentId } }
      return ask([...late, says('agent', repliedMs)], asked).firstResponseWithinTarget?.value
    }
    expect([judged('anna', 30 * minute), judged('ben', 30 * minute)]).toEqual([1, null])
    expect([judged('anna', 80 * minute), judged('ben', 80 * minute)]).toEqual([0, null])
  })

  test('an open ticket moves from one assignee to the next at that instant', () => {
    const open = (agentId: string, afterMs: number) => {
      const asked = { scope: { agentId }, window: 'now', afterMs }
      const { openTickets, backlogAge } = ask(events.slice(0, 2), asked)
      return [openTickets?.value, backlogAge?.n]
    }
    expect([open('anna', minute), open('anna', minute + 1)]).toEqual([
      [0, 0],
      [1, 1],
    ])
  })

  test('by agent what has no agent is not-applicable', () => {
    const metrics = ask(events, { scope: { agentId: 'anna' } })
    for (const id of ['ticketsCreated', 'requestVolume', 'netFlow', 'resolutionRate', 'escalationRate'])
      expect(metrics[id], id).toMatchObject({ value: null, reason: 'not-applicable' })
  })
})
