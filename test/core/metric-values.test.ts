import { describe, expect, test } from 'vitest'
import type { Reading } from '../../src/core/catalogue/row.ts'
import { less, term } from '../../src/core/catalogue/row.ts'
import { createCell } from '../../src/core/cell.ts'
import { sortCell } from '../../src/core/measure-readings.ts'
import { addValue, type Measure, measures } from '../../src/core/measures.ts'
import { type ReadingView, readMetric, rowValuesOf, sumTerms } from '../../src/core/metric-values.ts'
import { openListOf } from '../support/open-lists.ts'

type Placed = readonly [measure: Measure, value: number, key?: string]

const cellOf = (...placed: readonly Placed[]) => {
  const cell = createCell()
  for (const [measure, value, key = ''] of placed) addValue(cell, { measure, value, key })
  return sortCell(cell)
}

const asOfMs = Date.parse('2026-03-02T12:00:00Z')

const viewOf = (view: Partial<ReadingView>): ReadingView => ({
  flows: sortCell(createCell()),
  levels: sortCell(createCell()),
  open: new Map(),
  asOfMs,
  without: () => sortCell(createCell()),
  lastDays: () => sortCell(createCell()),
  ...view,
})

const read = (reading: Reading, view: Partial<ReadingView>) => {
  const { unit: _, ...said } = readMetric(reading, viewOf(view), rowValuesOf('count'))
  return said
}

const { blockedBy, callsOffered, callsFirstOffered, waiting, waitAnswered, npsScores, csatScores } = measures

describe('counts and levels', () => {
  test('a count is the sum of its terms, with their signs, and its n is never negative', () => {
    const of = [term(callsOffered), less(blockedBy)]
    const flows = cellOf([callsOffered, 1], [blockedBy, 1, 'busy'], [blockedBy, 2, 'other'])
    expect(read({ kind: 'count', of }, { flows })).toEqual({ value: -2, n: 2 })
  })

  test('a term may name keys of a tally', () => {
    const flows = cellOf([blockedBy, 1, 'busy'], [blockedBy, 2, 'other'])
    expect(sumTerms([term(blockedBy, 'busy')], viewOf({ flows }))).toBe(1)
    expect(sumTerms([term(blockedBy)], viewOf({ flows }))).toBe(3)
  })

  test('a level is read from the levels, not from the steps of the window', () => {
    const view = { flows: cellOf([waiting, 5]), levels: cellOf([waiting, 2]) }
    expect(read({ kind: 'level', of: [term(waiting)] }, view)).toMatchObject({ value: 2, n: 2 })
  })

  test('a term without a dimension is read in the scope that lacks it', () => {
    const denominator = [{ ...term(callsOffered), without: 'channel' as const }]
    const reading: Reading = { kind: 'ratio', numerator: [term(callsOffered)], denominator }
    const view = { flows: cellOf([callsOffered, 1]), without: () => cellOf([callsOffered, 4]) }
    expect(read(reading, view)).toEqual({ value: 0.25, n: 4, numerator: 1, denominator: 4 })
  })
})

describe('ratios', () => {
  const reading: Reading = {
    kind: 'ratio',
    numerator: [term(blockedBy)],
    denominator: [term(callsFirstOffered), term(blockedBy)],
    parts: { tally: blockedBy },
  }

  test('nothing to divide by is null, with a reason, never 1', () => {
    expect(read(reading, {})).toEqual({ value: null, n: 0, reason: 'no-data' })
  })

  test('the parts of a rate are rates over the same denominator', () => {
    const flows = cellOf([callsFirstOffered, 100], [blockedBy, 4, 'busy'], [blockedBy, 6, 'queue-full'])
    expect(read(reading, { flows })).toEqual({
      value: 10 / 110,
      n: 110,
      numerator: 10,
      denominator: 110,
      parts: {
        busy: { value: 4 / 110, n: 110, numerator: 4, denominator: 110 },
        'queue-full': { value: 6 / 110, n: 110, numerator: 6, denominator: 110 },
      },
    })
  })
})

describe('distributions', () => {
  const reading: Reading = { kind: 'distribution', of: [waitAnswered] }

  test('the mean is exact, percentiles lie within 1 %', () => {
    const samples = Array.from({ length: 100 }, (_, index): Placed => [waitAnswered, (index + 1) * 1_000])
    const value = read(reading, { flows: cellOf(...samples) })
    expect(value).toMatchObject({ value: 50_500, n: 100, numerator: 5_050_000, denominator: 100 })
    const { p50 = 0, p90 = 0, p99 = 0, max = 0 } = value
    for (const [found, exact] of [
      [p50, 50_000],
      [p90, 90_000],
      [p99, 99_000],
      [max, 100_000],
    ] as const)
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.01 + 0.5)
  })

  test('without a sample it is null', () => {
    expect(read(reading, {})).toEqual({ value: null, n: 0, reason: 'no-data' })
  })

  test('waits of zero are samples', () => {
    expect(read(reading, { flows: cellOf([waitAnswered, 0]) })).toMatchObject({ value: 0, n: 1, max: 0 })
  })
})

