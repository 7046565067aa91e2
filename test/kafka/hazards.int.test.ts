import { createHook } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterEach, describe, expect, test } from 'vitest'
import { defaultCodecLimits } from '../../src/kafka/limits.ts'
import { createTopics } from '../../src/kafka/topics.ts'
import type { EventSource } from '../../src/ports.ts'
import { numbered, recordingListener, takeRecords, textOf, until } from '../contract/event-source.ts'
import { allowWriting } from './compress.ts'
import {
  createKafkaTopics,
  createPlainProducer,
  type KafkaTopics,
  plainTopic,
  type TopicChoices,
  toMessage,
  trimTopic,
} from './kafka-log.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close()
})

async function newTopics(choices?: TopicChoices): Promise<KafkaTopics> {
  const topics = await createKafkaTopics(choices)
  opened.push(topics)
  return topics
}

const offsetsOf = (records: readonly { readonly offset: bigint }[]) =>
  records.map(({ offset }) => Number(offset))
const lagOfCalls = (source: EventSource) => source.lag(0).find(({ topic }) => topic === 'call-queue')
const isCaughtUp = (source: EventSource) => {
  const lag = lagOfCalls(source)
  return lag !== undefined && lag.end !== null && lag.position >= lag.end
}

describe('K10: compression', () => {
  test('records under all four codecs and none, mixed on one topic, come alike', async () => {
    const topics = await newTopics()
    allowWriting()
    const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes
    const body = '{"type":"call.queued"}'.repeat(500)
    for (const [index, compression] of [GZIP, LZ4, None, ZSTD, Snappy, LZ4, GZIP].entries()) {
      const value = `${index}:${body}`
      const messages = [
        { partition: 0, key: 'k', value },
        { partition: 0, key: 'k', value: body },
      ]
      await topics.producer.send({ topic: topics.topics['call-queue'], compression, messages })
    }
    const source = await topics.open()
    await source.start(recordingListener())
    const records = await takeRecords(source, 0, 14)
    expect(offsetsOf(records)).toEqual([...Array(14).keys()])
    for (const [index, record] of records.entries()) {
      expect(record.unreadable).toBeUndefined()
      expect(textOf(record.value)).toBe(index % 2 === 0 ? `${index / 2}:${body}` : body)
    }
  })

  test('K14: a decompression bomb becomes a dead letter, and all else goes on', async () => {
    const topics = await newTopics({ codecLimits: { ...defaultCodecLimits, batchBytesMax: 1024 * 1024 } })
    await topics.append('call-queue', numbered(1))
    for (const compression of [kafkajs.CompressionTypes.GZIP, kafkajs.CompressionTypes.ZSTD]) {
      const messages = [{ partition: 0, key: 'bomb', value: Buffer.alloc(32 * 1024 * 1024) }]
      await topics.producer.send({ topic: topics.topics['call-queue'], compression, messages })
    }
    await topics.append('call-queue', numbered(1, 0, 1))
    const source = await topics.open()
    await source.start(recordingListener())
    const records = await takeRecords(source, 0, 4)
    expect(offsetsOf(records)).toEqual([0, 1, 2, 3])
    expect(records.map(({ unreadable }) => unreadable?.reason)).toEqual([
      undefined,
      'too-large',
      'too-large',
      undefined,
    ])
    expect(records[1]?.unreadable?.detail).toBe(
      'compression gzip: the decompressed batch is larger than 1048576 bytes; let its producer send smaller batches',
    )
    expect(textOf(records[3]?.value)).toBe('v1')
  })

  test('a 10 MB record becomes a dead letter, and all else goes on', async () => {
    const topics = await newTopics({ config: { 'max.message.bytes': '20000000' } })
    await topics.append('call-queue', numbered(1))
    await topics.producer.send({
      topic: topics.topics['call-queue'],
      messages: [{ partition: 0, key: 'big', value: Buffer.alloc(10 * 1024 * 1024, 'x') }],
    })
    await topics.append('call-queue', numbered(1, 0, 1))
    const source = await topics.open()
    await source.start(recordingListener())
    const records = await takeRecords(source, 0, 3)
    expect(records.map(({ unreadable }) => unreadable?.reason)).toEqual([undefined, 'too-large', undefined])
    expect(records[1]?.unreadable?.detail).toBe(
      '10485763 bytes, more than limits.recordBytesMax (1048576); make it smaller, or raise that',
    )
  })
})

