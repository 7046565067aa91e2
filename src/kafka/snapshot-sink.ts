import type { SnapshotRecord, SnapshotSink } from '../ports.ts'
import type { KafkaClient } from './client.ts'
import { type Compression, createSender, type TopicMessage } from './sender.ts'
import { revisionHeader } from './snapshot-headers.ts'

export type SnapshotSinkOptions = {
  readonly client: KafkaClient
  readonly metricsTopic: string
  readonly intervalsTopic: string
  readonly compression: Compression
}

/** Publishes to the compacted topic of current windows and to the topic of closed intervals, with CloudEvents headers. */
export async function createKafkaSnapshotSink(options: SnapshotSinkOptions): Promise<SnapshotSink> {
  const { client, compression } = options
  const sender = await createSender({ client, compression, partitioner: 'murmur2' })
  const sendTo = (topic: string) => (records: readonly SnapshotRecord[]) =>
    sender.send(records.map((record) => toMessage(topic, record)))
  return {
    publish: sendTo(options.metricsTopic),
    publishClosed: sendTo(options.intervalsTopic),
    close: sender.close,
  }
}

/** CloudEvents 1.0, Kafka protocol binding in binary mode; the revision is an extension attribute. */
function toMessage(topic: string, { key, value, revision }: SnapshotRecord): TopicMessage {
  return {
    topic,
    key,
    value,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: `${key}@${revision}`,
      ce_source: '/floorwatch',
      ce_type: 'floorwatch.snapshot.v1',
      [revisionHeader]: String(revision),
    },
  }
}
