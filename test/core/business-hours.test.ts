import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addBusinessDays,
  addBusinessMs,
  type BusinessHours,
  businessDaysBetween,
  businessHoursSchema,
  businessMsBetween,
  createBusinessCalendar,
} from '../../src/core/business-hours.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const at = (iso: string) => Date.parse(`${iso}Z`)
const iso = (t: number | null) => (t === null ? null : new Date(t).toISOString().slice(0, 16))

const workdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const
const allDays = [...workdays, 'sat', 'sun'] as const
const calendarOf = (week: BusinessHours['week'], more: Omit<BusinessHours, 'zone' | 'week'> = {}) =>
  createBusinessCalendar({ zone: 'UTC', week, ...more })
const office = calendarOf([{ days: [...workdays], from: '08:00', to: '18:00' }])

// 2026-06-01 is a Monday.
describe('worked values', () => {
  it('Mon–Fri, 8 h a day, Sunday 00:00 to Saturday 23:59 is 144,000 s', () => {
    const eightHours = calendarOf([{ days: [...workdays], from: '09:00', to: '17:00' }])
    expect(businessMsBetween(eightHours, at('2026-05-31T00:00'), at('2026-06-06T23:59'))).toBe(144_000_000)
  })

  it.each([
    ['Monday 10:00', '2026-06-01T10:00', 'Monday 14:00', '2026-06-01T14:00'],
    ['Monday 14:00', '2026-06-01T14:00', 'Monday 18:00', '2026-06-01T18:00'],
    ['Monday 17:00', '2026-06-01T17:00', 'Tuesday 11:00', '2026-06-02T11:00'],
    ['Friday 17:00', '2026-06-05T17:00', 'Monday 11:00', '2026-06-08T11:00'],
  ])('a target of 4 h, Mon–Fri 08–18, created %s (%s) is due %s', (_day, createdAt, _dueDay, dueAt) => {
    expect(iso(addBusinessMs(office, at(createdAt), 4 * hourMs))).toBe(dueAt)
  })

  it.each([
    ['2026-06-01T10:00', 'Monday 13:00', '2026-06-01T13:00'],
    ['2026-06-01T17:00', 'Tuesday 10:00, not at midnight', '2026-06-02T10:00'],
  ])('a warning 1 h before a target of 4 h from %s comes %s', (createdAt, _day, warnAt) => {
    expect(iso(addBusinessMs(office, at(createdAt), 3 * hourMs))).toBe(warnAt)
  })

  it('created Saturday 10:00, answered Saturday 11:00 is 0', () => {
    expect(businessMsBetween(office, at('2026-06-06T10:00'), at('2026-06-06T11:00'))).toBe(0)
  })

  it('a complaint filed Monday and resolved Wednesday took 2 days', () => {
    expect(businessDaysBetween(office, at('2026-06-01T09:00'), at('2026-06-03T16:00'))).toBe(2)
  })
})

