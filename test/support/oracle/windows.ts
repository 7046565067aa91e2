import type { OracleConfig } from './config.ts'
import { instantOfWallClock, localDateAt, startOfDate, timeOfDayMs, wallClockAt } from './local-time.ts'
import type { OracleWindow } from './window-view.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const rollingMs: Readonly<Record<string, number>> = {
  '1m': minuteMs,
  '5m': 5 * minuteMs,
  '15m': 15 * minuteMs,
  '30m': 30 * minuteMs,
  '1h': hourMs,
  '4h': 4 * hourMs,
  '24h': 24 * hourMs,
  '7d': 7 * dayMs,
  '30d': 30 * dayMs,
}

/** Slices of 5 s reach back two hours, of a minute 26 hours, of 15 minutes 62 days. */
const sliceMsAt = (ageMs: number): number => {
  if (ageMs <= 2 * hourMs) return 5_000
  return ageMs <= 26 * hourMs ? minuteMs : 15 * minuteMs
}

const rolling = (id: string, lengthMs: number, asOfMs: number): OracleWindow => {
  const endMs = Math.floor(asOfMs / 5_000) * 5_000
  const sliceMs = sliceMsAt(lengthMs)
  return { id, kind: 'rolling', startMs: Math.floor((endMs - lengthMs) / sliceMs) * sliceMs, endMs }
}

/** First dates of the period with the given date and of the next one, as days since 1970. */
const datesOf = (id: string, date: number): readonly [number, number] => {
  const day = new Date(date * dayMs)
  const year = day.getUTCFullYear()
  const month = day.getUTCMonth()
  const first = (months: number) => Date.UTC(year, months, 1) / dayMs
  const quarter = month - (month % 3)
  const sinceMonday = (((date + 3) % 7) + 7) % 7
  switch (id) {
    case 'today':
      return [date, date + 1]
    case 'week':
      return [date - sinceMonday, date - sinceMonday + 7]
    case 'month':
      return [first(month), first(month + 1)]
    case 'quarter':
      return [first(quarter), first(quarter + 3)]
    case 'year':
      return [first(0), first(12)]
    default:
      throw new Error(`the oracle knows no window ${id}`)
  }
}

/** The bounds of a window at as-of; calendar ones hold as-of − 1 ms. */
export const oracleWindow = (id: string, asOfMs: number, config: OracleConfig): OracleWindow => {
  const length = rollingMs[id]
  if (length !== undefined) return rolling(id, length, asOfMs)
  if (id === 'now') return { id, kind: 'now', startMs: asOfMs, endMs: asOfMs }
  if (id === 'total') return { id, kind: 'total', startMs: Number.NEGATIVE_INFINITY, endMs: asOfMs }
  const [cut = id, zone = config.zone] = id.split('@')
  return { id, kind: 'calendar', ...calendarBounds(cut, asOfMs - 1, zone) }
}

const calendarBounds = (id: string, at: number, zone: string): { startMs: number; endMs: number } => {
  const interval = { 'interval-15m': 15 * minuteMs, 'interval-30m': 30 * minuteMs, hour: hourMs }[id]
  if (interval !== undefined) return intervalBounds(interval, at, zone)
  if (id.startsWith('since-')) return sinceBounds(timeOfDayMs(`${id.slice(6, 8)}:${id.slice(8)}`), at, zone)
  const [from, to] = datesOf(id, localDateAt(zone, at))
  return { startMs: startOfDate(zone, from), endMs: startOfDate(zone, to) }
}

/** Where the local clock shows a multiple of the length. */
const intervalBounds = (lengthMs: number, at: number, zone: string) => {
  const intoMs = ((wallClockAt(zone, at) % lengthMs) + lengthMs) % lengthMs
  return { startMs: at - intoMs, endMs: at - intoMs + lengthMs }
}

const sinceBounds = (timeMs: number, at: number, zone: string) => {
  const startOf = (date: number) => instantOfWallClock(zone, date * dayMs + timeMs)
  const date = localDateAt(zone, at)
  const first = startOf(date) <= at ? date : date - 1
  return { startMs: startOf(first), endMs: startOf(first + 1) }
}
