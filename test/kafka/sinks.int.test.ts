import { randomUUID } from 'node:crypto'
import type { Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partitionFor } from '../../src/core/partition.ts'
import { readDeadLetters, type StoredLetter } from '../../src/kafka/dead-letter-reader.ts'
import { createKafkaDeadLetters } from '../../src/kafka/dead-letters.ts'
import { createKafkaEventWriter } from '../../src/kafka/event-writer.ts'
import { createSender } from '../../src/kafka/sender.ts'
import { createKafkaSnapshotSink } from '../../src/kafka/snapshot-sink.ts'
import { createKafkaSnapshotSource } from '../../src/kafka/snapshot-source.ts'
import { createTopicReader } from '../../src/kafka/topic-reader.ts'
import { createTopics } from '../../src/kafka/topics.ts'
import type { SnapshotRecord, SourceRecord } from '../../src/ports.ts'
import { recordingListener, takeRecords, textOf, until } from '../contract/event-source.ts'
import { createKafkaTopics, type KafkaTopics, plainTopic } from './kafka-log.ts'

let topics: KafkaTopics
beforeAll(async () => {
  topics = await createKafkaTopics({ partitions: 3 })
})
afterAll(() => topics.close())

const fail = (error: Error) => {
  throw error
}

async function newTopic(config: Readonly<Record<string, string>> = {}): Promise<string> {
  const name = `test-${randomUUID().slice(0, 8)}`
  await createTopics(topics.client, [plainTopic(name, 2, config)])
  return name
}

async function readAll(topicName: string) {
  const messages: { key: string; value: string | null; headers: Record<string, string> }[] = []
  const reader = await createTopicReader({
    client: topics.client,
    topicName,
    groupPrefix: 'test-reader',
    onFatal: fail,
    onMessage: ({ key, value, headers }) => {
      const texts = Object.entries(headers ?? {}).map(([name, header]) => [name, `${header}`])
      messages.push({ key: `${key}`, value: value?.toString() ?? null, headers: Object.fromEntries(texts) })
    },
  })
  await reader.caughtUp
  await reader.close()
  return messages
}

describe('snapshots', () => {
  const snapshot = (key: string, revision: number, value: string | null = `{"revision":${revision}}`) => ({
    key,
    value,
    revision,
  })

  test('carry CloudEvents headers and their revision; closed ones go to the intervals topic', async () => {
    const metricsTopic = await newTopic({ 'cleanup.policy': 'compact' })
    const intervalsTopic = await newTopic()
    const sink = await createKafkaSnapshotSink({
      client: topics.client,
      metricsTopic,
      intervalsTopic,
      compression: 'zstd',
    })
    await sink.publish([snapshot('acme||now', 7), snapshot('acme|queueId=billing|now', 8)])
    await sink.publishClosed([snapshot('acme||hour|2026-03-02T09:00:00.000Z', 9)])
    await sink.close()
    await sink.close()
    const published = await readAll(metricsTopic)
    expect(published.map(({ key }) => key).toSorted()).toEqual(['acme|queueId=billing|now', 'acme||now'])
    expect(published.find(({ key }) => key === 'acme||now')).toMatchObject({
      value: '{"revision":7}',
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: 'acme||now@7',
        ce_source: '/floorwatch',
        ce_type: 'floorwatch.snapshot.v1',
        ce_revision: '7',
      },
    })
    expect((await readAll(intervalsTopic)).map(({ key }) => key)).toEqual([
      'acme||hour|2026-03-02T09:00:00.000Z',
    ])
  })

  test('a reader gets the latest of each key first, then every change; an overtaken revision is dropped', async () => {
    const metricsTopic = await newTopic({ 'cleanup.policy': 'compact' })
    const sink = await createKafkaSnapshotSink({
      client: topics.client,
      metricsTopic,
      intervalsTopic: metricsTopic,
      compression: 'none',
    })
    await sink.publish([
      snapshot('a', 1),
      snapshot('b', 1),
      snapshot('a', 3),
      snapshot('a', 2),
      snapshot('b', 2, null),
    ])
    const source = await createKafkaSnapshotSource({
      client: topics.client,
      metricsTopic,
      groupPrefix: 'test-wallboard',
      read: (value) => ({ ok: true, text: value.toString() }),
      onUnreadable: (detail) => fail(new Error(detail)),
      keysMax: 3,
      onFatal: fail,
    })
    expect(source.latest()).toEqual([snapshot('a', 3)])
    const seen: SnapshotRecord[] = []
    const stop = source.subscribe((record) => seen.push(record))
    expect(seen).toEqual([snapshot('a', 3)])
    await sink.publish([snapshot('b', 1), snapshot('a', 4, null), snapshot('c', 1), snapshot('d', 1)])
    await until(() => seen.length === 3)
    expect(seen.slice(1).toSorted((x, y) => (x.key < y.key ? -1 : 1))[0]).toEqual(snapshot('a', 4, null))
    await until(() => topics.said.some(({ message }) => message.includes('more snapshot keys than fit')))
    expect(source.latest()).toHaveLength(1)
    stop()
    await sink.close()
    await source.close()
  })
})

