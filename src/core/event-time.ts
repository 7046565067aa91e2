import { codeAt } from './code-at.ts'

/** First and last instant an event may have: 1970-01-01 and the end of the year 9999, in epoch ms. */
export const timeMin = 0
export const timeMax = 253_402_300_799_999

/**
 * Epoch ms of an ISO-8601 date and time with a zone (`Z`, `±hh:mm`, `±hhmm`, `±hh`), `undefined` for anything else:
 * no zone, no time of day, a date that does not exist. What is finer than a millisecond is cut off.
 * Written by hand because every event passes here: `Date.parse` takes local times and 30 February.
 */
export function parseTime(text: string): number | undefined {
  const day = readDay(text)
  if (day === undefined) return undefined
  const hour = readTwo(text, 11)
  const minute = readTwo(text, 14)
  if (hour > 23 || minute > 59 || codeAt(text, 13) !== colon) return undefined
  let at = 16
  let second = 0
  let fractionMs = 0
  if (codeAt(text, at) === colon) {
    second = readTwo(text, at + 1)
    if (second > 59) return undefined
    at += 3
    const end = skipFraction(text, at)
    if (end < 0) return undefined
    fractionMs = readFractionMs(text, at, end)
    at = end
  }
  const offsetMinutes = readOffsetMinutes(text, at)
  if (offsetMinutes === undefined) return undefined
  const time = day * 86_400_000 + (hour * 60 + minute - offsetMinutes) * 60_000 + second * 1000 + fractionMs
  return time >= timeMin && time <= timeMax ? time : undefined
}

const colon = 58
const hyphen = 45
const invalid = 1000
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Days since 1970-01-01 of `YYYY-MM-DDT`. */
function readDay(text: string): number | undefined {
  if (codeAt(text, 4) !== hyphen || codeAt(text, 7) !== hyphen) return undefined
  const letter = codeAt(text, 10)
  if (letter !== 84 && letter !== 116) return undefined
  const century = readTwo(text, 0)
  const rest = readTwo(text, 2)
  const month = readTwo(text, 5)
  const day = readTwo(text, 8)
  const year = century * 100 + rest
  if (century > 99 || rest > 99 || month < 1 || month > 12 || day < 1 || day > countDays(year, month))
    return undefined
  return countDaysSinceEpoch(year, month, day)
}

function countDays(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeap ? 29 : (daysInMonth[month - 1] ?? 0)
}

/** Days from civil, by eras of 400 years that begin on 1 March (Howard Hinnant, chrono-compatible date algorithms). */
function countDaysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function readTwo(text: string, at: number): number {
  const tens = codeAt(text, at) - 48
  const ones = codeAt(text, at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : invalid
}

function readDigit(text: string, at: number): number {
  const digit = codeAt(text, at) - 48
  return digit >= 0 && digit <= 9 ? digit : -1
}

/** Index after an optional fraction, −1 for a point without digits. */
function skipFraction(text: string, start: number): number {
  const point = codeAt(text, start)
  if (point !== 46 && point !== 44) return start
  let at = start + 1
  while (readDigit(text, at) >= 0) at += 1
  return at === start + 1 ? -1 : at
}

function readFractionMs(text: string, start: number, end: number): number {
  let ms = 0
  for (let place = 1; place <= 3; place += 1) {
    ms = ms * 10 + (start + place < end ? readDigit(text, start + place) : 0)
  }
  return ms
}

function readOffsetMinutes(text: string, at: number): number | undefined {
  const sign = codeAt(text, at)
  if (sign === 90 || sign === 122) return text.length === at + 1 ? 0 : undefined
  if (sign !== 43 && sign !== hyphen) return undefined
  const hours = readTwo(text, at + 1)
  const minutesAt = codeAt(text, at + 3) === colon ? at + 4 : at + 3
  const hasMinutes = text.length > at + 3
  const minutes = hasMinutes ? readTwo(text, minutesAt) : 0
  const end = hasMinutes ? minutesAt + 2 : at + 3
  if (hours > 23 || minutes > 59 || text.length !== end) return undefined
  return (sign === hyphen ? -1 : 1) * (hours * 60 + minutes)
}