describe('K5, K14: bounded queues', () => {
  test('a full queue holds little more than its limit, the other topic goes on, and nothing is lost', async () => {
    const topics = await newTopics()
    for (let from = 0; from < 1000; from += 50) await topics.append('call-queue', numbered(50, 0, from))
    const source = await topics.open({ limits: { queueRecordsMax: 100, fetchPartitionBytesMax: 2000 } })
    await source.start(recordingListener())
    await until(() => source.peek(0).length === 1)
    await source.wait(1000)
    await setTimeout(1500)
    await topics.append('ticket', numbered(3))
    await until(() => source.peek(0).length === 2)
    const atOnce: number[] = []
    for (let next = source.take(0, 'call-queue'); next; next = source.take(0, 'call-queue')) {
      atOnce.push(Number(next.offset))
    }
    expect(atOnce.length).toBeGreaterThanOrEqual(100)
    expect(atOnce.length).toBeLessThan(250)
    const rest = await takeRecords(source, 0, 1000 - atOnce.length + 3)
    const calls = rest.filter(({ topic }) => topic === 'call-queue')
    expect([...atOnce, ...offsetsOf(calls)]).toEqual([...Array(1000).keys()])
  })

  test('K16: what retention removes while the queue is full is not passed over in silence', async () => {
    const topics = await newTopics()
    for (let from = 0; from < 600; from += 50) await topics.append('call-queue', numbered(50, 0, from))
    const source = await topics.open({ limits: { queueRecordsMax: 20, fetchPartitionBytesMax: 2000 } })
    const listener = recordingListener()
    await source.start(listener)
    await until(() => source.peek(0).length === 1)
    await source.wait(1000)
    await trimTopic(topics, 'call-queue', { partition: 0, offset: 590n })
    const taken: number[] = []
    await until(() => {
      const record = source.take(0, 'call-queue')
      if (record) taken.push(Number(record.offset))
      return listener.fatal.length > 0
    })
    expect(taken).toEqual([...Array(taken.length).keys()])
    expect(taken.length).toBeLessThan(590)
    expect(listener.fatal[0]).toMatchObject({ code: 'kafka-data-loss' })
    expect(listener.fatal[0]?.message).toContain('the log begins at 590')
  })
})

describe('K16: told to continue', () => {
  test('what was queued still comes, then what the log still has, and the loss is told', async () => {
    const topics = await newTopics()
    for (let from = 0; from < 600; from += 50) await topics.append('call-queue', numbered(50, 0, from))
    const limits = { queueRecordsMax: 20, fetchPartitionBytesMax: 2000 }
    const source = await topics.open({ limits, onDataLoss: 'continue' })
    const listener = recordingListener()
    await source.start(listener)
    await until(() => source.peek(0).length === 1)
    await source.wait(1000)
    await trimTopic(topics, 'call-queue', { partition: 0, offset: 590n })
    const taken: number[] = []
    await until(() => {
      const record = source.take(0, 'call-queue')
      if (record) taken.push(Number(record.offset))
      return record?.offset === 599n
    })
    const before = taken.slice(0, -10)
    expect(before).toEqual([...Array(before.length).keys()])
    expect(taken.slice(-10)).toEqual([590, 591, 592, 593, 594, 595, 596, 597, 598, 599])
    expect(listener.losses).toEqual([
      { topic: 'call-queue', partition: 0, expected: BigInt(before.length), found: 590n },
    ])
    expect(listener.fatal).toEqual([])
  })
})

