import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createZone,
  instantOfLocalClock,
  isZoneName,
  localClockAt,
  offsetAtMs,
  offsetChangeBetween,
} from '../../src/core/zone.ts'

const hourMs = 3_600_000
const at = (iso: string) => Date.parse(iso)
const zoneNames = Intl.supportedValuesOf('timeZone')
const zones = new Map(zoneNames.map((name) => [name, createZone(name)]))
const zoneArbitrary = fc.constantFrom(...zoneNames).map((name) => zones.get(name) ?? createZone(name))
const instantArbitrary = fc.integer({ min: at('1973-01-01T00:00Z'), max: at('2040-01-01T00:00Z') })

/** The offset by another road through Intl: its printed name. */
const printedOffsetMs = (zone: string, t: number): number => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(t).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * hourMs + Number(minutes ?? 0) * 60_000)
}

describe('offsets', () => {
  it('are those that Intl prints, in any zone at any instant', () => {
    const offsetsAgree = fc.property(zoneArbitrary, instantArbitrary, (zone, t) => {
      expect(offsetAtMs(zone, t) + 0).toBe(printedOffsetMs(zone.name, t) + 0)
    })
    fc.assert(offsetsAgree, { numRuns: 600 })
  })

  it('change at the exact instant', () => {
    const copenhagen = createZone('Europe/Copenhagen')
    expect(offsetAtMs(copenhagen, at('2026-03-29T01:00Z') - 1)).toBe(hourMs)
    expect(offsetAtMs(copenhagen, at('2026-03-29T01:00Z'))).toBe(2 * hourMs)
    expect(offsetAtMs(copenhagen, at('2026-10-25T01:00Z') - 1)).toBe(2 * hourMs)
    expect(offsetAtMs(copenhagen, at('2026-10-25T01:00Z'))).toBe(hourMs)
  })

  it('that stay for less than a week are seen', () => {
    const boaVista = createZone('America/Boa_Vista')
    const offsets = ['2000-10-07', '2000-10-12', '2000-10-16'].map(
      (date) => offsetAtMs(boaVista, at(`${date}T12:00Z`)) / hourMs,
    )
    expect(offsets).toEqual([-4, -3, -4])
  })

  it.each([
    ['Asia/Kolkata', 5.5],
    ['Asia/Kathmandu', 5.75],
    ['Pacific/Chatham', 13.75],
    ['UTC', 0],
    ['+05:30', 5.5],
  ])('of %s are %d h', (name, hours) => {
    expect(offsetAtMs(createZone(name), at('2026-01-15T00:00Z'))).toBe(hours * hourMs)
  })

  it('before 1800 and after 2200 are those of the bound, so that any instant has one', () => {
    const zone = createZone('Asia/Kolkata')
    expect(offsetAtMs(zone, 8.64e15)).toBe(5.5 * hourMs)
    expect(offsetAtMs(zone, -8.64e15)).toBe(offsetAtMs(zone, at('1801-01-01T00:00Z')))
    expect(instantOfLocalClock(zone, 8.64e15)).toBe(8.64e15 - 5.5 * hourMs)
    expect(zone.blocks.size).toBeLessThan(4)
  })
})

describe('names', () => {
  it('that no runtime knows are refused, with an example of a good one', () => {
    expect(isZoneName('Mars/Olympus')).toBe(false)
    expect(() => createZone('Mars/Olympus')).toThrow(/'Mars\/Olympus' is no time zone.*Europe\/Copenhagen/)
  })

  it('that are offsets of no multiple of 15 min are refused', () => {
    expect(isZoneName('+05:45')).toBe(true)
    expect(isZoneName('+05:07')).toBe(false)
  })
})

describe('the instant of a local clock', () => {
  it('is the first at which the clock shows that much, in any zone', () => {
    const isFirst = fc.property(
      zoneArbitrary,
      instantArbitrary,
      fc.nat(48 * hourMs),
      (zone, clock, before) => {
        const t = instantOfLocalClock(zone, clock)
        expect(localClockAt(zone, t)).toBeGreaterThanOrEqual(clock)
        expect(localClockAt(zone, t - 1)).toBeLessThan(clock)
        expect(localClockAt(zone, t - before - 1)).toBeLessThan(clock)
      },
    )
    fc.assert(isFirst, { numRuns: 600 })
  })

  it('is the end of the gap for a time that is skipped', () => {
    const clock = at('2026-03-29T02:30Z')
    expect(instantOfLocalClock(createZone('Europe/Copenhagen'), clock)).toBe(at('2026-03-29T01:00Z'))
  })

  it('is the first of two for a time that comes twice', () => {
    const clock = at('2026-10-25T02:30Z')
    expect(instantOfLocalClock(createZone('Europe/Copenhagen'), clock)).toBe(at('2026-10-25T00:30Z'))
  })

  it('passes over a day that the zone skips', () => {
    const clock = at('2011-12-30T12:00Z')
    expect(instantOfLocalClock(createZone('Pacific/Apia'), clock)).toBe(at('2011-12-30T10:00Z'))
  })
})

describe('a change of offset', () => {
  const copenhagen = createZone('Europe/Copenhagen')
  const change = at('2026-03-29T01:00Z')

  it('is found in (after, upTo]', () => {
    expect(offsetChangeBetween(copenhagen, change - 1, change)).toBe(change)
    expect(offsetChangeBetween(copenhagen, change, change + hourMs)).toBeNull()
    expect(offsetChangeBetween(copenhagen, change - hourMs, change - 1)).toBeNull()
  })

  it('is not seen where only a block of the cache ends', () => {
    expect(
      offsetChangeBetween(createZone('UTC'), at('2000-01-01T00:00Z'), at('2030-01-01T00:00Z')),
    ).toBeNull()
  })
})
