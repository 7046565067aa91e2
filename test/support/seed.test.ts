import fc from 'fast-check'
import { expect, inject, test } from 'vitest'

test("properties draw from the run's seed, and say so when they fail", () => {
  const seed = inject('seed')
  expect(fc.sample(fc.nat(), 5)).toEqual(fc.sample(fc.nat(), { numRuns: 5, seed }))
  expect(() => fc.assert(fc.property(fc.nat(), () => false))).toThrow(`{ seed: ${seed}, path: "0`)
})
