import { SchemaRegistryClient } from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { type Schema, Type } from 'avsc'
import kafkajs from 'kafkajs'
import { afterEach, it } from 'vitest'
import { describeAvro, describeJson } from '../../src/core/event-schemas.ts'
import { type Event, kafkaKeyOf, topicOfType } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import type { Topic } from '../../src/core/topics.ts'
import { allowWriting } from '../kafka/compress.ts'
import { wireOf } from '../registry/registry-record.ts'
import { simulateEvents } from '../support/load.ts'
import { isReplayed, replayTotals, totalsSettings } from '../support/replayed.ts'
import { registryUrl } from '../support/servers.ts'
import { openServiceBench, type ServiceBench } from '../support/service.ts'

const sets = [[], ['channel']]
const topics = ['call-queue', 'ticket', 'message', 'survey'] as const
const { CompressionTypes } = kafkajs

let bench: ServiceBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

type Encode = (event: Event) => Uint8Array

/** Avro, JSON Schema and plain JSON, told by the registry's ids. */
const openEncoders = async (topic: Topic, run: string): Promise<readonly Encode[]> => {
  const client = new SchemaRegistryClient({ baseURLs: [await registryUrl()] })
  const avro = JSON.stringify(describeAvro(topic))
  const avroId = await client.register(`${run}.${topic}-avro`, { schema: avro })
  const jsonId = await client.register(`${run}.${topic}-json`, {
    schemaType: 'JSON',
    schema: JSON.stringify(describeJson(topic)),
  })
  const type = Type.forSchema(describeAvro(topic) as unknown as Schema)
  const json: Encode = (event) => Buffer.from(JSON.stringify(event))
  return [(event) => wireOf(avroId, type.toBuffer(event)), (event) => wireOf(jsonId, json(event)), json]
}

it('Avro, JSON Schema and plain JSON in all four compressions, mixed on one topic, count as the replay does', {
  timeout: 180_000,
}, async () => {
  const events = simulateEvents({ seed: 5, eventsPerSecond: 1, events: 3_000 })
  const expected = replayTotals(events, sets)
  const registry = { url: await registryUrl() }
  bench = await openServiceBench({ ...totalsSettings(sets), registry }, 2)
  allowWriting()
  const producer = bench.client.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  const codecs = [CompressionTypes.GZIP, CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD]
  for (const topic of topics) {
    const encoders = await openEncoders(topic, bench.redis.keyPrefix)
    const own = events.filter(({ type }) => topicOfType(type) === topic)
    const partSize = Math.ceil(own.length / codecs.length)
    for (const [index, compression] of codecs.entries()) {
      const messages = own.slice(index * partSize, (index + 1) * partSize).map((event, place) => ({
        key: kafkaKeyOf(event),
        value: Buffer.from((encoders[place % encoders.length] as Encode)(event)),
        partition: partitionFor(kafkaKeyOf(event), 2, 'murmur2'),
        timestamp: String(event.occurredAt),
      }))
      if (messages.length > 0) await producer.send({ topic: bench.names.input[topic], messages, compression })
    }
  }
  await producer.disconnect()
  bench.start()
  await bench.until(isReplayed(expected), 60_000)
})