describe('open time', () => {
  it('adds the spans of a day and leaves the break between them out', () => {
    const split = calendarOf([
      { days: ['mon'], from: '08:00', to: '12:00' },
      { days: ['mon'], from: '13:00', to: '17:00' },
    ])
    expect(businessMsBetween(split, at('2026-06-01T11:30'), at('2026-06-01T13:30'))).toBe(hourMs)
    expect(iso(addBusinessMs(split, at('2026-06-01T11:30'), hourMs))).toBe('2026-06-01T13:30')
  })

  it('counts spans that overlap once', () => {
    const overlapping = calendarOf([
      { days: ['mon'], from: '10:00', to: '14:00' },
      { days: [...workdays], from: '08:00', to: '12:00' },
    ])
    expect(businessMsBetween(overlapping, at('2026-06-01T00:00'), at('2026-06-02T00:00'))).toBe(6 * hourMs)
  })

  it('runs on over midnight where a day ends at 24:00', () => {
    const always = calendarOf([{ days: [...allDays], from: '00:00', to: '24:00' }])
    expect(businessMsBetween(always, at('2026-01-01T00:00'), at('2027-02-05T00:00'))).toBe(400 * dayMs)
    expect(iso(addBusinessMs(always, at('2026-06-01T23:00'), 2 * hourMs))).toBe('2026-06-02T01:00')
  })

  it('is closed on holidays', () => {
    const festive = calendarOf([{ days: [...workdays], from: '08:00', to: '18:00' }], {
      holidays: ['2026-12-24'],
    })
    expect(iso(addBusinessMs(festive, at('2026-12-23T17:00'), 4 * hourMs))).toBe('2026-12-25T11:00')
  })

  it('follows the version in force on each date, in whatever order they are written', () => {
    const dated = calendarOf([{ days: [...workdays], from: '08:00', to: '18:00' }], {
      versions: [
        { from: '2026-06-03', week: [] },
        { from: '2026-06-02', week: [{ days: [...workdays], from: '10:00', to: '12:00' }] },
      ],
    })
    expect(businessMsBetween(dated, at('2026-06-01T00:00'), at('2026-07-01T00:00'))).toBe(12 * hourMs)
  })

  it('on days of 23 and 25 h is what passed, not what the clock says', () => {
    const nights = createBusinessCalendar({
      zone: 'Europe/Copenhagen',
      week: [{ days: ['sun'], from: '00:00', to: '06:00' }],
    })
    expect(businessMsBetween(nights, at('2026-03-28T12:00'), at('2026-03-29T12:00'))).toBe(5 * hourMs)
    expect(businessMsBetween(nights, at('2026-10-24T12:00'), at('2026-10-25T12:00'))).toBe(7 * hourMs)
  })

  it('opens and closes once where the clock shows the time twice', () => {
    const evening = createBusinessCalendar({
      zone: 'Africa/Cairo',
      week: [{ days: [...allDays], from: '00:00', to: '23:15' }],
    })
    expect(businessMsBetween(evening, at('2026-10-28T21:00'), at('2026-10-29T22:00'))).toBe(23.25 * hourMs)
    const night = createBusinessCalendar({
      zone: 'Europe/Copenhagen',
      week: [{ days: [...allDays], from: '02:30', to: '04:00' }],
    })
    expect(businessMsBetween(night, at('2026-10-24T22:00'), at('2026-10-25T22:00'))).toBe(2.5 * hourMs)
  })

  it('is none where all of it is skipped by the clock', () => {
    const skipped = createBusinessCalendar({
      zone: 'Europe/Copenhagen',
      week: [{ days: ['sun'], from: '02:00', to: '03:00' }],
    })
    expect(businessMsBetween(skipped, at('2026-03-28T12:00'), at('2026-03-29T12:00'))).toBe(0)
    expect(businessDaysBetween(skipped, at('2026-03-28T12:00'), at('2026-03-29T12:00'))).toBe(0)
  })

  it('follows the local clock of its zone', () => {
    const kathmandu = createBusinessCalendar({
      zone: 'Asia/Kathmandu',
      week: [{ days: ['mon'], from: '08:00', to: '18:00' }],
    })
    expect(iso(addBusinessMs(kathmandu, at('2026-06-01T00:00'), minuteMs))).toBe('2026-06-01T02:16')
  })

  it('backwards is negative', () => {
    expect(businessMsBetween(office, at('2026-06-01T11:00'), at('2026-06-01T10:00'))).toBe(-hourMs)
  })
})

describe('a calendar without hours', () => {
  const closed = calendarOf([])

  it('never makes anything due', () => {
    expect(addBusinessMs(closed, at('2026-06-01T10:00'), 1)).toBeNull()
    expect(addBusinessDays(closed, at('2026-06-01T10:00'), 1)).toBeNull()
    expect(businessMsBetween(closed, at('2026-01-01T00:00'), at('2028-01-01T00:00'))).toBe(0)
  })

  it('from some date on never makes anything due after it', () => {
    const closing = calendarOf([{ days: [...workdays], from: '08:00', to: '18:00' }], {
      versions: [{ from: '2026-06-02', week: [] }],
    })
    expect(iso(addBusinessMs(closing, at('2026-06-01T10:00'), 8 * hourMs))).toBe('2026-06-01T18:00')
    expect(addBusinessMs(closing, at('2026-06-01T10:00'), 8 * hourMs + 1)).toBeNull()
  })
})

