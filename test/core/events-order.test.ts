import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareCanonical,
  compareEvents,
  type Event,
  encodeCanonical,
  eventTypes,
  lifecycleRank,
  parseEvent,
} from '../../src/core/events.ts'
import { arbitraryFields } from './event-arbitrary.ts'
import { eventOf } from './event-samples.ts'

describe('order', () => {
  const ladder: readonly (readonly [string, object?])[] = [
    ['call.queued'],
    ['call.alerted'],
    ['call.declined'],
    ['call.answered'],
    ['call.held'],
    ['call.resumed'],
    ['call.transferred'],
    ['call.abandoned'],
    ['call.diverted'],
    ['call.blocked'],
    ['call.called_back'],
    ['call.ended'],
    ['call.wrapped'],
    ['ticket.created'],
    ['ticket.updated'],
    ['ticket.handed_off'],
    ['ticket.assigned'],
    ['ticket.escalated'],
    ['message.sent', { author: 'customer' }],
    ['message.sent', { author: 'bot' }],
    ['message.sent', { author: 'agent' }],
    ['ticket.worked'],
    ['ticket.status_changed', { status: 'pending' }],
    ['ticket.reopened'],
    ['ticket.resolved'],
    ['ticket.closed'],
    ['ticket.merged'],
    ['ticket.deleted'],
    ['ticket.spam'],
    ['survey.sent'],
    ['survey.answered'],
    ['survey.expired'],
    ['feedback.received'],
    ['event.retracted'],
  ]

  test('ranks rise through the life of a contact, and a retraction is last of all types', () => {
    const ranks = ladder.map(([type, more]) => rankOf(eventOf(type, more)))
    expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b))
    expect(Math.max(...eventTypes.map((type) => rankOf(eventOf(type))))).toBe(ranks.at(-1))
  })

  test('a status that ends a ticket ranks as the event that is short for it', () => {
    expect(rankOf(eventOf('ticket.status_changed', { status: 'solved' }))).toBe(
      rankOf(eventOf('ticket.resolved')),
    )
    expect(rankOf(eventOf('ticket.status_changed', { status: 'closed' }))).toBe(
      rankOf(eventOf('ticket.closed')),
    )
  })

  test('events sort by instant, then rank, then id', () => {
    const late = eventOf('call.queued', { occurredAt: 2_000, eventId: 'a' })
    const queued = eventOf('call.queued', { eventId: 'z' })
    const ended = eventOf('call.ended', { eventId: 'b' })
    const endedToo = eventOf('call.ended', { eventId: 'c' })
    expect([late, endedToo, ended, queued].sort(compareEvents)).toEqual([queued, ended, endedToo, late])
    expect(compareEvents(ended, ended)).toBe(0)
  })

  function rankOf(event: Event): number {
    return lifecycleRank(event.type, event)
  }
})

describe('the canonical text', () => {
  test('has sorted keys, times in ms and defaults filled', () => {
    const attributes = { b: '1', a: '2' }
    expect(encodeCanonical(eventOf('call.ended', { occurredAt: '1970-01-01T00:00:01Z', attributes }))).toBe(
      '{"attributes":{"a":"2","b":"1"},"callId":"id-1","eventId":"e-1","occurredAt":1000,"tenantId":"default","type":"call.ended"}',
    )
  })

  test('is the same for an event that was read from it', () => {
    fc.assert(
      fc.property(arbitraryFields, (fields) => {
        const parsed = parseEvent(fields)
        if (!parsed.ok) throw new Error(parsed.detail)
        const text = encodeCanonical(parsed.event)
        const again = parseEvent(JSON.parse(text))
        expect(again).toEqual(parsed)
        if (again.ok) expect(encodeCanonical(again.event)).toBe(text)
      }),
    )
  })

  test('is compared by its UTF-8 bytes', () => {
    const wellFormed = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        expect(Math.sign(compareCanonical(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
    expect(compareCanonical('\uffff', '\u{10000}')).toBeLessThan(0)
    expect(compareCanonical('\uc000', '\ue000')).toBeLessThan(0)
    expect(compareCanonical('\ud7ff', '\uf7ff')).toBeLessThan(0)
  })
})
