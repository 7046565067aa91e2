import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketOf, readQuantiles, valueOfBucket } from '../../src/core/sketch.ts'

const valueMax = 400 * 86_400_000

test('every value lies within 1 % of what its bucket says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: valueMax }), (value) => {
      expect(Math.abs(valueOfBucket(bucketOf(value)) - value)).toBeLessThanOrEqual(value * 0.01 + 1e-6)
    }),
    { numRuns: 5_000 },
  )
})

test('a greater value never has a lower bucket', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: valueMax }), fc.nat({ max: 10_000 }), (value, more) => {
      expect(bucketOf(value + more)).toBeGreaterThanOrEqual(bucketOf(value))
    }),
    { numRuns: 2_000 },
  )
})

test('zero has a bucket of its own', () => {
  expect([bucketOf(0), bucketOf(1)]).toEqual([0, 1])
  expect([valueOfBucket(0), valueOfBucket(1)]).toEqual([0, 1])
})

test('a quantile is x[floor((n−1)p)], within 1 %', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: valueMax }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0, 0.5, 0.9, 0.95, 0.99, 1),
      (values, share) => {
        const counts = new Map<number, number>()
        for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1)
        const numbers = [...counts.keys()].sort((a, b) => a - b)
        const buckets = { numbers, counts: numbers.map((number) => counts.get(number) ?? 0) }
        const [lowest, found] = readQuantiles(buckets, [0, share])
        const exact = values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
        expect(lowest).toBe(valueOfBucket(numbers[0] ?? 0))
        expect(Math.abs((found ?? Number.NaN) - exact)).toBeLessThanOrEqual(exact * 0.01 + 1e-6)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('nothing counted has no quantile', () => {
  expect(readQuantiles({ numbers: [], counts: [] }, [0.5, 1])).toEqual([null, null])
})
