import { setTimeout } from 'node:timers/promises'
import { SchemaRegistryClient } from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { type Schema, Type } from 'avsc'
import type { Producer } from 'kafkajs'
import { afterEach, describe, expect, it } from 'vitest'
import { describeAvro } from '../../src/core/event-schemas.ts'
import { type Event, kafkaKeyOf, topicOfType } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import { createPlainProducer } from '../kafka/kafka-log.ts'
import { wireOf } from '../registry/registry-record.ts'
import { type FaultBench, openFaultBench, untilTrue } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'
import { type FaultyProxy, startProxy } from '../support/proxy.ts'
import { registryUrl } from '../support/servers.ts'

let bench: FaultBench | undefined
let proxy: FaultyProxy | undefined
let producer: Producer | undefined
afterEach(async () => {
  await producer?.disconnect()
  await bench?.close()
  await proxy?.close()
  producer = undefined
  bench = undefined
  proxy = undefined
})

const connectProducer = async ({ client }: FaultBench): Promise<Producer> => {
  producer = createPlainProducer(client)
  await producer.connect()
  return producer
}

const timeoutMs = 1_000
const topics = ['call-queue', 'ticket', 'message', 'survey'] as const

describe('records that cannot be read', () => {
  it('F7: a registry that hangs, then is down, stops what needs it and refuses nothing; poison alone becomes dead letters', {
    timeout: 240_000,
  }, async () => {
    const direct = new URL(await registryUrl())
    proxy = await startProxy({ host: direct.hostname, port: Number(direct.port) })
    const { port } = proxy
    const registry = { url: `http://127.0.0.1:${port}${direct.pathname}`, timeoutMs }
    const events = simulateEvents({ seed: 7, events: 3_000 })
    const half = Math.floor(events.length / 2)
    bench = await openFaultBench({ settings: { registry } })
    const opened = bench
    await connectProducer(opened)
    proxy.holdReplies()
    opened.start()
    await feedAvro(opened, events.slice(0, half), 'hung')
    await setTimeout(6 * timeoutMs)
    expect((await opened.counters()).records ?? 0).toBe(0)
    proxy.cut()
    proxy.releaseReplies()
    await opened.untilTaken(half, 60_000)

    await proxy.close()
    await feedAvro(opened, events.slice(half), 'down')
    await feedPoison(opened)
    await setTimeout(6 * timeoutMs)
    proxy = await startProxy({ host: direct.hostname, port: Number(direct.port) }, port)
    await opened.untilReplayed(events, 60_000)
    await opened.untilTaken(events.length + 4, 30_000)
    expect(await opened.counters()).toMatchObject({
      applied: events.length,
      'deadLetter.malformed': 3,
      'deadLetter.unknown-schema': 1,
    })
    expect(opened.output()).toContain('registry')
  })
})

/** Each part under a schema of its own, which the service must ask for. */
const feedAvro = async (
  { names, partitions }: FaultBench,
  events: readonly Event[],
  name: string,
): Promise<void> => {
  const registry = new SchemaRegistryClient({ baseURLs: [await registryUrl()] })
  for (const topic of topics) {
    const own = events.filter(({ type }) => topicOfType(type) === topic)
    if (own.length === 0) continue
    const schema = { ...describeAvro(topic), doc: `${name} ${names.metrics}` }
    const id = await registry.register(`${names.input[topic]}-${name}`, { schema: JSON.stringify(schema) })
    const type = Type.forSchema(schema as unknown as Schema)
    const messages = own.map((event) => ({
      key: kafkaKeyOf(event),
      value: Buffer.from(wireOf(id, type.toBuffer(event))),
      partition: partitionFor(kafkaKeyOf(event), partitions, 'murmur2'),
      timestamp: String(event.occurredAt),
    }))
    await producer?.send({ topic: names.input[topic] ?? '', messages })
  }
}

const feedPoison = async ({ names }: FaultBench): Promise<void> => {
  const values = [
    Buffer.from([5, 0, 0, 0, 1, 9]),
    Buffer.from('not json'),
    null,
    Buffer.from(wireOf(1_999_999_999, Buffer.from('x'))),
  ]
  const messages = values.map((value, index) => ({ key: `poison-${index}`, value, partition: 0 }))
  await producer?.send({ topic: names.input.ticket ?? '', messages })
}