describe('lists of what is open', () => {
  const open = new Map([
    [
      'waiting',
      openListOf([
        { id: 'b', sinceMs: asOfMs - 1_000 },
        { id: 'a', sinceMs: asOfMs - 3_000 },
      ]),
    ],
  ] as const)

  test('the oldest is as old as as-of says, and says since when', () => {
    expect(read({ kind: 'oldest', list: 'waiting' }, { open })).toEqual({
      value: 3_000,
      n: 2,
      sinceAt: new Date(asOfMs - 3_000).toISOString(),
    })
    expect(read({ kind: 'oldest', list: 'waiting' }, {})).toEqual({ value: 0, n: 0 })
  })

  test('a level may say since when its oldest is open', () => {
    const levels = cellOf([waiting, 2])
    const reading: Reading = { kind: 'level', of: [term(waiting)], oldest: 'waiting' }
    expect(read(reading, { levels, open }).sinceAt).toBe(new Date(asOfMs - 3_000).toISOString())
    expect(read(reading, { levels })).toEqual({ value: 2, n: 2 })
  })

  test('what a shard ahead of as-of has open is no younger than nothing', () => {
    const ahead = new Map([
      [
        'waiting',
        openListOf([
          { id: 'a', sinceMs: asOfMs - 1_000 },
          { id: 'b', sinceMs: asOfMs + 500 },
        ]),
      ],
    ] as const)
    expect(read({ kind: 'ages', list: 'waiting' }, { open: ahead })).toMatchObject({ value: 500, p50: 0 })
    const younger = new Map([['waiting', openListOf([{ id: 'b', sinceMs: asOfMs + 500 }])]] as const)
    expect(read({ kind: 'oldest', list: 'waiting' }, { open: younger })).toMatchObject({ value: 0, n: 1 })
  })

  test('ages are exact', () => {
    const ages = read({ kind: 'ages', list: 'waiting' }, { open })
    expect(ages).toMatchObject({ value: 2_000, n: 2, p50: 1_000, max: 3_000 })
    expect(read({ kind: 'ages', list: 'waiting' }, {}).value).toBeNull()
  })
})

describe('scores', () => {
  test('a mean over mixed scales is null, its parts tell each scale and each score', () => {
    const flows = cellOf([csatScores, 2, '1-5:4'], [csatScores, 1, '1-5:1'], [csatScores, 1, '1-10:10'])
    const value = read({ kind: 'scores', of: csatScores }, { flows })
    expect(value).toMatchObject({ value: null, n: 4, reason: 'not-applicable' })
    expect(value.parts).toMatchObject({
      '1-5': { value: 3, n: 3, numerator: 9, denominator: 3 },
      '1-5:1': { value: 1 },
      '1-5:4': { value: 2 },
      '1-10': { value: 10, n: 1 },
    })
  })

  test('one scale has a mean', () => {
    const flows = cellOf([csatScores, 1, '1-5:4'], [csatScores, 1, '1-5:1'])
    expect(read({ kind: 'scores', of: csatScores }, { flows })).toMatchObject({ value: 2.5, n: 2 })
  })

  test('the percentiles of scores are exact', () => {
    const reading: Reading = { kind: 'scores', of: csatScores, hasPercentiles: true }
    const flows = cellOf([csatScores, 5, '1-5:4'], [csatScores, 4, '1-5:1'], [csatScores, 1, '1-5:5'])
    expect(read(reading, { flows })).toMatchObject({ n: 10, p50: 4, p90: 4, p95: 4, p99: 4, max: 5 })
    expect(read({ kind: 'scores', of: csatScores }, { flows })).not.toHaveProperty('p50')
  })

  test('an inverted scale keeps its scores as given, and its top is its bottom', () => {
    const flows = cellOf([csatScores, 1, '1-7-inverted:2'], [csatScores, 1, '1-7-inverted:6'])
    expect(read({ kind: 'scores', of: csatScores }, { flows })).toMatchObject({ value: 4 })
    const agreeing: Reading = { kind: 'topScores', of: csatScores, share: [2, 3] }
    expect(read(agreeing, { flows })).toMatchObject({ value: 0.5, numerator: 1, denominator: 2 })
  })

  test('the top scores are those at least that far up their scale, negative scales too', () => {
    const reading: Reading = { kind: 'topScores', of: csatScores, share: [2, 3] }
    const flows = cellOf([csatScores, 1, '1-7:5'], [csatScores, 1, '1-7:4'], [csatScores, 1, '-3-3:1'])
    expect(read(reading, { flows })).toMatchObject({ numerator: 2, denominator: 3 })
  })

  test('NPS counts passives in n', () => {
    const flows = cellOf([npsScores, 7, '9'], [npsScores, 2, '7'], [npsScores, 1, '0'])
    const value = read({ kind: 'nps', of: npsScores }, { flows })
    expect(value).toMatchObject({ value: 60, n: 10, numerator: 600, denominator: 10 })
    expect(value.parts).toEqual({
      promoters: { value: 7 },
      passives: { value: 2 },
      detractors: { value: 1 },
      mean: { value: 7.7, n: 10, numerator: 77, denominator: 10 },
    })
    expect(read({ kind: 'nps', of: npsScores }, {}).value).toBeNull()
  })
})

test('a stock over a flow is in days of that flow', () => {
  const { resolved, openByStatus } = measures
  const reading: Reading = {
    kind: 'stockOverFlow',
    stock: [term(openByStatus)],
    flow: [term(resolved)],
    flowDays: 7,
  }
  const levels = cellOf([openByStatus, 8, 'open'])
  expect(read(reading, { levels, lastDays: () => cellOf([resolved, 28]) })).toMatchObject({ value: 2, n: 28 })
  expect(read(reading, { levels }).value).toBeNull()
})
