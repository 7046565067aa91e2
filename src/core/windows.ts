import { type Cut, type Period, parseTimeOfDay, periodContaining } from './calendar.ts'
import type { Edges } from './slices.ts'
import { createZone, isZoneName, type Zone } from './zone.ts'

/** A window by its id: `now`, `15m`, `interval-15m`, `today`, `since-0800`, `today@America/New_York`, `total` … */
export type WindowSpec = NowWindow | RollingWindow | CalendarWindow | TotalWindow

export type NowWindow = { readonly kind: 'now'; readonly id: string }
export type RollingWindow = { readonly kind: 'rolling'; readonly id: string; readonly lengthMs: number }
export type CalendarWindow = {
  readonly kind: 'calendar'
  readonly id: string
  readonly cut: Cut
  /** Named in the id; null: that in which days are cut. */
  readonly ownZone: Zone | null
}
export type TotalWindow = { readonly kind: 'total'; readonly id: string }

/** Half-open, epoch ms; `startAt` is null where the window has no beginning (`total`). */
export type WindowBounds = {
  readonly startAt: number | null
  readonly endAt: number
  readonly kind: WindowSpec['kind']
}

/** `finestSliceMs` is that of the grouping set: 5,000 unless its tiers leave the 5 s slices out. */
export type WindowInstant = { readonly asOf: number; readonly zone: Zone; readonly finestSliceMs?: number }

export type ParsedWindow =
  | { readonly ok: true; readonly window: WindowSpec }
  | { readonly ok: false; readonly detail: string }

const defaultSliceMs = 5_000
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const rollingLengthsMs: ReadonlyMap<string, number> = new Map([
  ['1m', minuteMs],
  ['5m', 5 * minuteMs],
  ['15m', 15 * minuteMs],
  ['30m', 30 * minuteMs],
  ['1h', hourMs],
  ['4h', 4 * hourMs],
  ['24h', dayMs],
  ['7d', 7 * dayMs],
  ['30d', 30 * dayMs],
])

const calendarCuts: ReadonlyMap<string, Cut> = new Map<string, Cut>([
  ['interval-15m', { by: 'interval', lengthMs: 15 * minuteMs }],
  ['interval-30m', { by: 'interval', lengthMs: 30 * minuteMs }],
  ['hour', { by: 'interval', lengthMs: hourMs }],
  ['today', { by: 'day', startMinute: 0 }],
  ['week', { by: 'week' }],
  ['month', { by: 'month', months: 1 }],
  ['quarter', { by: 'month', months: 3 }],
  ['year', { by: 'month', months: 12 }],
])

/** Reads a window id as DESIGN names them; the detail of a refusal lists what is allowed. */
export const parseWindow = (text: string): ParsedWindow => {
  const window = windowOf(text)
  return window ? { ok: true, window } : { ok: false, detail: refusalOf(text) }
}

/** Window id of a `dayStartsAt`: `08:00` is `since-0800`. Null unless a multiple of 15 min from 00:00 to 23:45. */
export const sinceWindowId = (dayStartsAt: string): string | null => {
  const id = `since-${dayStartsAt.replace(':', '')}`
  return /^\d\d:\d\d$/.test(dayStartsAt) && windowOf(id) ? id : null
}

/**
 * The window as it stands at `asOf`. Rolling windows end at as-of floored to the finest slice; their start is exact
 * here and is floored to its tier by who reads the slices. A calendar window is the one that contains as-of − 1 ms.
 */
export const windowBounds = (window: WindowSpec, at: WindowInstant): WindowBounds => {
  switch (window.kind) {
    case 'now':
      return { kind: 'now', startAt: at.asOf, endAt: at.asOf }
    case 'rolling': {
      const sliceMs = at.finestSliceMs ?? defaultSliceMs
      const endAt = Math.floor(at.asOf / sliceMs) * sliceMs
      return { kind: 'rolling', startAt: endAt - window.lengthMs, endAt }
    }
    case 'calendar':
      return { kind: 'calendar', ...calendarWindowContaining(window, at.zone, at.asOf - 1) }
    case 'total':
      return { kind: 'total', startAt: null, endAt: at.asOf }
  }
}

export const calendarWindowContaining = (window: CalendarWindow, zone: Zone, t: number): Period =>
  periodContaining(window.ownZone ?? zone, window.cut, t)

/** Windows that begin before it cannot be cut any more: slices there are local days, and further back years of them. */
export const firstCuttable = ({ cut, ownZone }: CalendarWindow, [, , quarters, days]: Edges): number => {
  const isWholeDays = ownZone === null && cut.by !== 'interval' && (cut.by !== 'day' || cut.startMinute === 0)
  return isWholeDays ? days : quarters
}

/** Name of the zone whose clock cuts the window. */
export const zoneNameOf = (window: WindowSpec, zone: Zone): string =>
  (window.kind === 'calendar' && window.ownZone ? window.ownZone : zone).name

/** The calendar windows whose end lies in (after, upTo], oldest first. */
export function* closedWindowsBetween(
  window: CalendarWindow,
  zone: Zone,
  ends: { readonly after: number; readonly upTo: number },
): Generator<Period, void, undefined> {
  let period = calendarWindowContaining(window, zone, ends.after)
  while (period.endAt <= ends.upTo) {
    yield period
    period = calendarWindowContaining(window, zone, period.endAt)
  }
}

const windowOf = (id: string): WindowSpec | null => {
  if (id === 'now' || id === 'total') return { kind: id, id }
  const lengthMs = rollingLengthsMs.get(id)
  if (lengthMs !== undefined) return { kind: 'rolling', id, lengthMs }
  const [cutId = id, zoneName] = splitZone(id)
  const cut = calendarCuts.get(cutId) ?? sinceCut(cutId)
  if (!cut) return null
  if (zoneName === undefined) return { kind: 'calendar', id, cut, ownZone: null }
  return isZoneName(zoneName) && isShort(cut)
    ? { kind: 'calendar', id, cut, ownZone: createZone(zoneName) }
    : null
}

/** `today@America/New_York`: the calendar of another zone. */
const splitZone = (id: string): readonly [string, string?] => {
  const at = id.indexOf('@')
  return at < 0 ? [id] : [id.slice(0, at), id.slice(at + 1)]
}

/** Another zone's days can be cut from quarters of an hour alone, which reach back 62 days. */
const isShort = (cut: Cut): boolean => cut.by !== 'month' || cut.months === 1

const sinceCut = (id: string): Cut | null => {
  const match = /^since-(\d\d)(\d\d)$/.exec(id)
  const startMinute = match && parseTimeOfDay(`${match[1]}:${match[2]}`)
  if (startMinute === null || startMinute === 1440 || startMinute % 15 !== 0) return null
  return { by: 'day', startMinute }
}

const refusalOf = (text: string): string =>
  `'${text}' is no window; allowed are now, ${[...rollingLengthsMs.keys()].join(', ')}, ` +
  `${[...calendarCuts.keys()].join(', ')}, since-HHMM (a multiple of 15 min, as in since-0800), total; up to a month also by the clock of another zone, as in today@America/New_York`