describe('business time to add', () => {
  it('of nothing is due at once, even when closed', () => {
    expect(iso(addBusinessMs(office, at('2026-06-06T10:00'), 0))).toBe('2026-06-06T10:00')
  })

  it('that is no whole number, or below zero, is a bug', () => {
    expect(() => addBusinessMs(office, 0, -1)).toThrow(RangeError)
    expect(() => addBusinessMs(office, 0, 0.5)).toThrow(RangeError)
    expect(() => addBusinessDays(office, 0, 0)).toThrow(RangeError)
  })
})

describe('business days', () => {
  it.each([
    ['Monday 09:00', '2026-06-01T09:00', 'Thursday', '2026-06-04T18:00'],
    ['Monday 23:00', '2026-06-01T23:00', 'Thursday', '2026-06-04T18:00'],
    ['Wednesday', '2026-06-03T09:00', 'Monday', '2026-06-08T18:00'],
    ['Saturday', '2026-06-06T09:00', 'Wednesday', '2026-06-10T18:00'],
  ])('3 of them from %s (%s) end at close of business on %s', (_from, fromAt, _due, dueAt) => {
    expect(iso(addBusinessDays(office, at(fromAt), 3))).toBe(dueAt)
  })

  it('leave weekends and holidays out', () => {
    const festive = calendarOf([{ days: [...workdays], from: '08:00', to: '18:00' }], {
      holidays: ['2026-06-03'],
    })
    expect(businessDaysBetween(festive, at('2026-06-01T09:00'), at('2026-06-08T09:00'))).toBe(4)
    expect(iso(addBusinessDays(festive, at('2026-06-01T09:00'), 3))).toBe('2026-06-05T18:00')
  })

  it('end with the last hours that the clock does not skip', () => {
    const nights = createBusinessCalendar({
      zone: 'Europe/Copenhagen',
      week: [
        { days: ['sun'], from: '00:00', to: '01:00' },
        { days: ['sun'], from: '02:00', to: '03:00' },
      ],
    })
    expect(iso(addBusinessDays(nights, at('2026-03-27T12:00'), 1))).toBe('2026-03-29T00:00')
  })

  it('count across years', () => {
    expect(businessDaysBetween(office, at('2025-12-31T09:00'), at('2026-12-31T09:00'))).toBe(261)
    expect(businessDaysBetween(office, at('2026-12-31T09:00'), at('2025-12-31T09:00'))).toBe(-261)
  })
})

describe('configuration', () => {
  const issuesOf = (hours: unknown) =>
    (businessHoursSchema.safeParse(hours).error?.issues ?? []).map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    )

  it('names each mistake with its path and what to write', () => {
    const hours = {
      zone: 'Mars/Olympus',
      week: [
        { days: ['mon'], from: '8:00', to: '18:00' },
        { days: ['tue'], from: '22:00', to: '06:00' },
      ],
      holidays: ['2026-02-29'],
    }
    expect(issuesOf(hours)).toEqual([
      'zone: write a time zone as Europe/Copenhagen or UTC',
      'week.0.from: write a time of day as 08:00, at most 24:00',
      'week.1.to: must lie after `from`; hours over midnight are two spans, one to 24:00 and one from 00:00',
      'holidays.0: write a date as 2026-12-24',
    ])
  })

  it('refuses two versions from one date', () => {
    const version = { from: '2026-01-01', week: [] }
    expect(issuesOf({ week: [], versions: [version, version] })).toEqual([
      'versions: two versions begin on the same date',
    ])
  })

  it('leaves the zone to whoever has a default', () => {
    expect(businessHoursSchema.parse({ week: [] })).toEqual({ week: [], holidays: [], versions: [] })
  })
})

