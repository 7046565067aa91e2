import { describe, expect, test } from 'vitest'
import { createBatchPace } from '../src/batch-pace.ts'

/** Rounds of two shards with `offered` records each that cost so much time; the limits they were given. */
const limitsOf = async (rounds: readonly { readonly offered: number; readonly msPerRecord: number }[]) => {
  const clock = { nowMs: 0, now: () => clock.nowMs }
  const pace = createBatchPace(clock, 40_000)
  const limits: number[] = []
  for (const { offered, msPerRecord } of rounds)
    await pace.keep(async (recordsMax) => {
      limits.push(recordsMax)
      const recordCount = Math.min(offered, recordsMax)
      clock.nowMs += 2 * recordCount * msPerRecord
      return [{ recordCount }, { recordCount }]
    })
  return limits
}

const times = (count: number, offered: number, msPerRecord: number) =>
  Array.from({ length: count }, () => ({ offered, msPerRecord }))

describe('the pace of batches', () => {
  test('grows while rounds are full and short, up to four seconds a round', async () => {
    const limits = await limitsOf(times(6, 1_000_000, 0.1))
    expect(limits).toEqual([2_000, 4_000, 8_000, 16_000, 20_000, 20_000])
  })

  test('stays where there is little to take', async () => {
    expect(await limitsOf(times(4, 100, 0.1))).toEqual([2_000, 2_000, 2_000, 2_000])
  })

  test('shrinks after a long round, and not below 200 records', async () => {
    const limits = await limitsOf([...times(1, 1_000_000, 1), ...times(2, 1_000_000, 100)])
    expect(limits).toEqual([2_000, 2_000, 200])
  })

  test('has grown again soon after an outage made a round long', async () => {
    const limits = await limitsOf([...times(1, 1_000_000, 100), ...times(6, 1_000_000, 0.1)])
    expect(limits.at(1)).toBe(200)
    expect(limits.at(-1)).toBeGreaterThan(5_000)
  })

  test('is halved where something of a round failed, however short that was', async () => {
    const clock = { nowMs: 0, now: () => clock.nowMs }
    const pace = createBatchPace(clock, 40_000)
    const full = (recordsMax: number) => Promise.resolve([{ recordCount: recordsMax }])
    for (let round = 0; round < 3; round++) await pace.keep(full)
    await pace.keep((recordsMax) => {
      pace.noteFailure()
      return full(recordsMax)
    })
    expect(pace.recordsMax()).toBe(8_000)
    await pace.keep(full)
    expect(pace.recordsMax()).toBe(16_000)
  })

  test('never takes more than a batch may hold', async () => {
    const clock = { now: () => 0 }
    const pace = createBatchPace(clock, 1_000)
    expect(pace.recordsMax()).toBe(1_000)
    await pace.keep(async (recordsMax) => [{ recordCount: recordsMax }])
    expect(pace.recordsMax()).toBe(1_000)
  })
})
