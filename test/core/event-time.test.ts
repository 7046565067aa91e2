import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseTime, timeMax } from '../../src/core/event-time.ts'

test('every instant from 1970 to 9999 is read back from its ISO form', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: timeMax }), (ms) => {
      expect(parseTime(new Date(ms).toISOString())).toBe(ms)
    }),
  )
})

test.each([
  ['2024-02-29T10:00:00Z', Date.UTC(2024, 1, 29, 10)],
  ['2024-02-29T10:00Z', Date.UTC(2024, 1, 29, 10)],
  ['2024-02-29t10:00:00z', Date.UTC(2024, 1, 29, 10)],
  ['2024-02-29T10:00:00.5+01:00', Date.UTC(2024, 1, 29, 9, 0, 0, 500)],
  ['2024-02-29T10:00:00,1239999-0530', Date.UTC(2024, 1, 29, 15, 30, 0, 123)],
  ['2024-02-29T10:00:00+02', Date.UTC(2024, 1, 29, 8)],
  ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
  ['1969-12-31T23:30:00-01:00', 1_800_000],
])('%s is the instant %i', (text, ms) => {
  expect(parseTime(text)).toBe(ms)
})

test.each([
  ['2024-02-29T10:00:00', 'has no zone'],
  ['2024-02-29', 'has no time of day'],
  ['2024-02-30T10:00:00Z', 'is no day'],
  ['2023-02-29T10:00:00Z', 'is in no leap year'],
  ['2100-02-29T10:00:00Z', 'is in no leap year'],
  ['2024-04-31T10:00:00Z', 'is no day'],
  ['2024-13-01T10:00:00Z', 'is no month'],
  ['2024-00-01T10:00:00Z', 'is no month'],
  ['2024-01-00T10:00:00Z', 'is no day'],
  ['2024-01-01T24:00:00Z', 'is no hour'],
  ['2024-01-01T10:60:00Z', 'is no minute'],
  ['2024-01-01T10:00:60Z', 'is no second'],
  ['2024-01-01T10:00:00.Z', 'has an empty fraction'],
  ['2024-01-01T10:00:00+24:00', 'has no such offset'],
  ['2024-01-01T10:00:00+01:0', 'has half an offset'],
  ['2024-01-01T10:00:00Zulu', 'goes on after its zone'],
  ['2024-01-01 10:00:00Z', 'has no T'],
  ['1969-12-31T23:59:59Z', 'lies before 1970'],
  ['20240101T100000Z', 'has no hyphens'],
  ['1714557600000', 'is a number in quotes'],
  ['', 'is empty'],
])('%s is refused: it %s', (text) => {
  expect(parseTime(text)).toBeUndefined()
})
