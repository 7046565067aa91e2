import { createKafkaClient, type KafkaClient } from '../../src/kafka/client.ts'
import { createKafkaEventWriter, type EventWriter } from '../../src/kafka/event-writer.ts'
import { defaultCodecLimits } from '../../src/kafka/limits.ts'
import { createTopics, planTopics, type TopicNames } from '../../src/kafka/topics.ts'

export type ServiceTopicsOptions = {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly names: TopicNames
  readonly partitions: number
  readonly replicationFactor: number
  readonly compression: 'gzip' | 'none'
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The topics of a service, made anew and kept for ever, and a writer to the inputs among them. */
export const openServiceTopics = async ({
  brokers,
  clientId,
  names,
  partitions,
  replicationFactor,
  compression,
}: ServiceTopicsOptions): Promise<{ readonly client: KafkaClient; readonly writer: EventWriter }> => {
  const client = createKafkaClient({
    brokers: [...brokers],
    clientId,
    connectionTimeoutMs: 5_000,
    requestTimeoutMs: 30_000,
    codecLimits: defaultCodecLimits,
    log: silent,
  })
  await createTopics(
    client,
    planTopics(names, {
      inputPartitions: partitions,
      outputPartitions: 1,
      replicationFactor,
      inputRetentionMs: -1,
      intervalsRetentionMs: -1,
      deadLettersRetentionMs: -1,
    }),
  )
  const writer = await createKafkaEventWriter({
    client,
    topics: names.input,
    partitioner: 'murmur2',
    compression,
  })
  return { client, writer }
}
