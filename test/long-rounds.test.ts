import { setImmediate } from 'node:timers'
import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import type { StateStore } from '../src/ports.ts'
import { createCentre } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')

const queued = (index: number): Event =>
  ({
    type: 'call.queued',
    tenantId: 'acme',
    eventId: 'e-1',
    callId: `call-${index}`,
    queueId: 'billing',
    occurredAt: startMs + index,
  }) as Event

const calls = Array.from({ length: 40 }, (_, index) => queued(index))
const plan = { scopes: [[]], windows: ['total'], metrics: ['callsOffered'], everyMs: 100 }
const config = { scopes: [[]], publish: [plan] }

const createRounds = () => {
  const centre = createCentre({ partitions: 4, config, startMs: startMs + 1_000 })
  centre.feed(calls)
  /** Reading a subject takes so long; `onRead` is told of each. */
  const slowed = (readMs: number, onRead: () => void): StateStore => ({
    ...centre.store,
    readSubjects: (shard, keys) => {
      centre.clock.nowMs += readMs
      onRead()
      return centre.store.readSubjects(shard, keys)
    },
  })
  const committedCount = async () =>
    (await centre.heads()).reduce((sum, { counters }) => sum + (counters.records ?? 0), 0)
  const offered = async () => {
    const next = await centre.join()
    for (let turn = 0; turn < 3; turn++) {
      centre.clock.nowMs += 1_000
      await next.settle()
    }
    return [...centre.current().values()].map(({ metrics }) => metrics.callsOffered?.value)
  }
  return { centre, slowed, committedCount, offered }
}

describe('told to stop in the middle of a round', () => {
  test('what is not committed of a long one is given up, and counted once by who comes next', async () => {
    const { centre, slowed, committedCount, offered } = createRounds()
    const store = slowed(500, () => void process.service.stop())
    const process = await centre.join({ store })
    await process.round()
    expect(await committedCount()).toBe(0)
    expect(await offered()).toContain(40)
  })

  test('a short one is ended and committed', async () => {
    const { centre, slowed, committedCount, offered } = createRounds()
    const store = slowed(1, () => void process.service.stop())
    const process = await centre.join({ store })
    await process.round()
    expect(await committedCount()).toBe(40)
    expect(await offered()).toContain(40)
  })
})

describe('between the parts of a round', () => {
  /** Turns of the event loop while one round goes on. */
  const turnsOf = async (readMs: number): Promise<number> => {
    const { centre, slowed } = createRounds()
    const process = await centre.join({ store: slowed(readMs, () => {}) })
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await process.round()
    isOver = true
    return turns
  }

  test('timers and sockets get a turn for each shard where it is long, and none where it is short', async () => {
    expect(await turnsOf(1)).toBe(0)
    expect(await turnsOf(500)).toBeGreaterThanOrEqual(4)
  })
})
