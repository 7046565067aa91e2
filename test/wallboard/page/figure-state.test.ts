import { expect, test } from 'vitest'
import { type FigureState, judgeFigure } from '../../../src/wallboard/page/figure-state.ts'
import { metricRows } from '../../../src/wallboard/page/metric-rows.ts'
import { readSnapshot } from '../../../src/wallboard/page/snapshot.ts'

function metricOf(json: Readonly<Record<string, unknown>>) {
  const metric = readSnapshot({ window: { id: 'now' }, metrics: { m: json } })?.metrics.m
  if (metric === undefined) throw new Error('no metric')
  return metric
}

function judge(
  id: keyof typeof metricRows,
  json: Readonly<Record<string, unknown>>,
  previous?: FigureState,
): FigureState {
  const metric = metricOf(json)
  return judgeFigure(metricRows[id], metric, { value: metric.value, previous })
}

const level = (value: number | null, met: boolean) => ({ value, unit: 'ratio', n: 100, target: 0.8, met })

test('a service level is judged against its target: missed is a warning, missed by far a breach', () => {
  expect(judge('serviceLevel', level(0.8, true))).toBe('ok')
  expect(judge('serviceLevel', level(0.799, false))).toBe('warn')
  expect(judge('serviceLevel', level(0.69, false))).toBe('breach')
})

test('on the way back a state is left only beyond its slack', () => {
  expect(judge('serviceLevel', level(0.705, false))).toBe('warn')
  expect(judge('serviceLevel', level(0.705, false), 'breach')).toBe('breach')
  expect(judge('serviceLevel', level(0.8, true), 'warn')).toBe('warn')
  expect(judge('serviceLevel', level(0.82, true), 'warn')).toBe('ok')
})

test('a long wait warns after one minute and breaches after two', () => {
  const waits = [60_000, 60_001, 120_001].map((value) => judge('longestWaitNow', { value, unit: 'ms' }))
  expect(waits).toEqual(['ok', 'warn', 'breach'])
})

test('an empty denominator is no data, and never ok', () => {
  expect(judge('serviceLevel', { value: null, unit: 'ratio', n: 0, reason: 'no-data', target: 0.8 })).toBe(
    'no-data',
  )
  expect(judgeFigure(metricRows.csat, null, { value: null, previous: 'ok' })).toBe('no-data')
})

test('nobody who waits is no missing data', () => {
  expect(judge('longestWaitNow', { value: null, unit: 'ms', reason: 'no-data' })).toBe('plain')
})

test('a share of too few is shown without a colour', () => {
  expect(judge('abandonRate', { value: 1, unit: 'ratio', n: 1 })).toBe('plain')
  expect(judge('abandonRate', { value: 1, unit: 'ratio', n: 10 })).toBe('breach')
})
