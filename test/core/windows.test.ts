import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CalendarWindow,
  calendarWindowContaining,
  closedWindowsBetween,
  parseWindow,
  sinceWindowId,
  type WindowSpec,
  windowBounds,
  zoneNameOf,
} from '../../src/core/windows.ts'
import { createZone, localClockAt, offsetChangeBetween, type Zone } from '../../src/core/zone.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const at = (iso: string) => Date.parse(iso)
const iso = (t: number) => new Date(t).toISOString()

const windowOf = (id: string): WindowSpec => {
  const parsed = parseWindow(id)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.window
}
const calendarWindowOf = (id: string): CalendarWindow => {
  const window = windowOf(id)
  if (window.kind !== 'calendar') throw new Error(`${id} is no calendar window`)
  return window
}

const rollingIds = ['1m', '5m', '15m', '30m', '1h', '4h', '24h', '7d', '30d']
const intervalIds = ['interval-15m', 'interval-30m', 'hour']
const dayIds = [
  'today',
  'since-0000',
  'since-0230',
  'since-0800',
  'since-2345',
  'week',
  'month',
  'quarter',
  'year',
]
const calendarIds = [...intervalIds, ...dayIds]

/** Zones of the usual kind, at :30 and :45, with changes at midnight, by half an hour, by a whole day, and twice a week. */
const names = [
  ...['UTC', 'Europe/Copenhagen', 'Europe/Dublin', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu'],
  ...['Pacific/Chatham', 'Australia/Lord_Howe', 'Australia/Adelaide', 'America/St_Johns', 'America/Caracas'],
  ...[
    'Africa/Cairo',
    'Asia/Beirut',
    'Asia/Tehran',
    'America/Santiago',
    'America/Havana',
    'Africa/Casablanca',
  ],
  ...[
    'Pacific/Apia',
    'Pacific/Kwajalein',
    'Asia/Pyongyang',
    'America/Boa_Vista',
    'Antarctica/Casey',
    'America/Nuuk',
  ],
]
const zones = new Map<string, Zone>()
const zoneOf = (name: string): Zone => {
  const zone = zones.get(name) ?? createZone(name)
  zones.set(name, zone)
  return zone
}

/** A zone and an instant, as often as not within two days of a change of its offset. */
const momentArbitrary = fc
  .record({
    name: fc.constantFrom(...names),
    t: fc.integer({ min: at('1985-01-01T00:00Z'), max: at('2038-01-01T00:00Z') }),
    nearChange: fc.boolean(),
    shiftMs: fc.integer({ min: -2 * dayMs, max: 2 * dayMs }),
  })
  .map(({ name, t, nearChange, shiftMs }) => {
    const zone = zoneOf(name)
    const change = nearChange ? offsetChangeBetween(zone, t, t + 400 * dayMs) : null
    return { zone, t: change === null ? t : change + shiftMs }
  })

describe('window ids', () => {
  it.each(['now', ...rollingIds, ...calendarIds, 'total'])('%s is a window that keeps its id', (id) => {
    expect(windowOf(id).id).toBe(id)
  })

  it('that are unknown are refused with a list of what is allowed', () => {
    expect(parseWindow('15x')).toEqual({
      ok: false,
      detail:
        "'15x' is no window; allowed are now, 1m, 5m, 15m, 30m, 1h, 4h, 24h, 7d, 30d, interval-15m, interval-30m, " +
        'hour, today, week, month, quarter, year, since-HHMM (a multiple of 15 min, as in since-0800), total; up to a month also by the clock of another zone, as in today@America/New_York',
    })
  })

  it.each(['', 'since-0810', 'since-2400', 'since-8', 'since-9900', 'Today', '2h', 'since-08:00'])(
    "'%s' is refused",
    (id) => {
      expect(parseWindow(id).ok).toBe(false)
    },
  )

  it('come from the time at which a day starts', () => {
    expect(sinceWindowId('08:00')).toBe('since-0800')
    expect(['08:10', '24:00', '0800', '8:00'].map(sinceWindowId)).toEqual([null, null, null, null])
  })
})

describe('bounds', () => {
  const zone = createZone('Europe/Copenhagen')
  const asOf = at('2026-06-01T10:07:43.217Z')

  it('of a rolling window end at as-of floored to 5 s', () => {
    expect(windowBounds(windowOf('15m'), { asOf, zone })).toEqual({
      kind: 'rolling',
      startAt: at('2026-06-01T09:52:40Z'),
      endAt: at('2026-06-01T10:07:40Z'),
    })
  })

  it('of a rolling window end at as-of floored to the finest slice of the grouping set', () => {
    const bounds = windowBounds(windowOf('1h'), { asOf, zone, finestSliceMs: minuteMs })
    expect(bounds).toEqual({
      kind: 'rolling',
      startAt: at('2026-06-01T09:07:00Z'),
      endAt: at('2026-06-01T10:07:00Z'),
    })
  })

  it('of a calendar window are its boundaries, not as-of', () => {
    expect(windowBounds(windowOf('today'), { asOf, zone })).toEqual({
      kind: 'calendar',
      startAt: at('2026-05-31T22:00Z'),
      endAt: at('2026-06-01T22:00Z'),
    })
  })

  it('at a boundary are still those of the window that ends there', () => {
    const midnight = at('2026-05-31T22:00Z')
    expect(windowBounds(windowOf('today'), { asOf: midnight, zone }).endAt).toBe(midnight)
    expect(windowBounds(windowOf('today'), { asOf: midnight + 1, zone }).startAt).toBe(midnight)
  })

  it('of total have no beginning and end at as-of', () => {
    expect(windowBounds(windowOf('total'), { asOf, zone })).toEqual({
      kind: 'total',
      startAt: null,
      endAt: asOf,
    })
  })

  it('of now are the instant itself', () => {
    expect(windowBounds(windowOf('now'), { asOf, zone })).toEqual({ kind: 'now', startAt: asOf, endAt: asOf })
  })

  it.each([
    ['interval-15m', '2026-06-01T10:00:00.000Z', '2026-06-01T10:15:00.000Z'],
    ['interval-30m', '2026-06-01T10:00:00.000Z', '2026-06-01T10:30:00.000Z'],
    ['hour', '2026-06-01T10:00:00.000Z', '2026-06-01T11:00:00.000Z'],
    ['since-0800', '2026-06-01T06:00:00.000Z', '2026-06-02T06:00:00.000Z'],
    ['week', '2026-05-31T22:00:00.000Z', '2026-06-07T22:00:00.000Z'],
    ['month', '2026-05-31T22:00:00.000Z', '2026-06-30T22:00:00.000Z'],
    ['quarter', '2026-03-31T22:00:00.000Z', '2026-06-30T22:00:00.000Z'],
    ['year', '2025-12-31T23:00:00.000Z', '2026-12-31T23:00:00.000Z'],
  ])('of %s in Copenhagen', (id, startAt, endAt) => {
    const bounds = calendarWindowContaining(calendarWindowOf(id), zone, asOf)
    expect([iso(bounds.startAt), iso(bounds.endAt)]).toEqual([startAt, endAt])
  })
})

describe('F13: calendar windows of any zone', () => {
  it('follow each other without gap or overlap', () => {
    const isPartition = fc.property(fc.constantFrom(...calendarIds), momentArbitrary, (id, { zone, t }) => {
      const window = calendarWindowOf(id)
      const period = calendarWindowContaining(window, zone, t)
      expect(period.startAt).toBeLessThanOrEqual(t)
      expect(period.endAt).toBeGreaterThan(t)
      expect(calendarWindowContaining(window, zone, period.startAt)).toEqual(period)
      expect(calendarWindowContaining(window, zone, period.endAt - 1)).toEqual(period)
      expect(calendarWindowContaining(window, zone, period.startAt - 1).endAt).toBe(period.startAt)
      expect(calendarWindowContaining(window, zone, period.endAt).startAt).toBe(period.endAt)
    })
    fc.assert(isPartition, { numRuns: 2000 })
  })

  it('of intervals begin on the local clock or at a change of it, and are never longer than their length', () => {
    const isAligned = fc.property(fc.constantFrom(...intervalIds), momentArbitrary, (id, { zone, t }) => {
      const window = calendarWindowOf(id)
      if (window.cut.by !== 'interval') throw new Error(`${id} is no interval`)
      const { lengthMs } = window.cut
      const { startAt, endAt } = calendarWindowContaining(window, zone, t)
      const onTheClock = localClockAt(zone, startAt) % lengthMs === 0
      expect(onTheClock || offsetChangeBetween(zone, startAt - 1, startAt) === startAt).toBe(true)
      expect(endAt - startAt).toBeLessThanOrEqual(lengthMs)
      if (offsetChangeBetween(zone, startAt - 1, endAt) === null) expect(endAt - startAt).toBe(lengthMs)
    })
    fc.assert(isAligned, { numRuns: 1000 })
  })

  it('have boundaries on whole quarters of an hour UTC since 1990, where slices end, or in a gap that does not', () => {
    const recent = momentArbitrary.filter(({ t }) => t > at('1992-01-01T00:00Z'))
    const isSliceBoundary = fc.property(fc.constantFrom(...calendarIds), recent, (id, { zone, t }) => {
      const { endAt } = calendarWindowContaining(calendarWindowOf(id), zone, t)
      // Casey has moved its clocks at 00:01: what begins within the hours that were skipped begins there.
      const isGap = offsetChangeBetween(zone, endAt - 1, endAt) === endAt
      expect(isGap || endAt % (15 * minuteMs) === 0).toBe(true)
    })
    fc.assert(isSliceBoundary, { numRuns: 1000 })
  })
})

describe('calendar windows by the clock of another zone', () => {
  const zone = createZone('Europe/Copenhagen')

  it.each([
    ['today@America/New_York', '2026-06-17T04:00:00.000Z', '2026-06-18T04:00:00.000Z'],
    ['hour@Asia/Kolkata', '2026-06-17T22:30:00.000Z', '2026-06-17T23:30:00.000Z'],
    ['since-0800@Asia/Tokyo', '2026-06-16T23:00:00.000Z', '2026-06-17T23:00:00.000Z'],
    ['month@+05:30', '2026-05-31T18:30:00.000Z', '2026-06-30T18:30:00.000Z'],
  ])('%s is cut there', (id, startAt, endAt) => {
    const window = calendarWindowOf(id)
    const bounds = windowBounds(window, { asOf: at('2026-06-17T23:00:00Z'), zone })
    expect([iso(bounds.startAt ?? 0), iso(bounds.endAt)]).toEqual([startAt, endAt])
    const after = { after: bounds.endAt - 1, upTo: bounds.endAt }
    expect([...closedWindowsBetween(window, zone, after)].map((one) => iso(one.startAt))).toEqual([startAt])
    expect(zoneNameOf(window, zone)).toBe(id.split('@')[1])
  })

  it.each(['quarter@UTC', 'year@UTC', 'today@Europe/Atlantis', 'today@', '15m@UTC', 'total@UTC', 'now@UTC'])(
    '%s is refused with what is allowed',
    (id) => {
      expect(parseWindow(id)).toMatchObject({
        ok: false,
        detail: expect.stringContaining('today@America/New_York'),
      })
    },
  )

  it('others are cut in the zone of the days', () => {
    for (const id of ['today', '15m', 'total'])
      expect(zoneNameOf(windowOf(id), zone)).toBe('Europe/Copenhagen')
  })
})

describe('closed windows', () => {
  const zone = createZone('Europe/Copenhagen')
  const hours = (after: string, upTo: string) =>
    [...closedWindowsBetween(calendarWindowOf('hour'), zone, { after: at(after), upTo: at(upTo) })].map(
      ({ startAt, endAt }) => `${iso(startAt).slice(11, 16)}-${iso(endAt).slice(11, 16)}`,
    )

  it('are those whose end lies after the first instant and not after the second', () => {
    expect(hours('2026-06-01T10:00Z', '2026-06-01T12:00Z')).toEqual(['10:00-11:00', '11:00-12:00'])
    expect(hours('2026-06-01T09:59Z', '2026-06-01T11:59Z')).toEqual(['09:00-10:00', '10:00-11:00'])
    expect(hours('2026-06-01T10:00Z', '2026-06-01T10:59Z')).toEqual([])
    expect(hours('2026-06-01T10:00Z', '2026-06-01T10:00Z')).toEqual([])
  })

  it('are 23, 24 or 25 hours of a day', () => {
    expect(hours('2026-03-28T23:00Z', '2026-03-29T22:00Z')).toHaveLength(23)
    expect(hours('2026-10-24T22:00Z', '2026-10-25T23:00Z')).toHaveLength(25)
  })

  it('close once each, however the time is cut into steps', () => {
    const ids = calendarIds.filter((id) => !['interval-15m', 'interval-30m'].includes(id))
    const spanArbitrary = fc.tuple(fc.nat(40 * dayMs), fc.nat(40 * dayMs))
    const closesOnce = fc.property(
      fc.constantFrom(...ids),
      momentArbitrary,
      spanArbitrary,
      (id, moment, [first, second]) => {
        const after = moment.t
        const middle = after + first
        const upTo = middle + second
        const close = (ends: { after: number; upTo: number }) => [
          ...closedWindowsBetween(calendarWindowOf(id), moment.zone, ends),
        ]
        const atOnce = close({ after, upTo })
        expect([...close({ after, upTo: middle }), ...close({ after: middle, upTo })]).toEqual(atOnce)
        for (const { endAt } of atOnce) expect(endAt > after && endAt <= upTo).toBe(true)
      },
    )
    fc.assert(closesOnce, { numRuns: 100 })
  })

  it('of days pass over a day that the zone skips', () => {
    const apia = createZone('Pacific/Apia')
    const ends = { after: at('2011-12-29T10:00Z'), upTo: at('2011-12-31T10:00Z') }
    const days = [...closedWindowsBetween(calendarWindowOf('today'), apia, ends)]
    expect(days.map(({ endAt, startAt }) => (endAt - startAt) / hourMs)).toEqual([24, 24])
  })
})
