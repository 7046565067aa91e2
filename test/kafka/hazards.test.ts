import { createRequire } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import type { Assigner, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { listenToConsumer, runConsumer } from '../../src/kafka/consume.ts'
import { createFetchWatch } from '../../src/kafka/fetch-watch.ts'
import { createGroupMember } from '../../src/kafka/group-member.ts'
import { stopIdleTimers } from '../../src/kafka/idle-timers.ts'
import { openLane } from '../../src/kafka/lane.ts'
import { defaultSourceLimits } from '../../src/kafka/limits.ts'
import type { LogOffsets } from '../../src/kafka/log-offsets.ts'
import { createFeed, createFeedState } from '../../src/kafka/shard-feed.ts'
import { recordingListener } from '../contract/event-source.ts'
import { createFakeConsumer, type FakeConsumer } from './fake-consumer.ts'
import { batchOf } from './fetched-batch.ts'

afterEach(() => vi.useRealTimers())

function assignerOf({ made }: FakeConsumer): Assigner {
  const [assigner] = made[0]?.partitionAssigners ?? []
  return (assigner as PartitionAssigner)({} as Parameters<PartitionAssigner>[0])
}

const askToJoin = (fake: FakeConsumer) => assignerOf(fake).protocol({ topics: ['calls'] })

/** A source that runs, with one lane that stands at 100, or is not there yet. */
async function runSource(fake: FakeConsumer) {
  const { client, consumer } = fake
  const state = createFeedState({
    client,
    groupId: 'g',
    topics: { 'call-queue': 'calls' },
    startFrom: 'earliest',
    onDataLoss: 'stop',
    limits: { ...defaultSourceLimits, queueRecordsMax: 3 },
    partitions: 1,
    consumer,
    logOffsets: {} as LogOffsets,
    wake: () => {},
    logAnswers: () => true,
    emptiedAtMs: () => Number.NEGATIVE_INFINITY,
    queued: () => {},
  })
  const listener = recordingListener()
  Object.assign(state, { listener, connected: true })
  const feed = createFeed(state.options, 0)
  state.feeds.set(0, feed)
  for (const lane of feed.lanes) openLane(lane, 100n, { end: 200n, endAtMs: 0 })
  listenToConsumer(state, createFetchWatch(1_000))
  await runConsumer(state)
  const resolved: string[] = []
  const handOver = async (offsets: readonly number[]) => {
    const batch = batchOf({ fetched: offsets[0] ?? 0, offsets })
    const payload = { batch, resolveOffset: (offset: string) => resolved.push(offset) }
    await fake.ran[0]?.eachBatch?.(payload as unknown as EachBatchPayload)
  }
  return { state, listener, resolved, handOver }
}

describe('K7: one consumer, one life', () => {
  test('K7: a consumer that was told to leave is neither started again after a crash nor let into the group', async () => {
    const fake = createFakeConsumer()
    const member = createGroupMember(fake.client, { groupId: 'g' })
    const mayRestart = () => fake.made[0]?.retry?.restartOnFailure?.(new Error('gone'))
    expect(await mayRestart()).toBe(true)
    expect(() => askToJoin(fake)).not.toThrow()
    fake.emit('GROUP_JOIN')
    await member.leave()
    expect(fake.called).toEqual(['disconnect'])
    expect(await mayRestart()).toBe(false)
    expect(() => askToJoin(fake)).toThrow('the consumer was closed before it joined')
  })

  test.each(['GROUP_JOIN', 'CRASH'] as const)(
    'K7: a join under way, tried again or not, comes to its end (%s) before the group is left',
    async (end) => {
      const fake = createFakeConsumer()
      const member = createGroupMember(fake.client, { groupId: 'g' })
      askToJoin(fake)
      const leaving = member.leave()
      await setImmediate()
      expect(() => askToJoin(fake)).not.toThrow()
      expect(fake.called).toEqual([])
      fake.emit(end)
      await leaving
      expect(fake.called).toEqual(['disconnect'])
    },
  )

  test('K7: a join that is not answered holds up nobody, and is undone when it is', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const fake = createFakeConsumer()
    const member = createGroupMember(fake.client, { groupId: 'g' })
    askToJoin(fake)
    const leaving = member.leave()
    await vi.advanceTimersByTimeAsync(2000)
    await leaving
    expect(fake.called).toEqual([])
    fake.emit('GROUP_JOIN')
    await vi.waitFor(() => expect(fake.called).toEqual(['disconnect']))
  })

  test('K7: whatever comes, the handlers neither stop the consumer nor run it again', async () => {
    const fake = createFakeConsumer()
    const { state, handOver, listener } = await runSource(fake)
    await handOver([100, 101, 102, 103])
    await handOver([7])
    fake.emit('CRASH', { error: new Error('lost'), restart: true })
    fake.emit('STOP')
    fake.emit('GROUP_JOIN', { memberId: 'm', memberAssignment: {} })
    fake.emit('CRASH', { error: new Error('lost for good'), restart: false })
    expect(listener.fatal).toHaveLength(1)
    expect(state.ended).toBe(true)
    fake.emit('GROUP_JOIN', { memberId: 'm', memberAssignment: { calls: [0] } })
    await state.settling
    expect(listener.assigned).toEqual([])
    expect(new Set(fake.called)).toEqual(new Set(['pause', 'seek 104']))
    expect(fake.ran).toHaveLength(1)
  })
})

