import { expect, test } from 'vitest'
import { createMemoryLog } from '../../src/memory/log.ts'
import { createMemorySource } from '../../src/memory/source.ts'
import {
  describeEventSource,
  type EventLog,
  recordingListener,
  takeRecords,
} from '../contract/event-source.ts'

const createLog = () =>
  createMemoryLog({ partitions: 2, topics: ['call-queue', 'ticket'], partitioner: 'murmur2' })

async function createMemoryEventLog(): Promise<EventLog> {
  const log = createLog()
  return {
    partitions: log.partitions,
    append: async (topic, records) => {
      for (const record of records) log.append(topic, record)
    },
    trim: async (topic, partition, offset) => log.trim(topic, partition, offset),
    open: async ({ startFrom = 'earliest', onDataLoss = 'stop' } = {}) =>
      createMemorySource({ log, startFrom, onDataLoss, dropCommitted: false }),
    close: async () => {},
  }
}

describeEventSource('the memory source', createMemoryEventLog)

test('records without a partition lie where the partitioner puts their key', async () => {
  const log = createLog()
  for (let index = 0; index < 50; index += 1) {
    log.append('call-queue', { key: `call-${index}`, value: '{}', timestampMs: index })
  }
  const source = createMemorySource({ log, startFrom: 'earliest', onDataLoss: 'stop', dropCommitted: false })
  await source.start(recordingListener())
  const counts = [0, 1].map((shard) => Number(source.lag(shard)[0]?.end))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50)
  expect(Math.min(...counts)).toBeGreaterThan(10)
})

test('what is committed is dropped from the log when asked for', async () => {
  const log = createLog()
  for (let index = 0; index < 10; index += 1) {
    log.append('ticket', { key: 't', value: '{}', timestampMs: index, partition: 0 })
  }
  const source = createMemorySource({ log, startFrom: 'earliest', onDataLoss: 'stop', dropCommitted: true })
  await source.start(recordingListener())
  await takeRecords(source, 0, 10)
  await source.hintCommitted(0, { ticket: 8n })
  expect(log.size()).toBe(2)
  expect(log.range('ticket', 0)).toEqual({ low: 8n, high: 10n })
})
