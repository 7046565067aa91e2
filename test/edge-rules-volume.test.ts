import { describe, expect, test } from 'vitest'
import { defaultRules } from '../src/core/rules.ts'
import { ask, at, day, hour, minute, says, second, times, visit } from './support/ask.ts'

const created = (ticketId: string, afterMs = 0, own = {}) =>
  at('ticket.created', afterMs, { ticketId, ...own })
const resolved = (ticketId: string, afterMs = hour) => at('ticket.resolved', afterMs, { ticketId })
const reopened = (ticketId: string, afterMs: number) => at('ticket.reopened', afterMs, { ticketId })
const ids = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`)

describe('volumes', () => {
  test('requestVolume: tickets created + first queue visits of calls + conversations without a ticket', () => {
    const chat = { conversationId: 'chat' }
    const events = [
      created('a'),
      says('customer', 1, { ticketId: 'a', conversationId: 'of-a' }),
      at('call.queued', 0, { callId: 'c' }),
      at('call.diverted', second, { callId: 'c', reason: 'overflow' }),
      at('call.queued', second, { callId: 'c', queueId: 'sales' }),
      created('for-call', minute, { callId: 'c' }),
      says('customer', 0, chat),
      says('agent', minute, chat),
    ]
    expect(ask(events).requestVolume?.value).toBe(3)
    expect(ask(events).ticketsCreated?.value).toBe(2)
    expect(ask(events).callsOffered?.value).toBe(2)
  })

  test('one customer sends 9 e-mails, three call once: contacts 75 % e-mail', () => {
    const events = [
      ...ids('mail', 9).map((id) => created(id, 0, { channel: 'email', customerId: 'carl' })),
      ...['dora', 'emil', 'fred'].flatMap((customerId) =>
        visit('call.answered', second, { channel: 'voice', customerId }),
      ),
    ]
    const of = (channel: string) => ask(events, { scope: { channel } })
    expect(of('email').contactVolume?.value).toBe(9)
    expect(of('voice').contactVolume?.value).toBe(3)
    expect(of('email').channelShare).toMatchObject({ value: 0.75, numerator: 9, denominator: 12 })
    expect(of('voice').channelShare).toMatchObject({ value: 0.25, numerator: 3, denominator: 12 })
  })

  test('contactVolume and channelShare are told per channel: elsewhere not-applicable', () => {
    const metrics = ask([created('a', 0, { channel: 'email' })])
    expect(metrics.contactVolume).toMatchObject({ value: null, reason: 'not-applicable' })
    expect(metrics.channelShare).toMatchObject({ value: null, reason: 'not-applicable' })
  })

  test('channelShare within a queue is of the queue’s contacts, those without a channel included', () => {
    const events = [
      created('a', 0, { queueId: 'billing', channel: 'email' }),
      created('b', 0, { queueId: 'billing' }),
      created('c', 0, { queueId: 'sales', channel: 'chat' }),
    ]
    const scope = { queueId: 'billing', channel: 'email' }
    expect(ask(events, { scope }).channelShare).toMatchObject({ numerator: 1, denominator: 2 })
  })

  test('categoryShare: tickets of the category / all, as they were created', () => {
    const events = [
      created('a', 0, { category: 'refund' }),
      created('b', 0, { category: 'login' }),
      at('ticket.updated', minute, { ticketId: 'b', category: 'refund' }),
      created('c', 0, { category: 'refund' }),
      created('d'),
    ]
    const of = (category: string) => ask(events, { scope: { category } }).categoryShare
    expect(of('refund')).toMatchObject({ value: 0.5, numerator: 2, denominator: 4 })
    expect(of('login')).toMatchObject({ value: 0.25, numerator: 1, denominator: 4 })
    expect(ask(events).categoryShare).toMatchObject({ value: null, reason: 'not-applicable' })
  })
})

describe('resolution rates', () => {
  const events = [
    ...ids('yesterday', 3).map((id) => created(id, -day)),
    ...ids('today', 4).map((id) => created(id)),
    ...ids('yesterday', 3).map((id) => resolved(id)),
    resolved('today-0'),
  ]
  const today = { window: 'today', afterMs: 2 * hour }
  const yesterday = { window: 'today', containingMs: -day }

  test('resolutionRate: resolved / created, both in the window', () => {
    expect(ask(events, today).resolutionRate).toMatchObject({ value: 1, numerator: 4, denominator: 4 })
    expect(ask(events, yesterday).resolutionRate).toMatchObject({ value: 0, numerator: 0, denominator: 3 })
  })

  test('resolutionRateCohort: of those created in the window, provisional until all are resolved', () => {
    expect(ask(events, today).resolutionRateCohort).toEqual({
      value: 0.25,
      unit: 'ratio',
      n: 4,
      numerator: 1,
      denominator: 4,
      provisional: true,
    })
    expect(ask(events, yesterday).resolutionRateCohort).toEqual({
      value: 1,
      unit: 'ratio',
      n: 3,
      numerator: 3,
      denominator: 3,
    })
  })

  test('resolutionRateAssigned: distinct tickets, also by agent', () => {
    const assigned = (ticketId: string, agentId: string, afterMs: number) =>
      at('ticket.assigned', afterMs, { ticketId, agentId })
    const handed = [
      created('a'),
      assigned('a', 'anna', minute),
      assigned('a', 'ben', 2 * minute),
      assigned('a', 'anna', 3 * minute),
      resolved('a'),
      reopened('a', 2 * hour),
      resolved('a', 3 * hour),
      created('b'),
      assigned('b', 'ben', minute),
    ]
    const rate = (scope = {}) => {
      const { numerator, denominator } = ask(handed, { scope }).resolutionRateAssigned ?? {}
      return [numerator, denominator]
    }
    expect(rate()).toEqual([1, 2])
    expect(rate({ agentId: 'anna' })).toEqual([1, 1])
    expect(rate({ agentId: 'ben' })).toEqual([1, 2])
  })

  test('reopenRate: reopened / resolved', () => {
    const again = [...events, reopened('today-0', 1.5 * hour), resolved('today-0', 1.6 * hour)]
    expect(ask(again, today).reopenRate).toMatchObject({ value: 0.2, numerator: 1, denominator: 5 })
    expect(ask([created('a')]).reopenRate).toMatchObject({ value: null, reason: 'no-data' })
  })

  test('escalationRate: escalated / created, a flow ratio', () => {
    const escalated = (ticketId: string) => at('ticket.escalated', minute, { ticketId })
    const metric = ask([...events, escalated('today-0'), escalated('yesterday-0')], today).escalationRate
    expect(metric).toMatchObject({ value: 0.5, numerator: 2, denominator: 4 })
  })
})

describe('firstContactResolution', () => {
  const judge = (...contacts: Parameters<typeof ask>[0]) => {
    const events = [created('ticket'), ...contacts, resolved('ticket')]
    const { numerator, denominator } = ask(events).firstContactResolution ?? {}
    return denominator === undefined ? null : [numerator, denominator]
  }
  const worked = (afterMs: number, agentId = 'anna') =>
    at('ticket.worked', afterMs, { agentId, durationMs: 1 })

  test('resolved by one agent, with at most one ticket.worked and at most one public reply turn', () => {
    expect(judge(worked(1), says('agent', 2), says('agent', 3))).toEqual([1, 1])
    expect(judge(worked(1), says('agent', 2, { agentId: 'ben' }))).toEqual([0, 1])
    expect(judge(worked(1), worked(2))).toEqual([0, 1])
    expect(judge(says('agent', 1), says('customer', 2), says('agent', 3))).toEqual([0, 1])
  })

  test('a resolution without any recorded contact is left out', () => {
    expect(judge(says('customer', 1), says('bot', 2))).toBeNull()
  })

  test('not reopened within fcr.windowMs; provisional until then', () => {
    const events = [created('ticket'), says('agent', 1), resolved('ticket')]
    const rules = { ...defaultRules, fcrWindowMs: 2 * hour }
    const after = (reopenedMs: number) =>
      ask([...events, reopened('ticket', reopenedMs)], { rules }).firstContactResolution?.value
    expect([after(3 * hour), after(3 * hour + 1)]).toEqual([0, 1])
    const settled = (afterMs: number) =>
      ask(events, { rules, window: 'hour', containingMs: hour, afterMs }).firstContactResolution?.provisional
    expect([settled(4 * hour - 1), settled(4 * hour)]).toEqual([true, undefined])
  })
})

describe('casesHandled', () => {
  test('cases with a leg answered or a public message; bots are not agents', () => {
    const events = [
      ...times(2, () => visit('call.answered', second, { agentId: 'anna' })),
      ...visit('call.abandoned', second),
      created('answered'),
      says('agent', 1, { ticketId: 'answered' }),
      created('bot'),
      says('bot', 1, { ticketId: 'bot', agentId: 'robot' }),
      created('private'),
      says('agent', 1, { ticketId: 'private', public: false }),
    ]
    expect(ask(events).casesHandled?.value).toBe(3)
    expect(ask(events, { scope: { agentId: 'robot' } }).casesHandled?.value).toBe(0)
  })

  test('ten cases, two agents, three shared: 10, and by agent 13', () => {
    const events = ids('case', 10).flatMap((ticketId, index) => [
      created(ticketId),
      ...(index < 7 ? [says('agent', 1, { ticketId })] : []),
      ...(index < 4 ? [] : [says('agent', 2, { ticketId, agentId: 'ben' })]),
      says('agent', 3, { ticketId, agentId: index < 7 ? 'anna' : 'ben' }),
    ])
    const of = (scope = {}) => ask(events, { scope }).casesHandled?.value
    expect([of(), of({ agentId: 'anna' }), of({ agentId: 'ben' })]).toEqual([10, 7, 6])
  })
})
