import type { Event } from '../core/events.ts'
import { formatEvent } from './ndjson.ts'
import { drawFrom, drawInteger, type Random } from './random.ts'

/**
 * A line as broken producers send them, made after a good event and under an eventId of its own: cut off, no object, a field
 * missing or of the wrong type, a type nobody knows, a time that is none, a score off its scale. One in eight is a second
 * payload under the good event's id, which is a valid event by itself.
 */
export function makePoison(random: Random, event: Event): string {
  const broken = { ...event, eventId: `${event.eventId}.poison` }
  switch (drawInteger(random, 8)) {
    case 0:
      return formatEvent(broken).slice(0, 20 + drawInteger(random, 60))
    case 1:
      return drawFrom(random, ['null', '[]', '"ok"', '42', 'not json'])
    case 2:
      return without(broken, drawFrom(random, ['occurredAt', 'type', 'eventId']))
    case 3:
      return JSON.stringify({
        ...broken,
        occurredAt: drawFrom<unknown>(random, [true, 'yesterday', -1, '2026-02-30T10:00:00Z']),
      })
    case 4:
      return JSON.stringify({ ...broken, type: drawFrom(random, ['call.teleported', 'ticket', '']) })
    case 5:
      return JSON.stringify({ ...broken, queueId: drawFrom<unknown>(random, [17, {}, ['billing'], '']) })
    case 6:
      return JSON.stringify(offScale(broken, drawFrom(random, [0, 6, -1, 11])))
    default:
      return formatEvent({ ...event, source: 'second-system' })
  }
}

function without(event: Event, field: 'occurredAt' | 'type' | 'eventId'): string {
  return JSON.stringify({ ...event, [field]: undefined })
}

function offScale(event: Event, score: number): object {
  const { eventId, occurredAt, tenantId } = event
  const survey = { surveyId: `${eventId}.survey`, ticketId: `${eventId}.ticket`, kind: 'csat' }
  return {
    eventId,
    occurredAt,
    tenantId,
    type: 'survey.answered',
    ...survey,
    score,
    scaleMin: 1,
    scaleMax: 5,
  }
}
