import { instantOfLocalClock, localClockAt, offsetAtMs, offsetChangeBetween, type Zone } from './zone.ts'

/** Half-open: `startAt` is inside, `endAt` is not. Epoch ms. */
export type Period = { readonly startAt: number; readonly endAt: number }

/** How time is cut into periods that follow each other without gap or overlap. Weeks begin on Monday. */
export type Cut =
  | { readonly by: 'interval'; readonly lengthMs: number }
  | { readonly by: 'day'; readonly startMinute: number }
  | { readonly by: 'week' }
  | { readonly by: 'month'; readonly months: 1 | 3 | 12 }

/** A local date as days since 1970-01-01. */
export type DayNumber = number

/** `month` 1–12, `minuteOfDay` 0–1440. */
export type LocalTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly minuteOfDay: number
}

const minuteMs = 60_000
const dayMs = 86_400_000

/** The instant of a local time; of a time that comes twice the first, of a skipped one the end of the gap. */
export const localTime = (zone: Zone, time: LocalTime): number =>
  instantOfLocalMinute(zone, Date.UTC(time.year, time.month - 1, time.day) / dayMs, time.minuteOfDay)

/** As `localTime`, for a minute of a local day; 1440 is the start of the next day. */
export const instantOfLocalMinute = (zone: Zone, day: DayNumber, minuteOfDay: number): number =>
  instantOfLocalClock(zone, day * dayMs + minuteOfDay * minuteMs)

/** Day number of `2026-12-24`; null where that is no date. */
export const parseDate = (text: string): DayNumber | null => {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null
  const at = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : at / dayMs
}

/** Minute of the day of `08:00`, from 00:00 to 24:00; null where that is no time of day. */
export const parseTimeOfDay = (text: string): number | null => {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text)
  const minute = match ? Number(match[1]) * 60 + Number(match[2]) : Number.NaN
  return minute <= 1440 ? minute : null
}

/** 0 is Monday, 6 Sunday. */
export const weekdayOf = (day: DayNumber): number => (((day + 3) % 7) + 7) % 7

/** The local day whose period contains the instant. */
export const localDayAt = (zone: Zone, t: number): DayNumber => {
  let day = Math.floor(localClockAt(zone, t) / dayMs)
  // Where clocks fall back over midnight, the evening that comes again belongs to the day that had begun.
  while (instantOfLocalMinute(zone, day + 1, 0) <= t) day += 1
  return day
}

export const startOfLocalDay = (zone: Zone, t: number): number =>
  instantOfLocalMinute(zone, localDayAt(zone, t), 0)

/** Start of the local day after the one that contains the instant; a day that the zone skips is passed over. */
export const nextLocalDay = (zone: Zone, t: number): number =>
  instantOfLocalMinute(zone, localDayAt(zone, t) + 1, 0)

/** The period of the cut that contains the instant. */
export const periodContaining = (zone: Zone, cut: Cut, t: number): Period => {
  if (cut.by === 'interval') return intervalContaining(zone, cut.lengthMs, t)
  const startMinute = cut.by === 'day' ? cut.startMinute : 0
  const clock = localClockAt(zone, t) - startMinute * minuteMs
  let index = indexOfDay(cut, Math.floor(clock / dayMs))
  let startAt = instantOfLocalMinute(zone, firstDayOf(cut, index), startMinute)
  for (;;) {
    index += 1
    const endAt = instantOfLocalMinute(zone, firstDayOf(cut, index), startMinute)
    if (endAt > t) return { startAt, endAt }
    startAt = endAt
  }
}

/**
 * Intervals begin where the local clock shows a multiple of their length. Where an offset changes by no multiple of it
 * (Lord Howe: 30 min, cut in hours), the interval under way ends at the change and a shorter one begins.
 */
const intervalContaining = (zone: Zone, lengthMs: number, t: number): Period => {
  const offsetMs = offsetAtMs(zone, t)
  const isAligned = (at: number) => (offsetAtMs(zone, at) - offsetMs) % lengthMs === 0
  const startAt = Math.floor((t + offsetMs) / lengthMs) * lengthMs - offsetMs
  const endAt = startAt + lengthMs
  return {
    startAt: isAligned(startAt) ? startAt : (offsetChangeBetween(zone, startAt, t) ?? startAt),
    endAt: isAligned(endAt) ? endAt : (offsetChangeBetween(zone, t, endAt) ?? endAt),
  }
}

type DayCut = Exclude<Cut, { by: 'interval' }>

const indexOfDay = (cut: DayCut, day: DayNumber): number => {
  switch (cut.by) {
    case 'day':
      return day
    case 'week':
      return Math.floor((day + 3) / 7)
    case 'month': {
      const date = new Date(day * dayMs)
      return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / cut.months)
    }
  }
}

const firstDayOf = (cut: DayCut, index: number): DayNumber => {
  switch (cut.by) {
    case 'day':
      return index
    case 'week':
      return index * 7 - 3
    case 'month':
      return Date.UTC(1970, index * cut.months - 1970 * 12) / dayMs
  }
}
