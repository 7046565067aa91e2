import type { Producer, ProducerBatch } from 'kafkajs'
import { expect, test } from 'vitest'
import type { KafkaClient } from '../../src/kafka/client.ts'
import { createKafkaSnapshotSink } from '../../src/kafka/snapshot-sink.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A sink whose producer keeps what it is given. */
const openSink = async (avro?: Parameters<typeof createKafkaSnapshotSink>[0]['avro']) => {
  const sent: { topic: string; key: string; value: unknown; type: unknown; revision: unknown }[] = []
  const producer = {
    connect: async () => {},
    disconnect: async () => {},
    sendBatch: async ({ topicMessages = [] }: ProducerBatch) =>
      topicMessages.flatMap(({ topic, messages }) => {
        for (const { key, value, headers } of messages)
          sent.push({
            topic,
            key: String(key),
            value: Buffer.isBuffer(value) ? [...value] : value,
            type: headers?.['content-type'],
            revision: headers?.ce_revision,
          })
        return [{ topicName: topic, partition: 0 }]
      }),
  } as unknown as Producer
  const client = { kafka: { producer: () => producer }, log: silent } as unknown as KafkaClient
  const topics = { metricsTopic: 'metrics', intervalsTopic: 'intervals' }
  return { sink: await createKafkaSnapshotSink({ client, ...topics, compression: 'none', avro }), sent }
}

const current = { key: 'a||now', value: '{"n":1}', revision: 7 }
const gone = { key: 'b||now', value: null, revision: 8 }
const closed = { key: 'a||hour|2026', value: '{"n":2}', revision: 9 }

test('values are JSON where nothing else is asked', async () => {
  const { sink, sent } = await openSink()
  await sink.publish([current, gone])
  await sink.publishClosed([closed])
  const type = 'application/json'
  expect(sent).toEqual([
    { topic: 'metrics', key: current.key, value: '{"n":1}', type, revision: '7' },
    { topic: 'metrics', key: gone.key, value: null, type, revision: '8' },
    { topic: 'intervals', key: closed.key, value: '{"n":2}', type, revision: '9' },
  ])
})

test('each topic’s values are written by its own schema, under the same headers; tombstones stay null', async () => {
  const { sink, sent } = await openSink({
    metrics: (json) => Buffer.from([0, json.length]),
    intervals: (json) => Buffer.from([1, json.length]),
  })
  await sink.publish([current, gone])
  await sink.publishClosed([closed])
  const type = 'application/avro'
  expect(sent).toEqual([
    { topic: 'metrics', key: current.key, value: [0, 7], type, revision: '7' },
    { topic: 'metrics', key: gone.key, value: null, type, revision: '8' },
    { topic: 'intervals', key: closed.key, value: [1, 7], type, revision: '9' },
  ])
})
