import type { SnapshotRecord, SnapshotSink } from '../ports.ts'
import type { KafkaClient } from './client.ts'
import { createGiveWay } from './give-way.ts'
import { type Compression, createSender, type Sender, type TopicMessage } from './sender.ts'
import { revisionHeader } from './snapshot-headers.ts'

export type SnapshotSinkOptions = {
  readonly client: KafkaClient
  readonly metricsTopic: string
  readonly intervalsTopic: string
  readonly compression: Compression
  /** How each topic's values are written in Avro; absent: they stay JSON. */
  readonly avro?: { readonly metrics: WriteAvro; readonly intervals: WriteAvro } | undefined
}

type WriteAvro = (json: string) => Buffer

/** Publishes to the compacted topic of current windows and to the topic of closed intervals, with CloudEvents headers. */
export async function createKafkaSnapshotSink(options: SnapshotSinkOptions): Promise<SnapshotSink> {
  const { metricsTopic, intervalsTopic, avro } = options
  const metrics = { topic: metricsTopic, write: avro?.metrics }
  const intervals = { topic: intervalsTopic, write: avro?.intervals }
  const senders = await openSenders(options)
  return {
    publish: async (records, lane = 'bulk') => senders[lane].send(await toMessages(records, metrics)),
    // They are waited for.
    publishClosed: async (records) => senders.urgent.send(await toMessages(records, intervals)),
    close: async () => {
      await Promise.all(Object.values(senders).map(({ close }) => close()))
    },
  }
}

/** A sender's sends wait for each other: each lane has its own. */
async function openSenders({
  client,
  compression,
}: SnapshotSinkOptions): Promise<{ readonly urgent: Sender; readonly bulk: Sender }> {
  const urgent = await createSender({ client, compression, partitioner: 'murmur2' })
  try {
    return { urgent, bulk: await createSender({ client, compression, partitioner: 'murmur2' }) }
  } catch (error) {
    await urgent.close()
    throw error
  }
}

type Writing = { readonly topic: string; readonly write: WriteAvro | undefined }

/** Avro is written for a while, then others have their turn. */
async function toMessages(
  records: readonly SnapshotRecord[],
  { topic, write }: Writing,
): Promise<readonly TopicMessage[]> {
  const messages: TopicMessage[] = []
  const giveWay = createGiveWay()
  for (const record of records) {
    messages.push(toMessage({ topic, ...formatValue(record, write) }, record))
    const others = giveWay()
    if (others) await others
  }
  return messages
}

type FormattedValue = { readonly value: string | Buffer | null; readonly contentType: string }

function formatValue({ value }: SnapshotRecord, writeAvro: WriteAvro | undefined): FormattedValue {
  if (writeAvro === undefined) return { value, contentType: 'application/json' }
  return { value: value === null ? null : writeAvro(value), contentType: 'application/avro' }
}

/** CloudEvents 1.0, Kafka protocol binding in binary mode; the revision is an extension attribute. */
function toMessage(
  { topic, value, contentType }: FormattedValue & { readonly topic: string },
  { key, revision }: SnapshotRecord,
): TopicMessage {
  return {
    topic,
    key,
    value,
    headers: {
      'content-type': contentType,
      ce_specversion: '1.0',
      ce_id: `${key}@${revision}`,
      ce_source: '/floorwatch',
      ce_type: 'floorwatch.snapshot.v1',
      [revisionHeader]: String(revision),
    },
  }
}