describe('records that come twice, late, or from nowhere', () => {
  it('F8 F9: duplicates and late events count once and in their place; what is beyond the lateness is refused', {
    timeout: 180_000,
  }, async () => {
    const events = simulateEvents({ seed: 89, events: 8_000, lateShare: 0.05, duplicateShare: 0.05 })
    const calls = events.filter(({ type }) => type === 'call.queued')
    bench = await openFaultBench()
    bench.start()
    bench.start()
    await bench.feed(events)
    await bench.untilReplayed(events, 60_000)
    const { duplicate, applied = 0 } = await bench.counters()
    expect(applied + (duplicate ?? 0)).toBe(events.length)
    expect(duplicate).toBeGreaterThan(100)

    const old = calls.slice(0, 3).map((call, index) => ({
      ...call,
      eventId: `long-ago-${index}`,
      occurredAt: index === 0 ? 0 : call.occurredAt - 30 * 86_400_000,
    }))
    await bench.feed(old as Event[])
    await bench.feed(calls.slice(0, 5))
    await bench.untilTaken(events.length + old.length + 5, 30_000)
    expect(await bench.counters()).toMatchObject({
      applied,
      duplicate: (duplicate ?? 0) + 5,
      'deadLetter.too-old': old.length,
    })
    await bench.untilReplayed(events, 30_000)
  })

  it('F14: a tenant with ten thousand queues and a ticket without end leave the others as they are', {
    timeout: 240_000,
  }, async () => {
    const events = simulateEvents({ seed: 14, events: 6_000 })
    const message = events.find(({ type }) => type.startsWith('message.'))
    if (message === undefined) throw new Error('a simulation without a message')
    const hot = Array.from({ length: 5_000 }, (_, index) => ({
      ...message,
      tenantId: 'hot',
      eventId: `hot-${index}`,
      messageId: `hot-${index}`,
      occurredAt: message.occurredAt + index,
    })) as Event[]
    const startMs = events[0]?.occurredAt ?? 0
    const attack = Array.from({ length: 10_000 }, (_, index) => ({
      eventId: `attack-${index}`,
      type: 'call.queued',
      occurredAt: startMs + index,
      tenantId: 'attacker',
      callId: `attack-${index}`,
      queueId: `queue-${index}`,
      channel: 'voice',
    })) as unknown as Event[]
    bench = await openFaultBench({ settings: { limits: { scopeKeysMax: 200, eventsPerSubjectMax: 500 } } })
    bench.start()
    bench.start()
    await bench.feed(attack)
    await bench.feed(hot)
    await bench.feed(events)
    await bench.untilReplayed(events, 120_000)
    const counters = await bench.counters()
    expect(counters.capped).toBeGreaterThan(0)
    expect(counters['deadLetter.subject-too-long']).toBe(hot.length - 500)
    const attacker = [...bench.topic.latest().keys()].filter((key) => key.startsWith('attacker|queueId='))
    expect(attacker.length).toBeLessThanOrEqual(4 * 200 + 1)
    expect(attacker).toContain('attacker|queueId=__other__|total')
  })
})

type Place = { readonly topic: 'call-queue'; readonly partition: number }

describe('a log that is not what it was', () => {
  const events = simulateEvents({ seed: 111, events: 3_000 })
  const half = Math.floor(events.length / 2)

  const stopAtHalf = async (opened: FaultBench): Promise<void> => {
    const running = opened.start()
    await opened.feed(events.slice(0, half))
    await opened.untilTaken(half, 60_000)
    expect(await running.kill('SIGTERM'), running.output()).toBe(0)
    await opened.feed(events.slice(half))
  }

  const trim = async ({ client, names }: FaultBench, { topic, partition }: Place): Promise<void> => {
    const admin = client.kafka.admin()
    await admin.connect()
    const name = names.input[topic] ?? ''
    const ends = await admin.fetchTopicOffsets(name)
    const high = BigInt(ends.find((one) => one.partition === partition)?.high ?? 0)
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition, offset: String(high - 3n) }] })
    await admin.disconnect()
  }

  it('F11: retention that overtook the state ends the process with a code and says where', {
    timeout: 120_000,
  }, async () => {
    bench = await openFaultBench()
    await stopAtHalf(bench)
    await trim(bench, { topic: 'call-queue', partition: 1 })
    const stopped = bench.start()
    expect(await stopped.ended).not.toBe(0)
    expect(stopped.output()).toMatch(/call-queue.* partition 1: offset \d+ was to be read next/)
  })

  it('F11: told to go on, it marks as partial what began before', { timeout: 120_000 }, async () => {
    bench = await openFaultBench({ settings: { kafka: { onDataLoss: 'continue' } } })
    await stopAtHalf(bench)
    await trim(bench, { topic: 'call-queue', partition: 1 })
    bench.start()
    const opened = bench
    const partial = () => [...opened.topic.latest().values()].map((snapshot) => snapshot.partial)
    await untilTrue(
      () => partial().length > 0 && partial().every((one) => one === true),
      60_000,
      async () => [
        JSON.stringify([...opened.topic.latest()].map(([key, { partial: is }]) => [key, is])),
        opened.output(),
      ],
    )
    expect(opened.output()).toContain('records are gone from the log before they were read')
  })
})
