import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  eventTypes,
  kafkaKeyOf,
  parseEvent,
  parseSubjectKey,
  subjectKey,
  subjectOf,
  topicOfType,
} from '../../src/core/events.ts'
import { topics } from '../../src/core/topics.ts'
import { base, eventOf, fieldsOf } from './event-samples.ts'

function refusalOf(type: string, more: object): string {
  const parsed = parseEvent({ ...fieldsOf(type), ...more })
  return parsed.ok ? 'accepted' : `${parsed.reason}: ${parsed.detail}`
}

describe('reading', () => {
  test.each(eventTypes)('%s is read from its required fields alone, and from none less', (type) => {
    const fields = fieldsOf(type)
    expect(parseEvent(fields).ok).toBe(true)
    for (const name of Object.keys(fields)) {
      const { [name]: _, ...rest } = fields
      expect(parseEvent(rest), `without ${name}`).toMatchObject({ ok: false, reason: 'invalid' })
    }
  })

  test('there are 45 types, each of one of six topics, retractions of every one', () => {
    expect(eventTypes).toHaveLength(45)
    expect(new Set(eventTypes.map(topicOfType))).toEqual(new Set([...topics, undefined]))
    expect(topicOfType('event.retracted')).toBeUndefined()
  })

  test('defaults are filled, unknown fields and nulls are left out', () => {
    expect(eventOf('call.queued', { nonsense: 1, teamId: null })).toStrictEqual({
      ...base,
      type: 'call.queued',
      tenantId: 'default',
      callId: 'c',
      queueId: 'q',
      direction: 'inbound',
    })
    expect(eventOf('message.sent')).toMatchObject({ public: true })
    expect(eventOf('ticket.created')).toMatchObject({ openedBy: 'customer' })
  })

  test('a text with half of a character is refused, wherever it stands', () => {
    const half = 'x\ud800y'
    const detail = 'must be well-formed Unicode'
    expect(refusalOf('call.queued', { queueId: half })).toBe(`invalid: queueId: ${detail}`)
    expect(refusalOf('call.queued', { eventId: '\udc00' })).toBe(`invalid: eventId: ${detail}`)
    expect(refusalOf('call.queued', { attributes: { region: half } })).toBe(
      `invalid: attributes.region: ${detail}`,
    )
    expect(refusalOf('call.queued', { attributes: { [half]: 'north' } })).toMatch(/^invalid: attributes/)
    expect(refusalOf('agent.state_changed', { queueIds: [half] })).toBe(`invalid: queueIds.0: ${detail}`)
    expect(refusalOf('call.queued', { queueId: '\u{1f600}\ufeff' })).toBe('accepted')
  })

  test('the name of what is past a cap is no value of a dimension', () => {
    const detail = 'must not be __other__, which is reserved'
    expect(refusalOf('call.queued', { queueId: '__other__' })).toBe(`invalid: queueId: ${detail}`)
    expect(refusalOf('call.answered', { agentId: '__other__' })).toBe(`invalid: agentId: ${detail}`)
    expect(refusalOf('call.queued', { attributes: { region: '__other__' } })).toBe(
      `invalid: attributes.region: ${detail}`,
    )
    expect(refusalOf('call.queued', { eventId: '__other__', callId: '__other__' })).toBe('accepted')
  })

  test('times are epoch milliseconds or ISO-8601 with a zone', () => {
    expect(eventOf('call.ended', { occurredAt: '2024-05-01T12:00:00+02:00' }).occurredAt).toBe(
      Date.UTC(2024, 4, 1, 10),
    )
    expect(refusalOf('call.ended', { occurredAt: '2024-05-01T12:00:00' })).toMatch(
      /^invalid: occurredAt: .*zone/,
    )
    expect(refusalOf('call.ended', { occurredAt: 1.5 })).toMatch(/^invalid: occurredAt: /)
    expect(refusalOf('call.ended', { occurredAt: -1 })).toMatch(/^invalid: occurredAt: /)
  })

  test('what is no object is malformed, an unknown type is told apart', () => {
    for (const value of [null, undefined, 'x', 1, [], true]) {
      expect(parseEvent(value)).toMatchObject({ ok: false, reason: 'malformed' })
    }
    for (const type of ['call.sung', 'constructor', 'x'.repeat(1_000_000)])
      expect(parseEvent({ ...base, type })).toMatchObject({ reason: 'unknown-type' })
    expect(parseEvent({ ...base, type: 7 })).toMatchObject({ reason: 'invalid' })
  })

  test('of an unknown type those are named that begin alike, else how types begin', () => {
    expect(refusalOf('call.ended', { type: 'message.received' })).toBe(
      'unknown-type: type: "message.received" is not known; use one of message.sent',
    )
    expect(refusalOf('call.ended', { type: 'phone.rang' })).toMatch(
      /is not known; use one of call\.…, ticket\.…, .*event\.…$/,
    )
  })

  test.each([
    ['call.ended', { eventId: '' }, /eventId: must not be empty$/],
    ['call.ended', { eventId: 'x'.repeat(201) }, /eventId: must have at most 200 characters$/],
    ['call.ended', { eventId: null }, /eventId: is missing; add a string$/],
    ['call.ended', { occurredAt: undefined }, /occurredAt: is missing; add an ISO-8601 .*$/],
    ['call.ended', { occurredAt: true }, /occurredAt: must be an ISO-8601 .*, or epoch milliseconds$/],
    ['call.ended', { type: undefined }, /type: is missing; add the type of event, as call\.queued$/],
    ['call.ended', { type: 7 }, /type: must be a string, as call\.queued$/],
    ['call.ended', { callId: '' }, /callId/],
    ['call.ended', { callId: 7 }, /callId: must be a string, not a number$/],
    ['call.ended', { tenantId: '' }, /tenantId/],
    ['call.ended', { queueId: 'x'.repeat(201) }, /queueId/],
    [
      'call.ended',
      { attributes: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, 'x'])) },
      /attributes/,
    ],
    ['call.ended', { attributes: { a: 1 } }, /attributes\.a/],
    ['call.queued', { direction: 'sideways' }, /direction: must be one of inbound, outbound, internal$/],
    ['call.diverted', { reason: 'whim' }, /reason/],
    ['survey.answered', { score: 6 }, /score: must lie within its scale/],
    ['survey.answered', { score: 3.5 }, /score/],
    ['survey.answered', { scaleMin: 5 }, /scaleMin: must be less/],
    ['survey.answered', { scaleMin: 0, scaleMax: 101 }, /scaleMax: must be at most 100/],
    ['survey.answered', { scaleMin: 950, scaleMax: 1001, score: 960 }, /scaleMax/],
    ['survey.answered', { kind: 'nps' }, /nps scale must be 0 to 10/],
    ['survey.answered', { kind: 'nps', scaleMin: 0, scaleMax: 10, score: 11 }, /score/],
    [
      'message.sent',
      { ticketId: undefined },
      /ticketId: is missing, and so is conversationId; add one of them$/,
    ],
    ['message.sent', { sentiment: 101 }, /sentiment/],
    ['message.sent', { public: 'yes' }, /public/],
    ['ticket.worked', { durationMs: -1 }, /durationMs/],
    ['order.completed', { amountMinor: 1.5 }, /amountMinor/],
    ['order.completed', { currency: 'eur' }, /currency/],
    ['cost.recorded', { periodStart: 5 }, /periodEnd/],
    ['cost.recorded', { periodStart: 5, periodEnd: 5 }, /periodEnd/],
    ['review.completed', { categories: [] }, /categories/],
    ['review.completed', { categories: [{ name: 'n', weight: 1, min: 0, max: 1 }] }, /categories\.0\.score/],
    ['event.retracted', { callId: undefined }, /needs the id of its subject/],
  ])('%s with %j is refused, naming the path in one line', (type, more, detail) => {
    const refusal = refusalOf(type, more)
    expect(refusal).toMatch(/^invalid: /)
    expect(refusal).toMatch(detail)
    expect(refusal).not.toContain('\n')
  })
})

