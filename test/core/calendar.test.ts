import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Cut,
  localDayAt,
  localTime,
  nextLocalDay,
  parseDate,
  parseTimeOfDay,
  periodContaining,
  startOfLocalDay,
  weekdayOf,
} from '../../src/core/calendar.ts'
import { createZone, offsetAtMs } from '../../src/core/zone.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const at = (iso: string) => Date.parse(iso)
const iso = (t: number) => new Date(t).toISOString().slice(0, 16)
const cut = (by: Cut) => by

describe('local days', () => {
  it.each([
    ['Europe/Copenhagen', '2026-03-29T12:00Z', 23],
    ['Europe/Copenhagen', '2026-10-25T12:00Z', 25],
    ['Europe/Copenhagen', '2026-06-01T12:00Z', 24],
    ['Australia/Lord_Howe', '2026-04-04T16:00Z', 24.5],
    ['Africa/Cairo', '2024-04-26T12:00Z', 23],
    ['Asia/Beirut', '2021-03-28T12:00Z', 23],
    ['America/Santiago', '2022-04-02T12:00Z', 25],
    ['Pacific/Apia', '2011-12-29T12:00Z', 24],
    ['Pacific/Apia', '2011-12-30T12:00Z', 24],
  ])('of %s at %s last %d h', (name, instant, hours) => {
    const zone = createZone(name)
    expect(nextLocalDay(zone, at(instant)) - startOfLocalDay(zone, at(instant))).toBe(hours * hourMs)
  })

  it('begin at the end of the gap where clocks go forward at midnight', () => {
    expect(iso(startOfLocalDay(createZone('Asia/Beirut'), at('2021-03-28T12:00Z')))).toBe('2021-03-27T22:00')
  })

  it('that a zone skips do not exist: the 29th is followed by the 31st', () => {
    const apia = createZone('Pacific/Apia')
    const end = nextLocalDay(apia, at('2011-12-30T09:59Z'))
    expect(iso(end)).toBe('2011-12-30T10:00')
    expect(localDayAt(apia, end)).toBe(parseDate('2011-12-31'))
    expect(localDayAt(apia, end - 1)).toBe(parseDate('2011-12-29'))
  })

  it('do not begin again where clocks fall back over midnight', () => {
    // St John's, 2010-11-07: 00:00 came at 02:30 UTC, at 00:01 clocks went back to 23:01 of the 6th.
    const zone = createZone('America/St_Johns')
    expect(localDayAt(zone, at('2010-11-07T02:45Z'))).toBe(parseDate('2010-11-07'))
    expect(iso(startOfLocalDay(zone, at('2010-11-07T02:45Z')))).toBe('2010-11-07T02:30')
    expect(iso(nextLocalDay(zone, at('2010-11-07T02:45Z')))).toBe('2010-11-08T03:30')
  })

  it('are the dates that Intl prints, in every zone since 2012', () => {
    const names = Intl.supportedValuesOf('timeZone')
    const instants = fc.integer({ min: at('2012-01-01T00:00Z'), max: at('2040-01-01T00:00Z') })
    const datesAgree = fc.property(fc.constantFrom(...names), instants, (name, t) => {
      const dateAt = (instant: number) => new Date(instant).toLocaleDateString('sv-SE', { timeZone: name })
      const zone = createZone(name)
      const day = startOfLocalDay(zone, t)
      expect(dateAt(t)).toBe(new Date(localDayAt(zone, t) * 24 * hourMs).toISOString().slice(0, 10))
      expect(dateAt(day)).toBe(dateAt(t))
      expect(dateAt(day - 1)).not.toBe(dateAt(t))
      expect(dateAt(nextLocalDay(zone, t) - 1)).toBe(dateAt(t))
      expect(dateAt(nextLocalDay(zone, t))).not.toBe(dateAt(t))
    })
    fc.assert(datesAgree, { numRuns: 200 })
  })
})

describe('a local time', () => {
  it.each([
    ['Europe/Copenhagen', { year: 2026, month: 6, day: 1, minuteOfDay: 480 }, '2026-06-01T06:00'],
    ['Europe/Copenhagen', { year: 2026, month: 3, day: 29, minuteOfDay: 150 }, '2026-03-29T01:00'],
    ['Europe/Copenhagen', { year: 2026, month: 10, day: 25, minuteOfDay: 150 }, '2026-10-25T00:30'],
    ['Asia/Kathmandu', { year: 2024, month: 2, day: 29, minuteOfDay: 0 }, '2024-02-28T18:15'],
    ['UTC', { year: 2026, month: 12, day: 31, minuteOfDay: 1440 }, '2027-01-01T00:00'],
  ])('of %s: %j is %s UTC', (name, time, instant) => {
    expect(iso(localTime(createZone(name), time))).toBe(instant)
  })
})

