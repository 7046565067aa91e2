import { randomUUID } from 'node:crypto'
import kafkajs, { type Producer } from 'kafkajs'
import { afterEach, expect, it } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import { readDeadLetters, type StoredLetter } from '../../src/kafka/dead-letter-reader.ts'
import { createPlainProducer } from '../kafka/kafka-log.ts'
import { wireOf } from '../registry/registry-record.ts'
import { type CodecProxy, startCodecProxy } from '../support/codec-proxy.ts'
import { kafkaBrokers, registryUrl } from '../support/servers.ts'
import { openServiceBench, type ServiceBench } from '../support/service.ts'

let bench: ServiceBench | undefined
let proxy: CodecProxy | undefined
let producer: Producer | undefined
afterEach(async () => {
  await producer?.disconnect()
  await bench?.close()
  await proxy?.close()
})

const partitions = 2
const partition = 0
const recordedAtMs = Date.now()
/** By this the batch is known that comes under an unknown codec. */
const spoiltAtMs = recordedAtMs - 777_777
const bigBytes = 10 * 1024 * 1024
const unknownId = 1_999_999_999

/** Ids of calls whose records belong in a partition. */
function* callIdsOf(wanted: number): Generator<string> {
  for (let index = 0; ; index++)
    if (partitionFor(`call-${index}`, partitions, 'murmur2') === wanted) yield `call-${index}`
}
const goodIds = callIdsOf(partition)
const nextId = (): string => String(goodIds.next().value)

const queued = (callId: string, fields: object = {}): object => ({
  type: 'call.queued',
  eventId: `queued-${callId}`,
  occurredAt: recordedAtMs - 60_000,
  callId,
  queueId: 'billing',
  ...fields,
})

type Bad = {
  readonly values: readonly (string | Buffer | null)[]
  readonly reason: string
  readonly detail: string | RegExp
  readonly timestampMs?: number
  readonly isCompressed?: boolean
}

const conflictId = nextId()
const strayId = String(callIdsOf(1).next().value)
const text = (value: object): string => JSON.stringify(value)

const bad: readonly Bad[] = [
  {
    values: ['{"type":'],
    reason: 'malformed',
    detail: /^the value is not JSON.*; write one JSON object$/,
  },
  {
    values: [null],
    reason: 'malformed',
    detail: 'the record has no value; to take an event back, send event.retracted',
  },
  {
    values: [text(queued(nextId(), { callId: 7 }))],
    reason: 'invalid',
    detail: 'callId: must be a string, not a number',
  },
  {
    values: [text(queued(nextId(), { type: 'call.sung' }))],
    reason: 'unknown-type',
    detail: /^type: "call\.sung" is not known; use one of call\.queued, /,
  },
  {
    values: [Buffer.from(wireOf(unknownId, Buffer.from('x')))],
    reason: 'unknown-schema',
    detail: `the registry has no schema ${unknownId}; set registry.url to the one that its producer registers with`,
  },
  {
    values: [Buffer.alloc(bigBytes, 'x')],
    reason: 'too-large',
    detail: `${bigBytes + 'k'.length} bytes, more than limits.recordBytesMax (1000000); make it smaller, or raise that`,
  },
  {
    values: [text(queued(nextId())), text(queued(nextId()))],
    reason: 'malformed',
    detail: 'compression number 5: this compression is unknown; use none, gzip, snappy, lz4 or zstd',
    timestampMs: spoiltAtMs,
    isCompressed: true,
  },
  {
    values: [text(queued(strayId))],
    reason: 'misrouted',
    detail:
      "lies in partition 0, murmur2 of its subject's id gives 1; key it by that id, or set kafka.partitioner as its producer has it",
  },
  {
    values: [text(queued(nextId(), { occurredAt: recordedAtMs + 600_000 }))],
    reason: 'from-the-future',
    detail:
      "dated 600000 ms after its record, more than time.skewMs (60000); set its producer's clock, or raise that",
  },
  {
    values: [text(queued(nextId(), { occurredAt: recordedAtMs - 90_000_000 }))],
    reason: 'too-old',
    detail:
      'dated 90000000 ms before its record, more than time.latenessMs (86400000); deliver it sooner, or raise that',
  },
  {
    values: [text(queued(conflictId, { queueId: 'sales' }))],
    reason: 'conflicting',
    detail:
      'does not count, because another payload under its eventId does; give each event an eventId of its own',
  },
]

