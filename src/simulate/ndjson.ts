import type { Event } from '../core/events.ts'

let secondMs = Number.NaN
let secondText = ''

/** One event as a line of JSON without the line's end, its times as ISO-8601 UTC with milliseconds. */
export function formatEvent(event: Event): string {
  if (event.type === 'cost.recorded') return JSON.stringify(formatPeriod(event))
  return JSON.stringify({ ...event, occurredAt: formatTime(event.occurredAt) })
}

/** Most events share their second with the one before, and the date is the dear part. */
function formatTime(atMs: number): string {
  const wholeMs = Math.floor(atMs / 1000) * 1000
  if (wholeMs !== secondMs) {
    secondMs = wholeMs
    secondText = new Date(wholeMs).toISOString().slice(0, 20)
  }
  return `${secondText}${(atMs - wholeMs).toString().padStart(3, '0')}Z`
}

function formatPeriod(event: Extract<Event, { type: 'cost.recorded' }>): object {
  const { occurredAt, periodStart, periodEnd } = event
  return {
    ...event,
    occurredAt: formatTime(occurredAt),
    ...(periodStart === undefined ? {} : { periodStart: formatTime(periodStart) }),
    ...(periodEnd === undefined ? {} : { periodEnd: formatTime(periodEnd) }),
  }
}
