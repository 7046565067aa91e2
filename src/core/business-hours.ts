import { z } from 'zod'
import {
  type DayNumber,
  instantOfLocalMinute,
  localDayAt,
  parseDate,
  parseTimeOfDay,
  weekdayOf,
} from './calendar.ts'
import { firstPlace } from './first-place.ts'
import { createZone, isZoneName, type Zone } from './zone.ts'

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const timeOfDaySchema = z
  .string()
  .refine((text) => parseTimeOfDay(text) !== null, 'write a time of day as 08:00, at most 24:00')
const dateSchema = z.string().refine((text) => parseDate(text) !== null, 'write a date as 2026-12-24')
const spanSchema = z
  .strictObject({ days: z.array(z.enum(weekdays)).min(1), from: timeOfDaySchema, to: timeOfDaySchema })
  .refine(({ from, to }) => (parseTimeOfDay(from) ?? -1) < (parseTimeOfDay(to) ?? 1441), {
    path: ['to'],
    message: 'must lie after `from`; hours over midnight are two spans, one to 24:00 and one from 00:00',
  })
const weekSchema = z.array(spanSchema)

/**
 * Business hours as configured: `week` holds until the first of `versions`, each of which holds from its date on.
 * Several spans may name the same day. `holidays` are closed whatever the version says. Where clocks fall back a span
 * still opens and closes once, each at the first instant that shows its time.
 */
export const businessHoursSchema = z.strictObject({
  zone: z.string().refine(isZoneName, 'write a time zone as Europe/Copenhagen or UTC').optional(),
  week: weekSchema,
  holidays: z.array(dateSchema).default([]),
  versions: z
    .array(z.strictObject({ from: dateSchema, week: weekSchema }))
    .refine((versions) => new Set(versions.map(({ from }) => from)).size === versions.length, {
      message: 'two versions begin on the same date',
    })
    .default([]),
})

export type BusinessHours = z.input<typeof businessHoursSchema>

/** Business hours made ready to be asked; the blocks are a cache, filled on demand. */
export type BusinessCalendar = {
  readonly zone: Zone
  readonly holidays: ReadonlySet<DayNumber>
  /** Sorted by `fromDay`; the first one has no beginning. */
  readonly versions: readonly Version[]
  readonly blocks: Map<number, Block>
}

type MinuteSpan = { readonly from: number; readonly to: number }
type Version = { readonly fromDay: DayNumber; readonly spansByWeekday: readonly (readonly MinuteSpan[])[] }

/** The open hours of 64 local days. Arrays of one span each, and arrays of one business day each, all sorted. */
type Block = {
  readonly startAt: number
  readonly opensAt: readonly number[]
  readonly closesAt: readonly number[]
  /** Business ms of the block before the span. */
  readonly msBefore: readonly number[]
  readonly totalMs: number
  readonly days: readonly DayNumber[]
  readonly lastCloseAt: readonly number[]
}

const blockDays = 64
const blocksMax = 2_000
/** What falls due later than ten years on never does: a calendar may have no hours at all. */
const horizonMs = 3_653 * 86_400_000

/** Monday to Friday, all day: the business days of a zone where no hours are configured. */
export const weekdaysIn = (zone: string): BusinessCalendar =>
  createBusinessCalendar({
    zone,
    week: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '00:00', to: '24:00' }],
  })

/** Throws what `businessHoursSchema` throws, which configuration has asked before. */
export const createBusinessCalendar = (
  hours: BusinessHours & { readonly zone: string },
): BusinessCalendar => {
  const { week, holidays, versions } = businessHoursSchema.parse(hours)
  const dated = versions.map(({ from, week }) => ({ fromDay: dayOf(from), spansByWeekday: spansOf(week) }))
  return {
    zone: createZone(hours.zone),
    holidays: new Set(holidays.map(dayOf)),
    versions: [
      { fromDay: Number.NEGATIVE_INFINITY, spansByWeekday: spansOf(week) },
      ...dated.sort((a, b) => a.fromDay - b.fromDay),
    ],
    blocks: new Map(),
  }
}

/** Open ms in [fromAt, toAt), exact; below zero where `toAt` lies before `fromAt`. */
export const businessMsBetween = (calendar: BusinessCalendar, fromAt: number, toAt: number): number => {
  if (toAt < fromAt) return 0 - businessMsBetween(calendar, toAt, fromAt)
  const last = blockIndexAt(calendar, toAt)
  let index = blockIndexAt(calendar, fromAt)
  let ms = -msUntil(blockOf(calendar, index), fromAt)
  for (; index < last; index += 1) ms += blockOf(calendar, index).totalMs
  return ms + msUntil(blockOf(calendar, last), toAt)
}

/**
 * The due instant: the first with `durationMs` open ms since `fromAt`; so 4 h from 14:00 are due at 18:00, not when the
 * next day opens. Null where that is more than ten years away.
 */
export const addBusinessMs = (
  calendar: BusinessCalendar,
  fromAt: number,
  durationMs: number,
): number | null => {
  assertWhole(durationMs, 0)
  if (durationMs === 0) return fromAt
  let index = blockIndexAt(calendar, fromAt)
  let block = blockOf(calendar, index)
  let wantedMs = durationMs + msUntil(block, fromAt)
  while (wantedMs > block.totalMs) {
    wantedMs -= block.totalMs
    index += 1
    block = blockOf(calendar, index)
    if (block.startAt - fromAt > horizonMs) return null
  }
  const span = countUpTo(block.msBefore, wantedMs - 1) - 1
  return at(block.opensAt, span) + wantedMs - at(block.msBefore, span)
}

