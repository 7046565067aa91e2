import { expect, test } from 'vitest'
import type { MetricValue } from '../src/core/metric-values.ts'
import type { Snapshot } from '../src/core/snapshot.ts'
import { textsOf } from '../src/snapshot-record.ts'

const textOf = (metrics: Readonly<Record<string, MetricValue>>): string =>
  textsOf({ metrics, worst: {} } as Snapshot).metrics

test('metrics are written as JSON, whichever of their values are shared', () => {
  const noData = Object.freeze({ value: null, unit: 'ms', n: 0, reason: 'no-data' as const })
  const share = {
    value: 0.1,
    unit: 'ratio',
    n: 10,
    numerator: 1,
    denominator: 10,
    parts: { 'a"b': { value: 1 } },
  }
  for (const metrics of [
    {},
    { waitTime: noData },
    { waitTime: noData, 'service "level"': share, talkTime: noData },
    { talkTime: share, waitTime: noData },
  ])
    expect(textOf(metrics)).toBe(JSON.stringify(metrics))
})

test('a value that changes is written as it stands', () => {
  const count = { value: 1, unit: 'count', n: 1 }
  expect(textOf({ count })).toBe('{"count":{"value":1,"unit":"count","n":1}}')
  count.value = 2
  expect(textOf({ count })).toBe('{"count":{"value":2,"unit":"count","n":1}}')
})
