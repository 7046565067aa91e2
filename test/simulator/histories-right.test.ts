import { describe, expect, test } from 'vitest'
import { runHistory } from './history.ts'
import { historiesTimeoutMs, runMain } from './run-main.ts'

describe('histories of faults', () => {
  test(
    '500 of them end with the numbers of a recomputation, every record accounted for, no revision gone back',
    async () => {
      const ranges = [0, 250].map((from) => runMain(['--from', String(from), '--seeds', '250']))
      for (const output of await Promise.all(ranges)) expect(output).toMatch(/ 250 right, 0 wrong\n$/)
    },
    historiesTimeoutMs,
  )

  test.each([967, 38_877, 63_987])('that of seed %i, which once was wrong, is right', async (seed) => {
    expect((await runHistory(seed)).violations).toEqual([])
  })

  test('the same seed is the same history, event by event', async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await runHistory(seed, { keepsTrace: true }), await runHistory(seed)]
      expect(first.trace.length).toBeGreaterThan(100)
      expect(second.fingerprint).toBe(first.fingerprint)
    }
  })

  test('another seed is another history', async () => {
    expect((await runHistory(1)).fingerprint).not.toBe((await runHistory(2)).fingerprint)
  })
})