/** Days with business hours after the local day of `fromAt`, up to and with that of `toAt`: Monday to Wednesday is 2. */
export const businessDaysBetween = (calendar: BusinessCalendar, fromAt: number, toAt: number): number => {
  if (toAt < fromAt) return 0 - businessDaysBetween(calendar, toAt, fromAt)
  const firstDay = localDayAt(calendar.zone, fromAt)
  const lastDay = localDayAt(calendar.zone, toAt)
  const last = Math.floor(lastDay / blockDays)
  let index = Math.floor(firstDay / blockDays)
  let days = -countUpTo(blockOf(calendar, index).days, firstDay)
  for (; index < last; index += 1) days += blockOf(calendar, index).days.length
  return days + countUpTo(blockOf(calendar, last).days, lastDay)
}

/**
 * Close of business on the `days`-th business day after the local day of `fromAt` (how FCA DISP 1.5.1 counts its three
 * days); null where that is more than ten years away.
 */
export const addBusinessDays = (calendar: BusinessCalendar, fromAt: number, days: number): number | null => {
  assertWhole(days, 1)
  const firstDay = localDayAt(calendar.zone, fromAt)
  let index = Math.floor(firstDay / blockDays)
  let block = blockOf(calendar, index)
  let wanted = days + countUpTo(block.days, firstDay)
  while (wanted > block.days.length) {
    wanted -= block.days.length
    index += 1
    block = blockOf(calendar, index)
    if (block.startAt - fromAt > horizonMs) return null
  }
  return at(block.lastCloseAt, wanted - 1)
}

const blockIndexAt = (calendar: BusinessCalendar, t: number): number =>
  Math.floor(localDayAt(calendar.zone, t) / blockDays)

const blockOf = (calendar: BusinessCalendar, index: number): Block => {
  const known = calendar.blocks.get(index)
  if (known) return known
  if (calendar.blocks.size >= blocksMax) calendar.blocks.clear()
  const block = buildBlock(calendar, index * blockDays)
  calendar.blocks.set(index, block)
  return block
}

const buildBlock = (calendar: BusinessCalendar, firstDay: DayNumber): Block => {
  const opensAt: number[] = []
  const closesAt: number[] = []
  const msBefore: number[] = []
  const days: DayNumber[] = []
  const lastCloseAt: number[] = []
  let totalMs = 0
  for (let day = firstDay; day < firstDay + blockDays; day += 1) {
    const msOfDaysBefore = totalMs
    for (const { from, to } of spansOfDay(calendar, day)) {
      const openAt = instantOfLocalMinute(calendar.zone, day, from)
      const closeAt = instantOfLocalMinute(calendar.zone, day, to)
      if (openAt === closeAt) continue
      opensAt.push(openAt)
      closesAt.push(closeAt)
      msBefore.push(totalMs)
      totalMs += closeAt - openAt
    }
    if (totalMs === msOfDaysBefore) continue
    days.push(day)
    lastCloseAt.push(at(closesAt, closesAt.length - 1))
  }
  const startAt = instantOfLocalMinute(calendar.zone, firstDay, 0)
  return { startAt, opensAt, closesAt, msBefore, totalMs, days, lastCloseAt }
}

const spansOfDay = ({ holidays, versions }: BusinessCalendar, day: DayNumber): readonly MinuteSpan[] => {
  if (holidays.has(day)) return []
  const version = versions.findLast(({ fromDay }) => fromDay <= day)
  return version?.spansByWeekday[weekdayOf(day)] ?? []
}

/** Open ms of the block before the instant. */
const msUntil = (block: Block, t: number): number => {
  const span = countUpTo(block.opensAt, t) - 1
  if (span < 0) return 0
  return at(block.msBefore, span) + Math.min(t, at(block.closesAt, span)) - at(block.opensAt, span)
}

const spansOf = (week: z.output<typeof weekSchema>): MinuteSpan[][] =>
  weekdays.map((weekday) =>
    joinSpans(
      week
        .filter(({ days }) => days.includes(weekday))
        .map(({ from, to }) => ({ from: minuteOf(from), to: minuteOf(to) })),
    ),
  )

/** Sorted, and what overlaps or touches made one. */
const joinSpans = (spans: readonly MinuteSpan[]): MinuteSpan[] => {
  const joined: MinuteSpan[] = []
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last && span.from <= last.to) {
      joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) }
    } else joined.push(span)
  }
  return joined
}

/** How many of the sorted numbers are at most `value`. */
const countUpTo = (sorted: readonly number[], value: number): number =>
  firstPlace(sorted.length, (place) => at(sorted, place) > value)

const at = (numbers: readonly number[], index: number): number => numbers[index] as number
const dayOf = (date: string): DayNumber => parseDate(date) as DayNumber
const minuteOf = (time: string): number => parseTimeOfDay(time) as number

const assertWhole = (value: number, least: number): void => {
  if (Number.isSafeInteger(value) && value >= least) return
  throw new RangeError(`business time to add is a whole number of at least ${least}, not ${value}`)
}
