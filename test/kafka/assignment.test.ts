import type { Consumer } from 'kafkajs'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FloorwatchError } from '../../src/errors.ts'
import { takeAssignment } from '../../src/kafka/assignment.ts'
import type { KafkaClient } from '../../src/kafka/client.ts'
import { defaultSourceLimits } from '../../src/kafka/limits.ts'
import type { LogOffsets } from '../../src/kafka/log-offsets.ts'
import { createFeedState, type FeedState, openLanes } from '../../src/kafka/shard-feed.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const client = { kafka: {}, log: silent, brokers: ['b:1'] } as unknown as KafkaClient
const consumer = { pause: () => {}, resume: () => {}, seek: () => {} } as unknown as Consumer

/** A log that cannot be asked the first times. */
const openState = (failures: readonly FloorwatchError[]) => {
  const left = [...failures]
  const said: string[] = []
  const logOffsets = {
    ranges: async () => {
      const failure = left.shift()
      if (failure) throw failure
      return new Map([[0, { low: 0n, high: 9n, askedAtMs: 0 }]])
    },
    offsetsAt: async () => new Map(),
    toldOffsets: async () => new Map(),
  } as unknown as LogOffsets
  const state: FeedState = createFeedState({
    client,
    groupId: 'g',
    topics: { 'call-queue': 'calls' },
    startFrom: 'earliest',
    onDataLoss: 'stop',
    limits: defaultSourceLimits,
    partitions: 1,
    consumer,
    logOffsets,
    wake: () => {},
    logAnswers: () => true,
    emptiedAtMs: () => Number.NEGATIVE_INFINITY,
    queued: () => {},
  })
  state.listener = {
    onAssigned: async () => ({ 'call-queue': 4n }),
    onRevoked: async () => {},
    onFatal: (error) => said.push(`fatal: ${error.message}`),
    onOutage: (error) => said.push(`outage: ${error.message}`),
    onRecovered: () => said.push('recovered'),
  }
  return { state, said }
}

const joined = { memberId: 'm', memberAssignment: { calls: [0] } }
const out = () => new FloorwatchError('kafka-unavailable', 'no broker answers')

test('F19: a log that cannot be asked when a shard arrives is an outage, and the shard begins when it is over', async () => {
  const { state, said } = openState([out(), out()])
  takeAssignment(state, joined)
  await vi.advanceTimersByTimeAsync(500)
  expect(openLanes(state)).toEqual([])
  await vi.advanceTimersByTimeAsync(5_000)
  await state.settling
  expect(openLanes(state).map(({ next }) => next)).toEqual([4n])
  expect(said).toEqual(['outage: no broker answers', 'outage: no broker answers', 'recovered'])
})

test('what no retry mends is fatal', async () => {
  const { state, said } = openState([new FloorwatchError('kafka-topic-missing', 'no such topic')])
  takeAssignment(state, joined)
  await state.settling
  expect(said).toEqual(['fatal: no such topic'])
})

test('a shard that goes while the log cannot be asked is not tried again', async () => {
  const { state, said } = openState(Array.from({ length: 50 }, out))
  takeAssignment(state, joined)
  await vi.advanceTimersByTimeAsync(1_500)
  takeAssignment(state, { memberId: 'm', memberAssignment: {} })
  await vi.advanceTimersByTimeAsync(5_000)
  await state.settling
  expect(said.length).toBeLessThan(5)
  expect(said.at(-1)).toBe('recovered')
  expect(openLanes(state)).toEqual([])
})
