import { expect, test } from 'vitest'
import {
  createZoneTime,
  formatAge,
  formatDuration,
  formatShare,
  formatTarget,
  formatText,
  formatValue,
  nameWindow,
} from '../../../src/wallboard/page/formats.ts'

test.each([
  [0, '0:00'],
  [9_999, '0:09'],
  [65_000, '1:05'],
  [3_599_999, '59:59'],
  [3_600_000, '1h00m'],
  [5_410_000, '1h30m'],
  [50 * 3_600_000, '2d2h'],
  [-5, '0:00'],
])('%i ms reads %s', (ms, text) => {
  expect(formatText(formatDuration(ms))).toBe(text)
})

test.each([
  [0, '0 %'],
  [0.0004, '0.1 %'],
  [0.7736, '77.4 %'],
  [0.8, '80.0 %'],
  [0.9999, '99.9 %'],
  [1, '100 %'],
  [1.2, '120.0 %'],
])('a share of %d reads %s: only all is 100 %%', (share, text) => {
  expect(formatText(formatShare(share))).toBe(text)
})

test('no value is a dash, never a number', () => {
  for (const unit of ['ms', 'ratio', 'count', 'points']) expect(formatText(formatValue(null, unit))).toBe('—')
})

test('points carry their sign', () => {
  expect([34, -12, 0].map((value) => formatText(formatValue(value, 'points')))).toEqual(['+34', '−12', '0'])
})

test('a target has no tenths where it needs none', () => {
  expect([formatTarget(0.8, 'ratio'), formatTarget(0.825, 'ratio')]).toEqual(['80 %', '82.5 %'])
})

test('the age of a feed is told in the unit people think in', () => {
  expect([1_900, 14_000, 300_000, 10_800_000, 5 * 86_400_000].map(formatAge)).toEqual([
    '1 s',
    '14 s',
    '5 min',
    '3 h',
    '5 days',
  ])
})

test('times are the site’s, and another day is named', () => {
  const noonMs = Date.UTC(2026, 6, 1, 10, 42, 7)
  const zoneTime = createZoneTime('Europe/Copenhagen', () => noonMs)
  expect(zoneTime.moment(noonMs)).toBe('12:42:07')
  expect(zoneTime.moment(noonMs - 86_400_000)).toBe('30 Jun 2026, 12:42:07')
})

test('a window is named in words', () => {
  expect(['now', '15m', 'today', 'since-0800', 'hour@Asia/Kolkata', 'new-one'].map(nameWindow)).toEqual([
    'now',
    'last 15 min',
    'today',
    'since 08:00',
    'this hour in Asia/Kolkata',
    'new-one',
  ])
})
