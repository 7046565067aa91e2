import type { Partitioner } from '../core/partition.ts'
import type { Topic } from '../core/topics.ts'
import { FloorwatchError } from '../errors.ts'
import type { KafkaClient } from './client.ts'
import { type Compression, createSender, type TopicMessage } from './sender.ts'

/** An event on its way into the log; `timestampMs` becomes the record's timestamp. */
export type WrittenRecord = {
  readonly topic: Topic
  readonly key: string | Uint8Array | null
  readonly value: string | Uint8Array | null
  readonly headers?: Readonly<Record<string, string>>
  readonly timestampMs?: number
}

export type EventWriter = {
  /** Resolves when the brokers have them all. */
  readonly write: (records: readonly WrittenRecord[]) => Promise<void>
  readonly close: () => Promise<void>
}

export type EventWriterOptions = {
  readonly client: KafkaClient
  readonly topics: Readonly<Partial<Record<Topic, string>>>
  readonly partitioner: Partitioner
  readonly compression: Compression
}

/** For `simulate --to kafka` and for sending dead letters again. */
export async function createKafkaEventWriter(options: EventWriterOptions): Promise<EventWriter> {
  const sender = await createSender(options)
  return {
    write: (records) => sender.send(records.map((record) => toMessage(options, record))),
    close: sender.close,
  }
}

function toMessage({ topics }: EventWriterOptions, record: WrittenRecord): TopicMessage {
  const topic = topics[record.topic]
  if (topic === undefined) {
    throw new FloorwatchError('usage-invalid', `no topic is configured for ${record.topic} events`)
  }
  return {
    topic,
    key: toPayload(record.key),
    value: toPayload(record.value),
    ...(record.headers ? { headers: { ...record.headers } } : {}),
    ...(record.timestampMs === undefined ? {} : { timestamp: String(record.timestampMs) }),
  }
}

function toPayload(payload: string | Uint8Array | null): string | Buffer | null {
  return payload instanceof Uint8Array ? Buffer.from(payload) : payload
}