describe('dead letters', () => {
  const record: SourceRecord = {
    topic: 'call-queue',
    topicName: 'contact-center.call-queue.v1',
    partition: 3,
    offset: 12345678901n,
    key: Buffer.from('call-1'),
    value: Buffer.from([0xff, 0x00, 0x7b]),
    headers: { ce_id: 'e-1', authorization: 'secret' },
    timestampMs: 1,
  }

  test('hold the original bytes, the reason and where the record lay', async () => {
    const topic = await newTopic()
    const letters = await createKafkaDeadLetters({ client: topics.client, topic, valueBytesMax: 100 })
    await letters.send([
      { record, reason: 'malformed', detail: 'no JSON' },
      { record: { ...record, offset: 5n, value: null, key: null }, reason: 'invalid', detail: 'empty' },
      {
        record: { ...record, offset: 6n, value: Buffer.alloc(250, 'x') },
        reason: 'too-large',
        detail: '250 bytes',
      },
    ])
    await letters.close()
    const stored: StoredLetter[] = []
    await readDeadLetters({ client: topics.client, topic, groupPrefix: 'test' }, (letter) =>
      stored.push(letter),
    )
    stored.sort((a, b) => Number(b.origin.offset - a.origin.offset))
    expect(stored[0]).toMatchObject({
      id: 'contact-center.call-queue.v1-3-12345678901',
      origin: { topicName: 'contact-center.call-queue.v1', partition: 3, offset: 12345678901n },
      reason: 'malformed',
      detail: 'no JSON',
      truncatedFrom: undefined,
      headers: { ce_id: 'e-1' },
    })
    expect(Buffer.from(stored[0]?.value ?? []).equals(record.value ?? Buffer.alloc(0))).toBe(true)
    expect(textOf(stored[0]?.key)).toBe('call-1')
    expect(stored[1]).toMatchObject({ reason: 'too-large', truncatedFrom: 250 })
    expect(stored[1]?.value?.length).toBe(100)
    expect(stored[2]).toMatchObject({ value: null, key: null, reason: 'invalid' })
  })
})

describe('events', () => {
  test.each(['murmur2', 'crc32'] as const)(
    'go where %s puts their key, and come back whole',
    async (partitioner) => {
      const own = await createKafkaTopics({ partitions: 3 })
      const writer = await createKafkaEventWriter({
        client: own.client,
        topics: own.topics,
        partitioner,
        compression: 'gzip',
      })
      const keys = [...Array(20).keys()].map((index) => `call-${index}`)
      await writer.write(
        keys.map((key) => ({
          topic: 'call-queue',
          key,
          value: `{"callId":"${key}"}`,
          timestampMs: 1_000_000,
          headers: { ce_id: key },
        })),
      )
      await writer.close()
      const source = await own.open()
      await source.start(recordingListener())
      for (let shard = 0; shard < 3; shard += 1) {
        const expected = keys.filter((key) => partitionFor(key, 3, partitioner) === shard)
        const records = await takeRecords(source, shard, expected.length)
        expect(records.map(({ key }) => textOf(key))).toEqual(expected)
        expect(records.every(({ timestampMs }) => timestampMs === 1_000_000)).toBe(true)
      }
      await own.close()
    },
  )
})