describe('F12: transactions', () => {
  test('aborted records and markers are passed, and the shard counts as caught up', async () => {
    const topics = await newTopics()
    const topic = topics.topics['call-queue']
    const producer = createPlainProducer(topics.client, `tx-${randomUUID()}`)
    await producer.connect()
    const send = async (from: number, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: numbered(3, 0, from).map(toMessage) })
      await transaction[end]()
    }
    await send(0, 'commit')
    await send(3, 'abort')
    await send(6, 'commit')
    await send(9, 'abort')
    await producer.disconnect()
    const source = await topics.open()
    await source.start(recordingListener())
    const records = await takeRecords(source, 0, 6)
    expect(records.map(({ value }) => textOf(value))).toEqual(['v0', 'v1', 'v2', 'v6', 'v7', 'v8'])
    await until(() => isCaughtUp(source))
    expect(lagOfCalls(source)).toMatchObject({ position: 16n, end: 16n })
    expect(source.peek(0)).toEqual([])
  })

  test('an offset stored before trailing markers is caught up again after a start', async () => {
    const topics = await newTopics()
    const topic = topics.topics['call-queue']
    const producer = createPlainProducer(topics.client, `tx-${randomUUID()}`)
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: numbered(2).map(toMessage) })
    await transaction.commit()
    await producer.disconnect()
    const source = await topics.open()
    await source.start(recordingListener(() => ({ 'call-queue': 2n })))
    await until(() => lagOfCalls(source)?.position === 3n && isCaughtUp(source))
    await topics.append('call-queue', numbered(1, 0, 5))
    expect((await takeRecords(source, 0, 1)).map(({ value }) => textOf(value))).toEqual(['v5'])
  })

  test('an open transaction does not hold the shard back from being caught up', async () => {
    const topics = await newTopics()
    const topic = topics.topics['call-queue']
    await topics.append('call-queue', numbered(2))
    const producer = createPlainProducer(topics.client, `tx-${randomUUID()}`)
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: numbered(2, 0, 2).map(toMessage) })
    const source = await topics.open()
    await source.start(recordingListener())
    await takeRecords(source, 0, 2)
    await until(() => isCaughtUp(source))
    await transaction.commit()
    expect((await takeRecords(source, 0, 2)).map(({ value }) => textOf(value))).toEqual(['v2', 'v3'])
    await producer.disconnect()
  })
})

describe('what cannot be worked with is said at once', () => {
  test('differing partition counts name each topic and its count', async () => {
    const topics = await newTopics()
    await topics.admin.createPartitions({ topicPartitions: [{ topic: topics.topics.ticket, count: 3 }] })
    const { ticket, 'call-queue': calls } = topics.topics
    await expect(topics.open()).rejects.toMatchObject({
      code: 'kafka-partitions-differ',
      message: expect.stringContaining(`${calls} has 2, ${ticket} has 3`),
    })
  })

  test('a missing topic is named, with the command that makes it', async () => {
    const topics = await newTopics()
    const missing = { ...topics.topics, survey: `absent-${randomUUID()}` }
    await expect(topics.open({ topics: missing })).rejects.toMatchObject({
      code: 'kafka-topic-missing',
      message: expect.stringMatching(/^absent-.* does not exist on .*`floorwatch topics`/),
    })
  })

  test('F10: a topic that gains partitions stops the source', async () => {
    const topics = await newTopics()
    const source = await topics.open()
    const listener = recordingListener()
    await source.start(listener)
    await until(() => isCaughtUp(source))
    await topics.admin.createPartitions({ topicPartitions: [{ topic: topics.topics.ticket, count: 4 }] })
    await until(() => listener.fatal.length > 0)
    expect(listener.fatal[0]).toMatchObject({ code: 'kafka-partitions-differ' })
  })

  test('K6: a consumer that kafkajs does not start again is fatal', async () => {
    const topics = await newTopics()
    const stranger = topics.client.kafka.consumer({ groupId: topics.groupId })
    await stranger.connect()
    await stranger.subscribe({ topics: [topics.topics.ticket] })
    await stranger.run({ eachMessage: async () => {} })
    const source = await topics.open()
    const listener = recordingListener()
    await source.start(listener)
    await until(() => listener.fatal.length > 0)
    expect(listener.fatal[0]).toMatchObject({ code: 'kafka-unavailable' })
    expect(listener.fatal[0]?.message).toMatch(/group/i)
    await stranger.disconnect()
  })

  test('brokers that do not answer are named', async () => {
    const topics = await newTopics()
    const { createKafkaClient } = await import('../../src/kafka/client.ts')
    const client = createKafkaClient({
      brokers: ['127.0.0.1:1'],
      clientId: 'nobody',
      connectionTimeoutMs: 300,
      requestTimeoutMs: 300,
      codecLimits: defaultCodecLimits,
      log: topics.client.log,
    })
    const plans = [plainTopic('never', 1)]
    await expect(createTopics(client, plans)).rejects.toMatchObject({
      code: 'kafka-unavailable',
      retriable: true,
      message: expect.stringContaining('127.0.0.1:1'),
    })
  })
})

