import type { OfficeHours, OfficeWeek } from './config.ts'
import { dateOf, instantOfWallClock, localDateAt, timeOfDayMs } from './local-time.ts'

const dayMs = 86_400_000
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const horizonDays = 3660

type Opening = { readonly from: number; readonly to: number }

const weekOf = (hours: OfficeHours, date: number): OfficeWeek => {
  const begun = (hours.versions ?? []).filter((version) => dateOf(version.from) <= date)
  const newestFirst = begun.toSorted((a, b) => dateOf(b.from) - dateOf(a.from))
  return newestFirst[0]?.week ?? hours.week
}

const known = new WeakMap<OfficeHours, Map<number, readonly Opening[]>>()

/** The openings of one local date, worked out once. */
const openingsOf = (hours: OfficeHours, date: number): readonly Opening[] => {
  const ofHours = known.get(hours) ?? new Map<number, readonly Opening[]>()
  known.set(hours, ofHours)
  const openings = ofHours.get(date) ?? findOpenings(hours, date)
  ofHours.set(date, openings)
  return openings
}

/** In order, overlapping ones joined. */
const findOpenings = (hours: OfficeHours, date: number): readonly Opening[] => {
  if ((hours.holidays ?? []).some((holiday) => dateOf(holiday) === date)) return []
  const weekday = weekdays[(((date + 3) % 7) + 7) % 7] as (typeof weekdays)[number]
  const spans = weekOf(hours, date).filter((span) => span.days.includes(weekday))
  const instant = (time: string) => instantOfWallClock(hours.zone, date * dayMs + timeOfDayMs(time))
  const openings = spans.map((span) => ({ from: instant(span.from), to: instant(span.to) }))
  const real = openings.filter(({ from, to }) => from < to)
  return joinOpenings(real.toSorted((a, b) => a.from - b.from))
}

const joinOpenings = (sorted: readonly Opening[]): readonly Opening[] => {
  const joined: { from: number; to: number }[] = []
  for (const opening of sorted) {
    const last = joined.at(-1)
    if (last && opening.from <= last.to) last.to = Math.max(last.to, opening.to)
    else joined.push({ ...opening })
  }
  return joined
}

export const businessMsBetween = (hours: OfficeHours, from: number, to: number): number => {
  let sum = 0
  for (let date = localDateAt(hours.zone, from) - 1; date <= localDateAt(hours.zone, to) + 1; date += 1) {
    for (const opening of openingsOf(hours, date)) {
      sum += Math.max(0, Math.min(to, opening.to) - Math.max(from, opening.from))
    }
  }
  return sum
}

/** The earliest instant by which so much time has passed since `from`; around the clock without hours. */
export const dueAt = (hours: OfficeHours | undefined, from: number, withinMs: number): number => {
  if (hours === undefined || withinMs <= 0) return from + Math.max(0, withinMs)
  let left = withinMs
  const firstDate = localDateAt(hours.zone, from) - 1
  for (let date = firstDate; date <= firstDate + horizonDays; date += 1) {
    for (const opening of openingsOf(hours, date)) {
      const usable = Math.max(0, opening.to - Math.max(from, opening.from))
      if (usable >= left) return Math.max(from, opening.from) + left
      left -= usable
    }
  }
  return Number.POSITIVE_INFINITY
}

/** The close of business on so many business days after the day of an instant; never, where there are no hours. */
export const closeOfBusinessAfter = (hours: OfficeHours, at: number, days: number): number => {
  const firstDate = localDateAt(hours.zone, at) + 1
  let left = days
  for (let date = firstDate; date < firstDate + horizonDays; date += 1) {
    const last = openingsOf(hours, date).at(-1)
    if (last === undefined) continue
    left -= 1
    if (left === 0) return last.to
  }
  return Number.POSITIVE_INFINITY
}
