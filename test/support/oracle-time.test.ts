import { expect, test } from 'vitest'
import { dueAt } from './oracle/business-time.ts'
import { defaultOracleConfig } from './oracle/config.ts'
import { instantOfWallClock, wallClockAt } from './oracle/local-time.ts'
import { oracleWindow } from './oracle/windows.ts'

const copenhagen = { ...defaultOracleConfig, zone: 'Europe/Copenhagen' }
const bounds = (id: string, asOf: string) => {
  const { startMs, endMs } = oracleWindow(id, Date.parse(asOf), copenhagen)
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()]
}

test('the day on which clocks go forward has 23 hours', () => {
  expect(bounds('today', '2026-03-29T12:00:00Z')).toEqual([
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ])
})

test('the day on which clocks go back has 25 hours', () => {
  expect(bounds('today', '2026-10-25T12:00:00Z')).toEqual([
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T23:00:00.000Z',
  ])
})

test('the current calendar window is the one that holds as-of less a millisecond', () => {
  expect(bounds('interval-15m', '2026-06-01T10:15:00Z')[0]).toBe('2026-06-01T10:00:00.000Z')
  expect(bounds('since-0800', '2026-06-01T05:00:00Z')[0]).toBe('2026-05-31T06:00:00.000Z')
  expect(bounds('quarter', '2026-06-01T05:00:00Z')[0]).toBe('2026-03-31T22:00:00.000Z')
})

test('a rolling window ends on a slice of 5 s and starts on one of its tier', () => {
  expect(bounds('15m', '2026-06-01T10:15:07Z')).toEqual([
    '2026-06-01T10:00:05.000Z',
    '2026-06-01T10:15:05.000Z',
  ])
  expect(bounds('4h', '2026-06-01T10:15:07Z')[0]).toBe('2026-06-01T06:15:00.000Z')
})

test('a reading that is skipped is the end of the gap, one that comes twice the first', () => {
  const zone = 'Europe/Copenhagen'
  const gap = instantOfWallClock(zone, Date.parse('2026-03-29T02:30:00Z'))
  expect(new Date(gap).toISOString()).toBe('2026-03-29T01:00:00.000Z')
  const twice = instantOfWallClock(zone, Date.parse('2026-10-25T02:30:00Z'))
  expect(new Date(twice).toISOString()).toBe('2026-10-25T00:30:00.000Z')
  expect(wallClockAt('Asia/Kathmandu', 0)).toBe(5.5 * 3_600_000)
})

test('hours without an opening are never due', () => {
  expect(dueAt({ zone: 'UTC', week: [] }, 0, 1)).toBe(Number.POSITIVE_INFINITY)
})