describe('K7: one consumer, one life', () => {
  test.each([0, 30, 100])(
    'K7: a source that is closed %i ms after it began to join is not in the group, which goes on at once',
    async (afterMs) => {
      const topics = await newTopics()
      const stays = await topics.open()
      await stays.start(recordingListener())
      const source = await topics.open()
      const listener = recordingListener()
      const starting = Promise.allSettled([source.start(listener)])
      await setTimeout(afterMs)
      await source.close()
      await starting
      const told = listener.assigned.length
      const sureMs = Date.now() + 500
      await expect
        .poll(async () => ({ ...(await groupOf(topics)), isSure: Date.now() > sureMs }), { timeout: 3000 })
        .toEqual({ state: 'Stable', members: 1, isSure: true })
      expect(listener.assigned).toHaveLength(told)
      await topics.append('call-queue', [...numbered(1, 0), ...numbered(1, 1)])
      await Promise.all([0, 1].map((shard) => takeRecords(stays, shard, 1)))
    },
  )
})

async function groupOf({ admin, groupId }: KafkaTopics) {
  const { groups } = await admin.describeGroups([groupId])
  return { state: groups[0]?.state, members: groups[0]?.members.length }
}

describe('K12: the timers of kafkajs', () => {
  test('K12: connections at rest set no timer a thousand times a second, and Node warns of none', async () => {
    const warned: string[] = []
    const noteWarning = ({ name }: Error) => warned.push(name)
    process.on('warning', noteWarning)
    const topics = await newTopics()
    const source = await topics.open()
    await source.start(recordingListener())
    await until(() => isCaughtUp(source))
    let timers = 0
    const hook = createHook({ init: (_id, type) => (timers += type === 'Timeout' ? 1 : 0) }).enable()
    await setTimeout(1000)
    hook.disable()
    process.off('warning', noteWarning)
    expect(timers).toBeLessThan(300)
    expect(warned).not.toContain('TimeoutNegativeWarning')
  })
})

describe('K15: offsets', () => {
  test('seeking commits nothing to Kafka; hints do', async () => {
    const topics = await newTopics()
    await topics.append('call-queue', numbered(4))
    const committed = async () => {
      const [topic] = await topics.admin.fetchOffsets({
        groupId: topics.groupId,
        topics: [topics.topics['call-queue']],
      })
      return topic?.partitions.find(({ partition }) => partition === 0)?.offset
    }
    const source = await topics.open()
    await source.start(recordingListener(() => ({ 'call-queue': 1n })))
    await takeRecords(source, 0, 3)
    await source.seek(0, { 'call-queue': 2n })
    await takeRecords(source, 0, 2)
    expect(await committed()).toBe('-1')
    await source.hintCommitted(0, { 'call-queue': 3n })
    await source.hintCommitted(0, { 'call-queue': 4n })
    let last: string | undefined
    await expect.poll(async () => (last = await committed()), { timeout: 5000 }).toBe('4')
    expect(last).toBe('4')
  })

  test('however often a shard is sought while records flow, the next one is the one asked for', async () => {
    const topics = await newTopics()
    for (let from = 0; from < 2000; from += 100) await topics.append('call-queue', numbered(100, 0, from))
    const source = await topics.open({ limits: { queueRecordsMax: 60, fetchPartitionBytesMax: 3000 } })
    await source.start(recordingListener())
    let next = 0
    for (let round = 0; round < 25; round += 1) {
      const count = (round * 37) % 150
      const taken = offsetsOf(await takeRecords(source, 0, count))
      expect(taken).toEqual(Array.from({ length: count }, (_, index) => next + index))
      next = (round * 613) % 1800
      await source.seek(0, { 'call-queue': BigInt(next) })
    }
  })

  test('offsets committed to Kafka by whomever decide nothing', async () => {
    const topics = await newTopics()
    await topics.append('call-queue', numbered(4))
    await topics.admin.setOffsets({
      groupId: topics.groupId,
      topic: topics.topics['call-queue'],
      partitions: [{ partition: 0, offset: '3' }],
    })
    const source = await topics.open()
    await source.start(recordingListener(() => ({ 'call-queue': 1n })))
    expect(offsetsOf(await takeRecords(source, 0, 3))).toEqual([1, 2, 3])
  })
})