type RequestQueue = {
  push(request: object): void
  fulfillRequest(response: object): void
  maybeThrottle(ms: number): void
}

/** The queue of one connection of kafkajs, with one request under way at most. */
function createRequestQueue() {
  const require = createRequire(import.meta.url)
  const Queue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => RequestQueue
  const sent: number[] = []
  const quiet = { debug: () => {}, warn: () => {} }
  const queue = new Queue({ maxInFlightRequests: 1, clientId: 'c', broker: 'b:1', logger: quiet })
  return {
    queue,
    sent,
    push: (correlationId: number) =>
      queue.push({
        entry: { correlationId, resolve: () => {}, reject: () => {} },
        expectResponse: true,
        sendRequest: () => sent.push(correlationId),
      }),
    answer: (correlationId: number) => queue.fulfillRequest({ correlationId, payload: null, size: 0 }),
  }
}

describe('K12: the timers of kafkajs', () => {
  test('K12: a connection on which nothing waits has no timer, and what waits is sent when it may be', () => {
    vi.useFakeTimers()
    stopIdleTimers()
    stopIdleTimers()
    const { queue, sent, push, answer } = createRequestQueue()
    push(1)
    answer(1)
    expect(vi.getTimerCount()).toBe(0)
    push(2)
    push(3)
    expect(vi.getTimerCount()).toBe(1)
    answer(2)
    expect(sent).toEqual([1, 2, 3])
    answer(3)
    queue.maybeThrottle(500)
    push(4)
    vi.advanceTimersByTime(499)
    expect(sent).toEqual([1, 2, 3])
    vi.advanceTimersByTime(1)
    expect(sent).toEqual([1, 2, 3, 4])
    answer(4)
    vi.advanceTimersByTime(1000)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('K1, K3: the handler of batches', () => {
  test('K1: it has handed over before anything else gets a turn, also where the queue is full and nobody takes', async () => {
    const { handOver, state } = await runSource(createFakeConsumer())
    const done: number[] = []
    for (const first of [100, 102, 104, 106])
      void handOver([first, first + 1]).then(() => {
        done.push(first)
      })
    await setImmediate()
    expect(done).toEqual([100, 102, 104, 106])
    expect(state.feeds.get(0)?.lanes.map(({ full, queue }) => [full, queue.records()])).toEqual([[true, 8]])
  })
})

describe('K17: what is marked as read', () => {
  test('K17: kafkajs marks nothing by itself, and a batch only when all of it is queued', async () => {
    const fake = createFakeConsumer()
    const { handOver, resolved } = await runSource(fake)
    expect(fake.ran[0]).toMatchObject({ eachBatchAutoResolve: false, autoCommit: false })
    await handOver([100, 101])
    expect(resolved).toEqual(['101'])
  })

  test('K17: a batch that was not asked for from here is not marked, and asked for again', async () => {
    const fake = createFakeConsumer()
    const { handOver, resolved } = await runSource(fake)
    await handOver([50, 51])
    await handOver([200, 201])
    expect(resolved).toEqual([])
    expect(fake.called).toEqual(['seek 100', 'seek 100'])
  })

  test('K17: nothing is marked of a shard that is gone, or once the source has ended', async () => {
    const fake = createFakeConsumer()
    const { state, handOver, resolved } = await runSource(fake)
    state.ended = true
    await handOver([100])
    state.ended = false
    state.feeds.clear()
    await handOver([100])
    expect(resolved).toEqual([])
  })
})
