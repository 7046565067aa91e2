import { describe, expect, test } from 'vitest'
import { type Event, kafkaKeyOf } from '../src/core/events.ts'
import { partitionFor } from '../src/core/partition.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { StateStore } from '../src/ports.ts'
import { createRemoteShard } from '../src/remote-shards.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const queued = (index: number, occurredAt: number): Event =>
  ({
    type: 'call.queued',
    tenantId: 'acme',
    eventId: 'e-1',
    callId: `call-${index}`,
    queueId: `queue-${index}`,
    occurredAt,
  }) as Event

const sets = [[], ['queueId']]
const config = {
  scopes: sets,
  publish: [{ scopes: sets, windows: ['now', 'total'], metrics: ['waitingNow'], everyMs: 100 }],
}

const pass = async ({ clock }: Centre, processes: readonly Process[], turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    clock.nowMs += 1_000
    for (const process of processes) await process.settle()
  }
}

const waiting = (centre: Centre) => centre.current().get('acme||now')?.metrics.waitingNow?.value
const heartbeats = ({ sent }: Centre) =>
  sent.filter(({ key }) => key.startsWith('~heartbeat')).map(({ value }) => JSON.parse(value ?? ''))

describe('shards of other processes', () => {
  test('a scope that lies in shards of two processes is published once, with the sum', async () => {
    const centre = createCentre({ config, startMs, partitions: 4 })
    const processes = [await centre.join({ shards: [0, 1] }), await centre.join({ shards: [2, 3] })]
    centre.feed(Array.from({ length: 40 }, (_, index) => queued(index, startMs)))
    await pass(centre, processes, 4)
    expect(waiting(centre)).toBe(40)
    const heads = processes.map(({ service }) => [...service.heads().keys()])
    expect(heads).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  test('what is open under a key of another publisher is not listed as past the cap', async () => {
    const metrics = ['waitingNow', 'longestWaitNow']
    const publish = [{ scopes: [['queueId']], windows: ['now'], metrics, everyMs: 100 }]
    const limits = { scopeKeysMax: 1 }
    const centre = createCentre({ config: { scopes: sets, limits, publish }, startMs, partitions: 2 })
    const publisherOf = (queueId: string) => partitionFor(`acme|queueId=${queueId}`, 2, 'murmur2')
    const there = 1 - publisherOf('__other__')
    const calls = Array.from({ length: 20 }, (_, index) => queued(index, startMs))
    const queueIds = calls.map((_, index) => `queue-${index}`)
    const admitted = queueIds.find((queueId) => publisherOf(queueId) === there) as string
    const [first, last] = calls.filter((call) => partitionFor(kafkaKeyOf(call), 2, 'murmur2') === there)
    const both = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    const past = calls.filter((call) => call !== first && call !== last)
    const own = [first, last].map((call) => ({ ...call, queueId: admitted }) as Event)
    for (const events of [own.slice(0, 1), past.slice(0, 9), [...own.slice(1), ...past.slice(9)]]) {
      centre.feed(events)
      await pass(centre, both, 3)
    }
    const read = (queueId: string) => {
      const snapshot = centre.current().get(`acme|queueId=${queueId}|now`)
      return { level: snapshot?.metrics.waitingNow?.value, listed: snapshot?.metrics.longestWaitNow?.n }
    }
    expect(read(admitted)).toEqual({ level: 2, listed: 2 })
    const other = read('__other__')
    expect(other.level).toBeGreaterThan(0)
    expect(other.listed).toBe(other.level)
  })

  test('have one object for equal dimensions of what is open there', async () => {
    const centre = createCentre({ config, startMs })
    const processes = [await centre.join()]
    centre.feed([0, 1].map((index) => ({ ...queued(index, startMs), queueId: 'same' }) as Event))
    await pass(centre, processes, 2)
    const remote = createRemoteShard({ store: centre.store, shard: 0, wanted: () => true, changedAtMs: 0 })
    await remote.refresh(centre.clock.nowMs)
    const entries = [...remote.view().open.entries()]
    const [first, second] = entries.map(([, [span]]) => span?.dimensions)
    expect(first?.queueId).toBe('same')
    expect(second).toBe(first)
  })

  test('one that stands still holds the others back for a while, then what needs it says that it is partial', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    const [moving, still] = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    centre.feed(Array.from({ length: 10 }, (_, index) => queued(index, startMs)))
    await pass(centre, [moving, still], 3)
    const both = [moving, still]
    const stoppedMs = centre.clock.nowMs
    await pass(centre, [moving], 25)
    expect(Date.parse(heartbeats(centre).at(-1).asOf)).toBeLessThanOrEqual(stoppedMs)
    await pass(centre, [moving], 15)
    expect(Date.parse(heartbeats(centre).at(-1).asOf)).toBeGreaterThan(stoppedMs + 30_000)
    // Of the queues, half are the stopped process's to publish.
    const isPartial = () => [...centre.current().values()].map(({ partial }) => partial)
    expect(isPartial()).toContain(true)
    await pass(centre, both, 5)
    expect(isPartial()).not.toContain(true)
  })

  test('under events a shard that stands still is waited for, and what was filed meanwhile outlives a crash', async () => {
    const small = { time: { source: 'events' }, limits: { batchRecordsMax: 1 } }
    const centre = createCentre({ config: { ...config, ...small }, startMs, partitions: 2 })
    centre.feed(Array.from({ length: 10 }, (_, index) => queued(index, startMs)))
    await pass(centre, [await centre.join({ shards: [0] })], 60)
    expect(centre.current().size).toBe(0)
    const moving = await centre.join({ shards: [0] })
    await pass(centre, [moving, await centre.join({ shards: [1] })], 3)
    expect(waiting(centre)).toBe(10)
  })

  test('while they cannot be read the outage is told once, and what they hold is published afterwards', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    let isOut = false
    const store: StateStore = {
      ...centre.store,
      readChanges: async (shard, request) => {
        if (isOut) throw new FloorwatchError('redis-unavailable', 'no connection')
        return centre.store.readChanges(shard, request)
      },
    }
    const both = [await centre.join({ shards: [0], store }), await centre.join({ shards: [1], store })]
    await pass(centre, both, 2)
    isOut = true
    centre.feed(Array.from({ length: 10 }, (_, index) => queued(index, startMs)))
    for (let turn = 0; turn < 10; turn++) {
      centre.clock.nowMs += 100
      for (const process of both) await process.settle()
    }
    isOut = false
    await pass(centre, both, 5)
    expect(waiting(centre)).toBe(10)
    const began = centre.logged.filter(({ message }) => message === 'outage began')
    expect(began).toHaveLength(2)
    expect(centre.logged).toHaveLength(4)
  })

  test('a shard that changes hands goes on where it was, and its new owner publishes what it now owns', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    const [giver, taker] = [await centre.join({ shards: [0, 1] }), await centre.join({ shards: [] })]
    centre.feed(Array.from({ length: 10 }, (_, index) => queued(index, startMs)))
    await pass(centre, [giver, taker], 3)
    for (const shard of [0, 1]) {
      await giver.revoke(shard)
      await taker.give(shard)
    }
    centre.feed(Array.from({ length: 10 }, (_, index) => queued(10 + index, centre.clock.nowMs)))
    await pass(centre, [giver, taker], 5)
    expect(waiting(centre)).toBe(20)
    expect([giver, taker].map(({ service }) => service.heads().size)).toEqual([0, 2])
  })
})
