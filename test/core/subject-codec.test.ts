import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type EventType, eventTypes, parseEvent, schemaOfType } from '../../src/core/events.ts'
import { measures } from '../../src/core/measures.ts'
import { encodeSubject, packSubject } from '../../src/core/subject-codec.ts'
import { fieldNumbers, typeNumbers } from '../../src/core/subject-names.ts'
import { decodeEvents, decodeFacts, decodeSubject, readExpiry } from '../../src/core/subject-reader.ts'
import { ticketHistory } from '../support/arbitraries.ts'

const owner = { tenantId: 'acme', id: 'ticket' }
const empty = { contributions: [], spans: [], expiresAtMs: 5 }

test('every event type and every field has a number', () => {
  expect(eventTypes.filter((type) => !typeNumbers.has(type))).toEqual([])
  const apart = new Set(['type', 'occurredAt', 'eventId', 'tenantId'])
  const fields = new Set(eventTypes.flatMap((type: EventType) => Object.keys(schemaOfType(type).shape)))
  expect([...fields].filter((name) => !apart.has(name) && !fieldNumbers.has(name))).toEqual([])
})

test('events come back as they were, and are events', () => {
  fc.assert(
    fc.property(ticketHistory('ticket'), (events) => {
      const tenantId = events[0]?.tenantId ?? 'acme'
      const whose = { tenantId, id: 'ticket' }
      const decoded = decodeSubject(whose, encodeSubject(whose, { ...empty, events }))
      expect(decoded.events).toEqual(events)
      for (const event of decoded.events) expect(parseEvent(event)).toEqual({ ok: true, event })
    }),
    { numRuns: 300 },
  )
})

test('texts come back however they begin: a shared half of a character, a byte order mark', () => {
  const pieces = fc.constantFrom('a', 'ab', '\u{1f600}', '\u{1f601}', '\u{10ffff}', '\ufeff', '\uffff', 'é')
  const text = fc.array(pieces, { minLength: 1, maxLength: 4 }).map((list) => list.join(''))
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), (texts) => {
      const events = texts.map(([eventId, queueId], index) => {
        const parsed = parseEvent({ type: 'call.queued', callId: 'c', eventId, queueId, occurredAt: index })
        if (!parsed.ok) throw new Error(parsed.detail)
        return parsed.event
      })
      const whose = { tenantId: 'default', id: 'c' }
      expect(decodeSubject(whose, encodeSubject(whose, { ...empty, events })).events).toEqual(events)
    }),
    { numRuns: 500 },
  )
})

test('contributions and spans come back with shared dimensions', () => {
  const dimensions = { queueId: 'billing', 'any attribute': 'ü' }
  const contributions = [
    { atMs: 1_772_445_600_000, measure: measures.waiting, value: -1, key: '', dimensions },
    { atMs: 1_772_445_600_001, measure: measures.blockedBy, value: 1, key: 'busy', dimensions },
  ]
  const spans = [
    { list: 'waiting', fromMs: 10, untilMs: 20, sinceMs: 5, dimensions },
    { list: 'overdue', fromMs: 10, untilMs: 20, sinceMs: 15, dimensions },
  ] as const
  const state = { events: [], contributions, spans, expiresAtMs: 9, generation: 2 }
  const decoded = decodeSubject(owner, encodeSubject(owner, state))
  expect(decoded).toEqual(state)
  expect(decoded.contributions[0]?.dimensions).toBe(decoded.spans[0]?.dimensions)
})

test('what a subject contributed is read by itself, as often as asked, and its dimensions become those that stand for them', () => {
  const dimensions = { queueId: 'billing', team: 'a text of its own' }
  const contributions = [
    { atMs: 5, measure: measures.blockedBy, value: 1, key: 'a reason of its own', dimensions },
    { atMs: 6, measure: measures.blockedBy, value: 1, key: 'a reason of its own', dimensions },
  ]
  const spans = [{ list: 'waiting', fromMs: 10, untilMs: 20, sinceMs: 5, dimensions }] as const
  const event = parseEvent({
    type: 'call.queued',
    callId: 'ticket',
    eventId: 'e',
    queueId: 'q',
    occurredAt: 1,
  })
  if (!event.ok) throw new Error(event.detail)
  const { bytes, facts } = packSubject(owner, { events: [event.event], contributions, spans, expiresAtMs: 9 })
  const stands = { queueId: 'billing' }
  for (const packed of [facts, decodeEvents(owner, bytes).facts, facts]) {
    const read = decodeFacts(packed, () => stands)
    expect(read.contributions).toEqual(contributions.map((one) => ({ ...one, dimensions: stands })))
    expect(read.spans[0]?.dimensions).toBe(stands)
    expect(decodeFacts(packed, (decoded) => decoded)).toEqual({ contributions, spans })
  }
})

test('the expiry is read without the rest', () => {
  const bytes = encodeSubject(owner, { ...empty, events: [], expiresAtMs: 1_772_445_600_000 })
  expect(readExpiry(bytes.slice(0, 16))).toBe(1_772_445_600_000)
})

test('the generation comes back; one of the version before is of generation 0', () => {
  const plain = encodeSubject(owner, { ...empty, events: [] })
  expect([plain[0], decodeSubject(owner, plain).generation]).toEqual([1, 0])
  const later = encodeSubject(owner, {
    ...empty,
    events: [],
    expiresAtMs: 1_772_445_600_000,
    generation: 300,
  })
  expect(decodeSubject(owner, later).generation).toBe(300)
  expect(readExpiry(later)).toBe(1_772_445_600_000)
})

test('another layout is refused', () => {
  const bytes = encodeSubject(owner, { ...empty, events: [] })
  expect(() => decodeSubject(owner, new Uint8Array([99, ...bytes.slice(1)]))).toThrow('has layout 99')
})