describe('subjects', () => {
  test.each([
    ['call.ended', {}, 'call', 'id-1', 'id-1'],
    ['ticket.created', { callId: 'c' }, 'ticket', 'id-1', 'id-1'],
    ['message.sent', {}, 'ticket', 't', 't'],
    ['message.sent', { ticketId: null, conversationId: 'v' }, 'conversation', 'v', 'v'],
    ['survey.sent', { ticketId: 't', callId: 'c' }, 'ticket', 't', 't'],
    ['survey.answered', { callId: 'c' }, 'call', 'c', 'c'],
    ['survey.answered', { customerId: 'k' }, 'survey', 's', 'k'],
    ['survey.answered', {}, 'survey', 's', 's'],
    ['feedback.received', {}, 'survey', 'f', 'f'],
    ['review.completed', { ticketId: 't' }, 'ticket', 't', 't'],
    ['agent.state_changed', { customerId: 'k' }, 'agent', 'a', 'a'],
    ['order.completed', { agentId: 'a' }, 'customer', 'k', 'k'],
    ['cost.recorded', { tenantId: 'acme' }, 'tenant', 'acme', 'acme'],
    ['event.retracted', { agentId: 'a', customerId: 'k' }, 'call', 'c', 'c'],
    ['event.retracted', { callId: null, surveyId: 's', customerId: 'k' }, 'survey', 's', 'k'],
    ['event.retracted', { callId: null, agentId: 'a' }, 'agent', 'a', 'a'],
    ['event.retracted', { callId: null, customerId: 'k' }, 'customer', 'k', 'k'],
    ['event.retracted', { callId: null, costId: 'x' }, 'tenant', 'default', 'default'],
  ])('%s %j belongs to the %s %s and lies under the key %s', (type, more, kind, id, key) => {
    const event = eventOf(type, more)
    expect(subjectOf(event)).toMatchObject({ kind, id })
    expect(kafkaKeyOf(event)).toBe(key)
  })

  test('no two subjects share a key', () => {
    const awkward = fc.stringMatching(/^[a|%27C5]{1,5}$/)
    fc.assert(
      fc.property(awkward, awkward, awkward, awkward, (tenantA, idA, tenantB, idB) => {
        const a = eventOf('call.ended', { tenantId: tenantA, callId: idA })
        const b = eventOf('call.ended', { tenantId: tenantB, callId: idB })
        expect(subjectKey(a) === subjectKey(b)).toBe(tenantA === tenantB && idA === idB)
      }),
    )
    expect(subjectKey(eventOf('call.ended'))).toBe('default|call|id-1')
  })

  test('a subject key names its subject, whichever was parsed before', () => {
    const awkward = fc.stringMatching(/^[a|%27C5]{1,5}$/)
    const named = fc.record({
      tenantId: awkward,
      id: awkward,
      type: fc.constantFrom('call.ended', 'ticket.closed'),
    })
    fc.assert(
      fc.property(fc.array(named, { minLength: 1 }), (all) => {
        for (const { tenantId, id, type } of all) {
          const event = eventOf(type, { tenantId, [type === 'call.ended' ? 'callId' : 'ticketId']: id })
          expect(parseSubjectKey(subjectKey(event))).toEqual(subjectOf(event))
        }
      }),
    )
  })
})
