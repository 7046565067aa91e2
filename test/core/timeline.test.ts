import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { insertEvent, standingEvents, type Timeline } from '../../src/core/timeline.ts'
import { makeEvent } from '../support/oracle/make-event.ts'

const at = (type: Event['type'], atMs: number, eventId: string, own = {}) =>
  makeEvent(type, atMs, { eventId, ...own })
const ids = (events: readonly Event[]) => events.map(({ eventId }) => eventId)
const timelineOf = (...events: readonly Event[]): Timeline => {
  const timeline: Timeline = []
  for (const event of events) insertEvent(timeline, event, 100)
  return timeline
}

describe('order', () => {
  test('events stand by time, then by their place in a life, then by id', () => {
    const timeline = timelineOf(
      at('call.answered', 5, 'a'),
      at('call.queued', 5, 'z'),
      at('call.held', 5, 'c'),
      at('call.held', 5, 'b'),
      at('call.queued', 1, 'y'),
    )
    expect(ids(timeline)).toEqual(['y', 'z', 'a', 'b', 'c'])
  })
})

describe('identity', () => {
  test('the same event again is a duplicate', () => {
    const timeline = timelineOf(at('call.queued', 1, 'a'))
    expect(insertEvent(timeline, at('call.queued', 1, 'a'), 100)).toBe('duplicate')
    expect(timeline).toHaveLength(1)
  })

  test('of two payloads under one id the smaller stands, whichever came first', () => {
    const early = at('call.queued', 1, 'a')
    const late = at('call.queued', 2, 'a')
    const one = timelineOf(early)
    expect(insertEvent(one, late, 100)).toBe('conflicting-kept')
    const other = timelineOf(late)
    expect(insertEvent(other, early, 100)).toBe('conflicting-replaced')
    expect(one).toEqual(other)
  })

  test('a full timeline takes no new event, but still knows its own', () => {
    const timeline = timelineOf(at('call.queued', 1, 'a'))
    expect(insertEvent(timeline, at('call.queued', 2, 'b'), 1)).toBe('subject-too-long')
    expect(insertEvent(timeline, at('call.queued', 1, 'a'), 1)).toBe('duplicate')
  })
})

describe('retractions', () => {
  test('what is taken back does not stand, nor does the retraction', () => {
    const timeline = timelineOf(
      at('call.queued', 1, 'a'),
      at('call.answered', 2, 'b'),
      at('event.retracted', 9, 'r', { retracts: 'b', callId: 'call' }),
    )
    expect(ids(standingEvents(timeline))).toEqual(['a'])
  })

  test('without one the timeline itself stands', () => {
    const timeline = timelineOf(at('call.queued', 1, 'a'))
    expect(standingEvents(timeline)).toBe(timeline)
  })
})