describe('periods', () => {
  const utc = createZone('UTC')
  const copenhagen = createZone('Europe/Copenhagen')

  it.each([
    [cut({ by: 'week' }), '2026-03-01T12:00Z', '2026-02-23T00:00', '2026-03-02T00:00'],
    [cut({ by: 'month', months: 1 }), '2024-02-29T23:59Z', '2024-02-01T00:00', '2024-03-01T00:00'],
    [cut({ by: 'month', months: 3 }), '2026-12-31T23:59Z', '2026-10-01T00:00', '2027-01-01T00:00'],
    [cut({ by: 'month', months: 12 }), '2024-12-31T12:00Z', '2024-01-01T00:00', '2025-01-01T00:00'],
    [cut({ by: 'day', startMinute: 480 }), '2026-06-02T07:59Z', '2026-06-01T08:00', '2026-06-02T08:00'],
    [cut({ by: 'day', startMinute: 480 }), '2026-06-02T08:00Z', '2026-06-02T08:00', '2026-06-03T08:00'],
  ])('of %j at %s', (by, instant, startAt, endAt) => {
    const period = periodContaining(utc, by, at(instant))
    expect([iso(period.startAt), iso(period.endAt)]).toEqual([startAt, endAt])
  })

  it('of a week with a change of clocks last an hour more or less', () => {
    const lengthAt = (t: number) => {
      const week = periodContaining(copenhagen, { by: 'week' }, t)
      return (week.endAt - week.startAt) / hourMs
    }
    expect(lengthAt(at('2026-03-28T12:00Z'))).toBe(167)
    expect(lengthAt(at('2026-10-24T12:00Z'))).toBe(169)
  })

  it('since a skipped time begin after the gap', () => {
    const since0230 = periodContaining(copenhagen, { by: 'day', startMinute: 150 }, at('2026-03-29T05:00Z'))
    expect([iso(since0230.startAt), iso(since0230.endAt)]).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
  })

  it('of an hour stay an hour long where clocks go forward or back by hours', () => {
    for (const change of ['2026-03-29T01:00Z', '2026-10-25T01:00Z']) {
      for (let t = at(change) - 2 * hourMs; t < at(change) + 2 * hourMs; t += 20 * minuteMs) {
        const hour = periodContaining(copenhagen, { by: 'interval', lengthMs: hourMs }, t)
        expect(hour.endAt - hour.startAt).toBe(hourMs)
      }
    }
  })

  it('of an hour begin on the local hour in a zone at :45', () => {
    const hour = periodContaining(
      createZone('Asia/Kathmandu'),
      { by: 'interval', lengthMs: hourMs },
      at('2026-06-01T10:00Z'),
    )
    expect([iso(hour.startAt), iso(hour.endAt)]).toEqual(['2026-06-01T09:15', '2026-06-01T10:15'])
  })

  it('of an hour are cut where clocks go back by half an hour', () => {
    // Lord Howe, 2026-04-05: at 02:00 (+11:00, 15:00 UTC) clocks went back to 01:30 (+10:30).
    const zone = createZone('Australia/Lord_Howe')
    const starts = ['14:30', '15:10', '15:45'].map((time) =>
      iso(periodContaining(zone, { by: 'interval', lengthMs: hourMs }, at(`2026-04-04T${time}Z`)).startAt),
    )
    expect(starts).toEqual(['2026-04-04T14:00', '2026-04-04T15:00', '2026-04-04T15:30'])
  })

  it('of an hour are cut where clocks go forward by half an hour in the middle of it', () => {
    // Pyongyang, 2018-05-04: at 23:30 (+08:30, 15:00 UTC) clocks went forward to 00:00 (+09:00).
    const zone = createZone('Asia/Pyongyang')
    const hours = ['14:40', '15:10'].map((time) => {
      const hour = periodContaining(zone, { by: 'interval', lengthMs: hourMs }, at(`2018-05-04T${time}Z`))
      return [iso(hour.startAt), iso(hour.endAt)]
    })
    expect(hours).toEqual([
      ['2018-05-04T14:30', '2018-05-04T15:00'],
      ['2018-05-04T15:00', '2018-05-04T16:00'],
    ])
  })
})

describe('parts of dates', () => {
  it.each(['2026-02-29', '2026-13-01', '2026-1-1', 'tomorrow', '2026-12-24T00:00'])(
    '%s is no date',
    (text) => {
      expect(parseDate(text)).toBeNull()
    },
  )

  it('counts leap days as days', () => {
    expect(Number(parseDate('2024-03-01')) - Number(parseDate('2024-02-28'))).toBe(2)
  })

  it('reads times of day from 00:00 to 24:00', () => {
    expect(['00:00', '08:15', '24:00'].map(parseTimeOfDay)).toEqual([0, 495, 1440])
    expect(['24:01', '8:00', '08:60', '25:00', ''].map(parseTimeOfDay)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ])
  })

  it('counts weekdays from Monday, before 1970 too', () => {
    expect(
      ['2026-06-01', '2026-06-07', '1969-12-31'].map((date) => weekdayOf(Number(parseDate(date)))),
    ).toEqual([0, 6, 2])
  })
})

describe('every zone in use', () => {
  it('has had offsets of whole quarters of an hour since 1990', () => {
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const zone = createZone(name)
      for (const year of [1990, 2008, 2026]) {
        expect(Math.abs(offsetAtMs(zone, Date.UTC(year, 0, 1))) % (15 * minuteMs)).toBe(0)
      }
    }
  })
})