/** The client, whose producers are what `wrap` makes of them. */
const wrapProducers = (wrap: (producer: Producer) => Producer): typeof topics.client => {
  const { kafka } = topics.client
  const producer: typeof kafka.producer = (config) => wrap(kafka.producer(config))
  return { ...topics.client, kafka: { ...kafka, producer } as unknown as typeof kafka }
}

describe('K8: one send at a time', () => {
  test('sends that overlap lie in the log in the order they were asked for', async () => {
    const topic = await newTopic()
    const sender = await createSender({ client: topics.client, partitioner: 'murmur2', compression: 'none' })
    const sends = [...Array(60).keys()].map((index) =>
      sender.send([{ topic, key: 'one', value: `${index}` }]),
    )
    await Promise.all(sends)
    await sender.close()
    expect((await readAll(topic)).map(({ value }) => Number(value))).toEqual([...Array(60).keys()])
  })

  test('a producer that has lost its sequence is replaced and the records are sent', async () => {
    const topic = await newTopic()
    const made: Producer[] = []
    const client = wrapProducers((producer) => {
      const lost = Object.assign(new Error('out of order'), { type: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
      return made.push(producer) === 1 ? { ...producer, sendBatch: () => Promise.reject(lost) } : producer
    })
    const sender = await createSender({ client, partitioner: 'murmur2', compression: 'none' })
    await sender.send([{ topic, key: 'k', value: 'sent' }])
    await sender.close()
    expect(made).toHaveLength(2)
    expect((await readAll(topic)).map(({ value }) => value)).toEqual(['sent'])
  })

  test('F19: what kafkajs leaves out of a request is sent all the same', async () => {
    const topic = await newTopic()
    const made: Producer[] = []
    const client = wrapProducers((producer) => {
      const sendBatch: Producer['sendBatch'] = async (batch) => (await producer.sendBatch(batch)).slice(1)
      return made.push(producer) === 1 ? { ...producer, sendBatch } : producer
    })
    const sender = await createSender({ client, partitioner: 'murmur2', compression: 'none' })
    await sender.send([...Array(20).keys()].map((index) => ({ topic, key: `k${index}`, value: 'sent' })))
    await sender.close()
    expect(made).toHaveLength(2)
    expect(new Set((await readAll(topic)).map(({ key }) => key)).size).toBe(20)
  })

  test('K9: after a send of unknown outcome the next one has a sequence of its own', async () => {
    const topic = await newTopic()
    const made: Producer[] = []
    const client = wrapProducers((producer) => {
      const sendBatch: Producer['sendBatch'] = async (batch) => {
        await producer.sendBatch(batch)
        throw new Error('the reply is lost')
      }
      return made.push(producer) === 1 ? { ...producer, sendBatch } : producer
    })
    const sender = await createSender({ client, partitioner: 'murmur2', compression: 'none' })
    await expect(sender.send([{ topic, key: 'k', value: 'older' }])).rejects.toMatchObject({
      code: 'kafka-unavailable',
    })
    await sender.send([{ topic, key: 'k', value: 'newer' }])
    await sender.close()
    expect(made).toHaveLength(2)
    expect((await readAll(topic)).map(({ value }) => value)).toEqual(['older', 'newer'])
  })

  test('a send that fails says so, and the next one goes through', async () => {
    const topic = await newTopic()
    const sender = await createSender({ client: topics.client, partitioner: 'murmur2', compression: 'none' })
    const failed = sender.send([{ topic, key: 'k', value: 'x'.repeat(2_000_000) }])
    const fine = sender.send([{ topic, key: 'k', value: 'fine' }])
    await expect(failed).rejects.toMatchObject({ code: 'kafka-unavailable' })
    await fine
    await sender.close()
    expect((await readAll(topic)).map(({ value }) => value)).toEqual(['fine'])
  })

  test('a topic that does not exist is said to be missing, not created', async () => {
    const sender = await createSender({ client: topics.client, partitioner: 'murmur2', compression: 'none' })
    await expect(sender.send([{ topic: 'never-made', key: 'k', value: 'x' }])).rejects.toMatchObject({
      code: 'kafka-topic-missing',
    })
    await sender.close()
    expect(await topics.admin.listTopics()).not.toContain('never-made')
  })
})