/** Lets the topic hold what is far over the service's own limit. */
const allowBigRecords = async ({ client, names }: ServiceBench): Promise<void> => {
  const admin = client.kafka.admin()
  await admin.connect()
  const configEntries = [
    { name: 'max.message.bytes', value: '20000000' },
    { name: 'retention.ms', value: '-1' },
  ]
  const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name: names.input['call-queue'], configEntries }
  await admin.alterConfigs({ validateOnly: false, resources: [topic] })
  await admin.disconnect()
}

type Sent = { readonly values: Bad['values']; readonly timestampMs?: number; readonly isCompressed?: boolean }

/** One batch; answers with its first offset. */
const send = async ({ values, timestampMs = recordedAtMs, isCompressed = false }: Sent): Promise<number> => {
  const timestamp = String(timestampMs)
  const sent = await producer?.send({
    topic: bench?.names.input['call-queue'] ?? '',
    compression: isCompressed ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
    messages: values.map((value) => ({ key: 'k', value, partition, timestamp })),
  })
  return Number(sent?.[0]?.baseOffset)
}

/** Each once, by offset: a letter may be sent twice. */
const readLetters = async ({ client, names }: ServiceBench): Promise<readonly StoredLetter[]> => {
  const letters = new Map<bigint, StoredLetter>()
  const groupPrefix = `letters-${randomUUID()}`
  await readDeadLetters({ client, topic: names.deadLetters, groupPrefix }, (letter) =>
    letters.set(letter.origin.offset, letter),
  )
  return [...letters.values()].sort((a, b) => Number(a.origin.offset - b.origin.offset))
}

/** Every bad record among good ones; answers with the letters that are to come of them. */
const sendAll = async (topicName: string): Promise<readonly object[]> => {
  const expected: object[] = []
  await send({ values: [text(queued(conflictId))] })
  for (const { values, reason, detail, ...how } of bad) {
    const offset = await send({ values, ...how })
    for (const [index, value] of values.entries())
      expected.push({
        origin: { topicName, partition, offset: BigInt(offset + index) },
        reason,
        detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
        truncatedFrom: value?.length === bigBytes ? bigBytes : undefined,
      })
    await send({ values: [text(queued(nextId()))] })
  }
  return expected
}

const isValue = (metric: unknown, value: number): boolean =>
  (metric as { readonly value?: unknown } | undefined)?.value === value

it('every kind of bad record becomes a dead letter that says what, where and what to do, and all good ones behind it count', {
  timeout: 120_000,
}, async () => {
  const brokers = await kafkaBrokers()
  proxy = await startCodecProxy(brokers, { firstTimestampMs: spoiltAtMs, codec: 5 })
  const settings = {
    kafka: { brokers: proxy.brokers },
    registry: { url: await registryUrl() },
    scopes: [[]],
    publish: [
      { scopes: [[]], windows: ['total'], metrics: ['callsOffered', 'ticketsCreated'], everyMs: 500 },
    ],
  }
  const opened = await openServiceBench(settings, partitions, { brokers })
  bench = opened
  await allowBigRecords(opened)
  producer = createPlainProducer(opened.client)
  await producer.connect()
  const process = opened.start()
  const expected = await sendAll(opened.names.input['call-queue'])
  const ticket = { type: 'ticket.created', eventId: 'created', ticketId: 'T-1' }
  await opened.feed([{ ...ticket, occurredAt: recordedAtMs - 60_000 } as Event], recordedAtMs)

  await opened.until((snapshots) => {
    const { callsOffered, ticketsCreated } = snapshots.get('default||total')?.metrics ?? {}
    return isValue(callsOffered, 1 + bad.length) && isValue(ticketsCreated, 1)
  }, 40_000)
  const letters = await readLetters(opened)
  expect(
    letters.map(({ origin, reason, detail, truncatedFrom }) => ({ origin, reason, detail, truncatedFrom })),
  ).toEqual(expected)
  expect(await process.kill('SIGTERM'), process.output()).toBe(0)
})
