import { describe, expect, test } from 'vitest'
import type { EventSource, LagView } from '../src/ports.ts'
import { fillQueues } from '../src/queue-filling.ts'

type Lane = {
  queuedCount: number
  logCount: number
  readonly queueMax: number
  readonly perWait?: number
  readonly end?: null
}

/** A source whose waits bring so many records to each lane; how often it was waited for. */
const fill = async (
  lanes: readonly Lane[],
  recordsMax: number,
  { perWait = 1_000, stopsAfter = 99 } = {},
) => {
  const clock = { nowMs: 0, now: () => clock.nowMs }
  let waits = 0
  const lag = (shard: number): LagView[] => {
    const { queuedCount, logCount, queueMax, end } = lanes[shard] as Lane
    const common = { topic: 'ticket', partition: shard, position: 100n, endAtMs: 0 } as const
    const isFull = queuedCount >= queueMax
    return [{ ...common, queuedCount, isFull, end: end === null ? null : 100n + BigInt(logCount) }]
  }
  const source = {
    lag,
    wait: async (timeoutMs: number) => {
      waits++
      clock.nowMs += timeoutMs
      for (const lane of lanes)
        lane.queuedCount = Math.min(
          lane.logCount,
          lane.queueMax,
          lane.queuedCount + (lane.perWait ?? perWait),
        )
    },
  } as unknown as EventSource
  const filling = { source, clock, isStopping: () => waits >= stopsAfter }
  await fillQueues(filling, [...lanes.keys()], recordsMax)
  return { waits, queued: lanes.map(({ queuedCount }) => queuedCount) }
}

const lane = (more: Partial<Lane> = {}): Lane => ({
  queuedCount: 0,
  logCount: 1_000_000,
  queueMax: 15_000,
  ...more,
})

describe('far behind', () => {
  test('every topic is waited for until it has a batch queued', async () => {
    const { waits, queued } = await fill([lane(), lane({ queuedCount: 2_000 })], 5_000)
    expect(waits).toBe(5)
    expect(queued).toEqual([5_000, 7_000])
  })

  test('not for more than its queues hold', async () => {
    expect(await fill([lane({ queueMax: 3_000 })], 5_000)).toEqual({ waits: 3, queued: [3_000] })
  })

  test('not for one that has no more to fetch', async () => {
    const { waits } = await fill([lane({ queuedCount: 7, logCount: 7 }), lane()], 3_000)
    expect(waits).toBe(3)
  })

  test('not while answers bring nothing, but one of which nothing is queued', async () => {
    const quiet = { perWait: 0 }
    expect((await fill([lane({ queuedCount: 7, ...quiet })], 5_000)).waits).toBe(1)
    expect((await fill([lane({ queuedCount: 7, ...quiet }), lane(quiet)], 5_000)).waits).toBe(20)
  })

  test('at most a second', async () => {
    expect((await fill([lane()], 15_000, { perWait: 10 })).waits).toBe(20)
  })

  test('not once told to stop', async () => {
    expect((await fill([lane()], 15_000, { stopsAfter: 2 })).waits).toBe(2)
  })
})

test('near the end of the log nothing is waited for', async () => {
  expect((await fill([lane({ logCount: 4_000 })], 5_000)).waits).toBe(0)
  expect((await fill([lane({ end: null })], 5_000)).waits).toBe(0)
  expect((await fill([], 5_000)).waits).toBe(0)
})
