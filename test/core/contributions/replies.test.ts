import { describe, expect, test } from 'vitest'
import { measures as m } from '../../../src/core/measures.ts'
import { hour, minute, monday, office, second } from './business-days.ts'
import { fileFacts, on, says } from './filed-facts.ts'

describe('first response', () => {
  test('created 0 s, hand-off 20 s, human reply 62 s: 42 s', () => {
    const facts = fileFacts([
      on('ticket.created', monday),
      says('bot', monday + 5 * second),
      on('ticket.handed_off', monday + 20 * second),
      says('agent', monday + 62 * second),
    ])
    expect(facts.values(m.firstResponse)).toEqual([42_000])
    expect(facts.values(m.firstResponseAny)).toEqual([5000])
  })

  test('created 0, reply 10, reopened 100: 10, never −90', () => {
    const facts = fileFacts([
      on('ticket.created', monday),
      says('agent', monday + 10),
      on('ticket.resolved', monday + 20),
      on('ticket.reopened', monday + 100),
      says('agent', monday + 110),
    ])
    expect(facts.values(m.firstResponse)).toEqual([10])
  })

  test('after a reopening there is no first response any more, only response times', () => {
    const facts = fileFacts([
      on('ticket.created', monday),
      on('ticket.resolved', monday + 20),
      on('ticket.reopened', monday + 100),
      says('customer', monday + 105),
      says('agent', monday + 110),
    ])
    expect(facts.values(m.firstResponse)).toEqual([])
    expect(facts.values(m.response)).toEqual([5])
  })

  test('an agent-opened ticket in which the agent speaks first starts at the customer’s first message', () => {
    const events = [
      on('ticket.created', monday, { openedBy: 'agent' }),
      says('agent', monday + second),
      says('customer', monday + hour),
      says('agent', monday + hour + minute),
    ]
    expect(fileFacts(events).values(m.firstResponse)).toEqual([minute])
    expect(fileFacts(events.slice(0, 2)).values(m.firstResponse)).toEqual([])
  })

  test('bot and private messages are no response', () => {
    const facts = fileFacts([
      on('ticket.created', monday),
      says('bot', monday + 1),
      says('agent', monday + 2, { public: false }),
      says('system', monday + 3),
    ])
    expect(facts.values(m.firstResponse)).toEqual([])
    expect(facts.values(m.firstResponseAny)).toEqual([1])
  })

  test('created Saturday 10:00, answered Saturday 11:00 is 0 business ms, a real zero', () => {
    const saturday = monday + 5 * 24 * hour
    const events = [on('ticket.created', saturday + 10 * hour), says('agent', saturday + 11 * hour)]
    const facts = fileFacts(events, { rules: { calendar: office } })
    expect(facts.values(m.firstResponseBusiness)).toEqual([0])
    expect(fileFacts(events).values(m.firstResponseBusiness)).toEqual([])
  })

  test('a reply carries its sender, whoever the ticket is assigned to', () => {
    const facts = fileFacts([
      on('ticket.created', monday, { agentId: 'ben', queueId: 'billing' }),
      says('agent', monday + 1),
    ])
    expect(facts.dimensions(m.firstResponse)).toEqual([{ queueId: 'billing', agentId: 'anna' }])
  })
})

describe('response times', () => {
  test('a burst of customer messages is one turn, and bots never end one', () => {
    const facts = fileFacts(
      [
        on('ticket.created', monday),
        says('customer', monday),
        says('customer', monday + 10),
        says('bot', monday + 11),
        says('agent', monday + 60),
        says('agent', monday + 70),
        says('customer', monday + 100),
        says('agent', monday + 103),
      ],
      { rules: { calendar: office } },
    )
    expect(facts.values(m.response)).toEqual([60, 3])
    expect(facts.values(m.responseBusiness)).toEqual([0, 0])
  })

  test('a conversation is a request at its first message, and its clock starts at the customer’s', () => {
    const chat = { ticketId: undefined, conversationId: 'chat' }
    const facts = fileFacts([
      says('bot', monday, chat),
      says('customer', monday + 10, chat),
      says('agent', monday + 40, chat),
    ])
    expect(facts.instants(m.requests)).toEqual([monday])
    expect(facts.values(m.firstResponse)).toEqual([30])
    expect(facts.values(m.response)).toEqual([30])
    expect(facts.total(m.casesHandled)).toBe(1)
    expect(facts.spans).toEqual([])
    expect(facts.total(m.orphans)).toBe(0)
  })

  test('replies in a ticket whose creation was not seen count, and the ticket as one orphan', () => {
    const facts = fileFacts([
      says('customer', monday),
      says('agent', monday + 5),
      on('ticket.resolved', monday + 9),
    ])
    expect(facts.values(m.response)).toEqual([5])
    expect(facts.values(m.firstResponse)).toEqual([])
    expect(facts.total(m.resolved)).toBe(1)
    expect(facts.values(m.resolution)).toEqual([])
    expect(facts.instants(m.orphans)).toEqual([monday])
    expect(facts.spans).toEqual([])
  })
})

describe('cases handled', () => {
  test('ten cases, two agents, three shared: ten cases, thirteen by agent', () => {
    const events = Array.from({ length: 10 }, (_, index) => {
      const own = { ticketId: `t${index}` }
      const second = says('agent', monday + 3, { ...own, agentId: 'ben' })
      const first = says('agent', monday + 2, { ...own, agentId: index < 6 ? 'anna' : 'ben' })
      return [
        on('ticket.created', monday, own),
        says('bot', monday + 1, own),
        first,
        ...(index < 3 ? [second] : []),
      ]
    }).flat()
    const again = says('agent', monday + 4, { ticketId: 't0' })
    const facts = fileFacts([...events, again])
    expect(facts.total(m.casesHandled)).toBe(10)
    expect(facts.total(m.casesHandledByAgent)).toBe(13)
  })

  test('a ticket made for a call is the call’s case', () => {
    const facts = fileFacts([on('ticket.created', monday, { callId: 'c' }), says('agent', monday + 2)])
    expect(facts.total(m.casesHandled)).toBe(0)
  })
})
