import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { isCounted, stateFacts } from '../../src/core/facts.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { makeEvent } from '../support/oracle/make-event.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const day = 86_400_000
const at = (type: Event['type'], afterMs: number, own = {}) => makeEvent(type, startMs + afterMs, own)
const { endedCallExpiryMs, openSubjectExpiryMs } = defaultRules

const facts = (events: readonly Event[]) =>
  stateFacts('call', events, { rules: defaultRules, intern: (dimensions) => dimensions })

const ticketFacts = (events: readonly Event[]) =>
  stateFacts('ticket', events, { rules: defaultRules, intern: (dimensions) => dimensions })

const said = (events: readonly Event[], name: string) =>
  facts(events).contributions.flatMap(({ measure, atMs }) => (measure.name === name ? [atMs - startMs] : []))

describe('how long a subject is kept', () => {
  test('an ended call expires two days after its last event', () => {
    const events = [at('call.queued', 0), at('call.abandoned', 5)]
    expect(facts(events).expiresAtMs).toBe(startMs + 5 + endedCallExpiryMs)
  })

  test('an open one 400 days after its last event, and its gauges are closed there', () => {
    const events = [at('call.answered', 0)]
    expect(facts(events).expiresAtMs).toBe(startMs + openSubjectExpiryMs)
    const created = [makeEvent('ticket.created', startMs)]
    const steps = ticketFacts(created).contributions.filter(({ measure }) => measure.name === 'openByStatus')
    expect(steps.map(({ atMs, value }) => [atMs - startMs, value])).toEqual([
      [0, 1],
      [openSubjectExpiryMs, -1],
    ])
  })
})

test('a survey of neither ticket nor call may be answered for as long as an open subject is kept', () => {
  const own = { surveyId: 's', kind: 'nps', ticketId: undefined, callId: undefined }
  const events = [
    at('survey.sent', 0, own),
    at('survey.answered', 45 * day, { ...own, score: 9, scaleMin: 0, scaleMax: 10 }),
  ]
  const said = stateFacts('survey', events, { rules: defaultRules, intern: (dimensions) => dimensions })
  const answered = said.contributions.filter(({ measure }) => measure.name === 'surveysSentAnswered')
  expect(answered.map(({ atMs }) => atMs - startMs)).toEqual([0])
  expect(said.expiresAtMs).toBe(startMs + 45 * day + openSubjectExpiryMs)
})

describe('what comes after the expiry', () => {
  const ended = [at('call.queued', 0), at('call.abandoned', 5)]

  test('an event at the expiry still joins', () => {
    const events = [...ended, at('call.queued', 5 + endedCallExpiryMs)]
    expect(said(events, 'requests')).toEqual([0])
  })

  test('an event past it is another life under the same id', () => {
    const again = 6 + endedCallExpiryMs
    const events = [...ended, at('call.queued', again), at('call.answered', again + 9)]
    expect(said(events, 'requests')).toEqual([0, again])
    expect(said(events, 'waitAnswered')).toEqual([again + 9])
  })

  test('a retraction past it takes nothing back, and one before it takes back nothing that follows', () => {
    const named = [at('call.queued', 0, { eventId: 'q' }), at('call.abandoned', 5, { eventId: 'a' })]
    const takeBack = (eventId: string, afterMs: number) =>
      at('event.retracted', afterMs, { eventId: 'r', retracts: eventId, callId: 'call' })
    const lastMs = 5 + endedCallExpiryMs
    expect(said([...named, takeBack('a', lastMs)], 'waitAbandoned')).toEqual([])
    expect(said([...named, takeBack('a', lastMs + 1)], 'waitAbandoned')).toEqual([5])
    const again = at('call.queued', 2 * lastMs, { eventId: 'again' })
    expect(said([...named, takeBack('again', 6), again], 'requests')).toEqual([0, 2 * lastMs])
  })

  test('a long subject stays cheap where one of its events is taken back', () => {
    const message = (index: number) =>
      at('message.sent', (index * 60 * day) / 2_000, {
        eventId: `e${index}`,
        messageId: `m${index}`,
        ticketId: 't',
      })
    const events = Array.from({ length: 2_000 }, (_, index) => message(index))
    const retraction = at('event.retracted', 9, { eventId: 'r', retracts: 'e0', ticketId: 't' })
    const startedMs = performance.now()
    ticketFacts([events[0] as Event, retraction, ...events.slice(1)])
    expect(performance.now() - startedMs).toBeLessThan(500)
  })

  test('a subject of which nothing stands expires as an ended one, with its last event', () => {
    const retraction = at('event.retracted', 9, { eventId: 'r', retracts: 'q', callId: 'call' })
    const events = [at('call.queued', 0, { eventId: 'q' }), retraction]
    expect(facts(events).expiresAtMs).toBe(startMs + 9 + endedCallExpiryMs)
  })

  test.each(['ticket.spam', 'ticket.closed', 'ticket.merged', 'ticket.deleted'] as const)(
    'an end by %s is the end however often somebody writes after it',
    (type) => {
      const expiryMs = defaultRules.endedTicketExpiryMs
      const message = (afterMs: number) =>
        at('message.sent', afterMs, { messageId: `${afterMs}`, ticketId: 't' })
      const before = [at('ticket.created', 0), at(type, 5), message(expiryMs / 2)]
      const joined = [...before, at('ticket.created', expiryMs + 5)]
      const apart = [...before, at('ticket.created', expiryMs + 6)]
      const createdAt = (events: readonly Event[]) =>
        ticketFacts(events).contributions.flatMap(({ measure, atMs }) =>
          measure.name === 'ticketsCreated' ? [atMs - startMs] : [],
        )
      const first = type === 'ticket.closed' ? [0] : []
      expect(createdAt(joined)).toEqual(first)
      expect(createdAt(apart)).toEqual([...first, expiryMs + 6])
    },
  )

  test('a survey about a call is waited for as long as one about a ticket, and counts where it was sent', () => {
    const survey = { surveyId: 's', kind: 'csat' }
    const answeredMs = 30 * day
    const events = [
      at('call.queued', 0, { queueId: 'billing' }),
      at('call.abandoned', 5),
      at('survey.sent', 9, survey),
      at('survey.answered', answeredMs, { ...survey, score: 5, scaleMin: 1, scaleMax: 5 }),
    ]
    const answered = facts(events).contributions.find(({ measure }) => measure.name === 'surveysSentAnswered')
    expect([answered?.atMs, answered?.dimensions.queueId]).toEqual([startMs + 9, 'billing'])
    expect(facts(events).expiresAtMs).toBe(startMs + answeredMs + defaultRules.endedTicketExpiryMs)
  })
})

test('contributions are sorted, so that equal facts are equal lists', () => {
  const events = [at('call.queued', 0), at('call.answered', 30_000), at('call.ended', day / 2)]
  const instants = facts(events).contributions.map(({ atMs }) => atMs)
  expect(instants).toEqual(instants.toSorted((a, b) => a - b))
})

test('a retracted event says nothing', () => {
  const events = [
    at('call.queued', 0, { eventId: 'q' }),
    at('event.retracted', 9, { retracts: 'q', callId: 'call' }),
  ]
  expect(facts(events).contributions).toEqual([])
})

test('calls, tickets, conversations and surveys are counted', () => {
  expect(['call', 'ticket', 'conversation', 'survey'].map((kind) => isCounted(kind as 'call'))).toEqual([
    true,
    true,
    true,
    true,
  ])
})
