import { describe, expect, test } from 'vitest'
import { expectAllRight, historiesTimeoutMs } from './histories.ts'
import { runHistory } from './history.ts'

describe('histories of faults', () => {
  test(
    '250 of them end with the numbers of a recomputation, every record accounted for, no revision gone back',
    async () => {
      await expectAllRight(0, 250)
    },
    historiesTimeoutMs,
  )

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