describe('any calendar', () => {
  const zoneNames = [
    'UTC',
    'Europe/Copenhagen',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Cairo',
    'Pacific/Apia',
  ]
  const timeOf = (quarter: number) =>
    `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`
  const spanArbitrary = fc
    .tuple(
      fc.subarray([...allDays], { minLength: 1 }),
      fc.uniqueArray(fc.nat(96), { minLength: 2, maxLength: 2 }),
    )
    .map(([days, quarters]) => ({
      days,
      from: timeOf(Math.min(...quarters)),
      to: timeOf(Math.max(...quarters)),
    }))
  const dateArbitrary = fc
    .nat(120)
    .map((day) => new Date(at('2026-02-15T00:00') + day * dayMs).toISOString().slice(0, 10))
  const hoursArbitrary = fc.record({
    zone: fc.constantFrom(...zoneNames),
    week: fc.array(spanArbitrary, { maxLength: 4 }),
    holidays: fc.array(dateArbitrary, { maxLength: 5 }),
    versions: fc.uniqueArray(
      fc.record({ from: dateArbitrary, week: fc.array(spanArbitrary, { maxLength: 2 }) }),
      { maxLength: 2, selector: ({ from }) => from },
    ),
  })
  const instantArbitrary = fc.integer({ min: at('2026-02-01T00:00'), max: at('2026-11-30T00:00') })

  /**
   * Whether the minute is open, read from what Intl prints and from the configuration as text. In an hour that comes
   * twice the clock stands still at the latest it has shown: hours open and close once a day.
   */
  const createOracle = (hours: Required<BusinessHours>) => {
    const clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: hours.zone ?? 'UTC',
      dateStyle: 'short',
      timeStyle: 'short',
    })
    return (t: number): boolean => {
      const shown = Array.from({ length: 8 }, (_, quarter) => clock.format(t - quarter * 15 * minuteMs))
      const [date = '', time = ''] = (shown.toSorted().at(-1) ?? '').split(' ')
      if (hours.holidays?.includes(date)) return false
      const inForce = (hours.versions ?? [])
        .filter(({ from }) => from <= date)
        .sort((a, b) => (a.from < b.from ? 1 : -1))
      const weekday = allDays[(new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7] ?? 'mon'
      const week = inForce[0]?.week ?? hours.week
      return week.some(({ days, from, to }) => days.includes(weekday) && from <= time && time < to)
    }
  }

  it('agrees with stepping minute by minute', () => {
    const agrees = fc.property(hoursArbitrary, instantArbitrary, fc.nat(6 * 1440), (hours, near, minutes) => {
      const isOpen = createOracle(hours)
      const from = Math.floor(near / minuteMs) * minuteMs
      let ms = 0
      for (let minute = 0; minute < minutes; minute += 1)
        ms += isOpen(from + minute * minuteMs) ? minuteMs : 0
      expect(businessMsBetween(createBusinessCalendar(hours), from, from + minutes * minuteMs)).toBe(ms)
    })
    fc.assert(agrees, { numRuns: 60 })
  })

  it('adds up: a to b and b to c is a to c', () => {
    const isAdditive = fc.property(
      hoursArbitrary,
      fc.tuple(instantArbitrary, instantArbitrary, instantArbitrary),
      (hours, [a, b, c]) => {
        const calendar = createBusinessCalendar(hours)
        const parts = businessMsBetween(calendar, a, b) + businessMsBetween(calendar, b, c)
        expect(parts).toBe(businessMsBetween(calendar, a, c))
        const days = businessDaysBetween(calendar, a, b) + businessDaysBetween(calendar, b, c)
        expect(days).toBe(businessDaysBetween(calendar, a, c))
      },
    )
    fc.assert(isAdditive, { numRuns: 300 })
  })

  it('is due at the first instant with that much open time, or never', () => {
    const isInverse = fc.property(
      hoursArbitrary,
      instantArbitrary,
      fc.integer({ min: 1, max: 30 * dayMs }),
      (hours, from, durationMs) => {
        const calendar = createBusinessCalendar(hours)
        const dueAt = addBusinessMs(calendar, from, durationMs)
        if (dueAt === null) {
          expect(businessMsBetween(calendar, from, from + 3_650 * dayMs)).toBeLessThan(durationMs)
        } else {
          expect(businessMsBetween(calendar, from, dueAt)).toBe(durationMs)
          expect(businessMsBetween(calendar, from, dueAt - 1)).toBe(durationMs - 1)
        }
      },
    )
    fc.assert(isInverse, { numRuns: 300 })
  })

  it('ends business days inside the last of them', () => {
    const endsInside = fc.property(
      hoursArbitrary,
      instantArbitrary,
      fc.integer({ min: 1, max: 40 }),
      (hours, from, days) => {
        const calendar = createBusinessCalendar(hours)
        const dueAt = addBusinessDays(calendar, from, days)
        if (dueAt !== null) {
          expect(businessDaysBetween(calendar, from, dueAt - 1)).toBe(days)
          expect(businessMsBetween(calendar, dueAt - 1, dueAt)).toBe(1)
        }
      },
    )
    fc.assert(endsInside, { numRuns: 300 })
  })
})
