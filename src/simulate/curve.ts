import { hashToUnit } from './random.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const HALF_HOUR_MS = HOUR_MS / 2

/** How busy each hour of a working day is for calls: a peak before noon, a smaller one after lunch, quiet nights. */
const callHours = [
  4, 3, 2, 2, 3, 6, 16, 42, 82, 112, 124, 118, 100, 104, 112, 108, 98, 84, 62, 44, 32, 22, 13, 7,
]
/** Letters are written in the evening and at night too. */
const writtenHours = [
  18, 12, 9, 8, 10, 16, 32, 58, 86, 104, 106, 100, 92, 94, 98, 96, 90, 82, 74, 72, 74, 66, 48, 30,
]
/** Monday first. */
const callDays = [1.26, 1.1, 1.05, 1.04, 1.0, 0.5, 0.32]
const writtenDays = [1.2, 1.08, 1.04, 1.02, 0.98, 0.66, 0.6]

export type CurveKind = 'calls' | 'written'

const curves: Readonly<Record<CurveKind, readonly number[]>> = {
  calls: shapeWeek(callHours, callDays),
  written: shapeWeek(writtenHours, writtenDays),
}

/** Load of a half hour of the week relative to the week's mean (mean 1). `localMs`: epoch ms on the centre's own clock. */
export function weeklyLoad(kind: CurveKind, localMs: number): number {
  return curves[kind][halfHourOfWeek(localMs)] ?? 1
}

/** What nobody forecast: a few per cent either way, and one half hour in thirty a surge of a fifth to a half. */
export function surpriseLoad(seed: number, localMs: number, stream: number): number {
  const halfHour = Math.floor(localMs / HALF_HOUR_MS)
  const ripple = hashToUnit(seed, halfHour, stream) + hashToUnit(seed, halfHour, stream, 1)
  const isSurge = hashToUnit(seed, halfHour, stream, 2) < 1 / 30
  const surge = isSurge ? 1.2 + 0.3 * hashToUnit(seed, halfHour, stream, 3) : 1
  return (0.92 + 0.08 * ripple) * surge
}

/** The instant at which `workMs` of office time (Monday to Saturday, 08:00 to 18:00) have passed since `localMs`. */
export function addOfficeTime(localMs: number, workMs: number): number {
  let at = localMs
  let left = workMs
  for (;;) {
    const opensAt = startOfDay(at) + 8 * HOUR_MS
    const closesAt = startOfDay(at) + 18 * HOUR_MS
    const beginAt = Math.max(at, opensAt)
    const hasWork = dayOfWeek(at) !== 6 && beginAt < closesAt
    if (hasWork && left <= closesAt - beginAt) return beginAt + left
    if (hasWork) left -= closesAt - beginAt
    at = startOfDay(at) + DAY_MS
  }
}

/** Half hours of the week, from hour to hour in a straight line, scaled to a mean of 1. */
function shapeWeek(hours: readonly number[], days: readonly number[]): readonly number[] {
  const day = hours.flatMap((load, hour) => [load, (load + (hours[(hour + 1) % 24] ?? 0)) / 2])
  const week = days.flatMap((share) => day.map((load) => load * share))
  const mean = week.reduce((sum, load) => sum + load, 0) / week.length
  return week.map((load) => load / mean)
}

function halfHourOfWeek(localMs: number): number {
  return dayOfWeek(localMs) * 48 + Math.floor((localMs - startOfDay(localMs)) / HALF_HOUR_MS)
}

/** Monday 0. The epoch began on a Thursday. */
function dayOfWeek(localMs: number): number {
  return (Math.floor(localMs / DAY_MS) + 3) % 7
}

function startOfDay(localMs: number): number {
  return Math.floor(localMs / DAY_MS) * DAY_MS
}
