/** A Kafka topic set of a test's own, written with plain kafkajs. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import kafkajs, { type Admin, type Message, type Producer } from 'kafkajs'
import { createKafkaClient, type KafkaClient } from '../../src/kafka/client.ts'
import type { CodecLimits } from '../../src/kafka/codecs.ts'
import { defaultCodecLimits, defaultSourceLimits } from '../../src/kafka/limits.ts'
import type { KafkaLog } from '../../src/kafka/log.ts'
import { createKafkaSource, type KafkaSource } from '../../src/kafka/source.ts'
import type { KafkaSourceOptions } from '../../src/kafka/source-options.ts'
import { createTopics, type TopicPlan } from '../../src/kafka/topics.ts'
import type { LoggedRecord } from '../contract/event-source.ts'
import { kafkaBrokers } from '../support/servers.ts'

export type SaidLine = { readonly level: string; readonly message: string; readonly fields: object }

export type KafkaTopics = {
  readonly client: KafkaClient
  readonly admin: Admin
  readonly producer: Producer
  readonly groupId: string
  readonly partitions: number
  readonly topics: { readonly 'call-queue': string; readonly ticket: string }
  readonly said: readonly SaidLine[]
  readonly append: (topic: 'call-queue' | 'ticket', records: readonly LoggedRecord[]) => Promise<void>
  readonly open: (changes?: SourceChanges) => Promise<KafkaSource>
  readonly close: () => Promise<void>
}

export type SourceChanges = Partial<Omit<KafkaSourceOptions, 'client' | 'limits'>> & {
  readonly limits?: Partial<KafkaSourceOptions['limits']>
}

const testLimits: KafkaSourceOptions['limits'] = {
  ...defaultSourceLimits,
  queueRecordsMax: 500,
  fetchWaitMs: 100,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatMs: 300,
}

export type TopicChoices = {
  readonly partitions?: number
  readonly config?: Readonly<Record<string, string>>
  readonly codecLimits?: CodecLimits
}

export async function createKafkaTopics({
  partitions = 2,
  config = {},
  codecLimits,
}: TopicChoices = {}): Promise<KafkaTopics> {
  const prefix = `test-${randomUUID().slice(0, 8)}`
  const topics = { 'call-queue': `${prefix}.call-queue`, ticket: `${prefix}.ticket` }
  const said: SaidLine[] = []
  const client = await createTestClient(said, codecLimits)
  await createTopics(
    client,
    Object.values(topics).map((name) => plainTopic(name, partitions, config)),
  )
  const admin = await connectToLeaders(client, Object.values(topics))
  const producer = createPlainProducer(client)
  await producer.connect()
  const opened: KafkaSource[] = []
  const groupId = `${prefix}-group`
  return {
    client,
    admin,
    producer,
    groupId,
    partitions,
    topics,
    said,
    append: async (topic, records) => {
      await producer.send({ topic: topics[topic], messages: records.map(toMessage) })
    },
    open: async ({ limits, ...changes } = {}) => {
      const source = await createKafkaSource({
        client,
        groupId,
        topics,
        startFrom: 'earliest',
        onDataLoss: 'stop',
        ...changes,
        limits: { ...testLimits, ...limits },
      })
      opened.push(source)
      return source
    },
    close: async () => {
      await Promise.all(opened.map((source) => source.close()))
      await producer.disconnect()
      await admin.deleteTopics({ topics: Object.values(topics) })
      await admin.disconnect()
    },
  }
}

const leaderAttemptsMax = 60
const leaderWaitMs = 500

/**
 * An admin that knows a leader that answers for every partition. kafkajs asks a leader it has once known for ever, so each
 * attempt is made by a new admin: a broker says where a new topic's leader is before that one knows it.
 */
async function connectToLeaders(client: KafkaClient, topicNames: readonly string[]): Promise<Admin> {
  for (let attempt = 1; ; attempt += 1) {
    const admin = client.kafka.admin()
    try {
      await admin.connect()
      for (const name of topicNames) await admin.fetchTopicOffsets(name)
      return admin
    } catch (error) {
      await admin.disconnect()
      if (attempt === leaderAttemptsMax) throw error
      await setTimeout(leaderWaitMs)
    }
  }
}

async function createTestClient(
  said: SaidLine[] = [],
  codecLimits: CodecLimits = defaultCodecLimits,
): Promise<KafkaClient> {
  const say = (level: string) => (fields: object, message: string) => said.push({ level, fields, message })
  const log: KafkaLog = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  return createKafkaClient({
    brokers: await kafkaBrokers(),
    clientId: 'floorwatch-test',
    connectionTimeoutMs: 3000,
    requestTimeoutMs: 15_000,
    codecLimits,
    log,
  })
}

export function createPlainProducer(client: KafkaClient, transactionalId?: string): Producer {
  return client.kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
    ...(transactionalId === undefined ? {} : { transactionalId }),
  })
}

/** Keeps records of any age. */
export function plainTopic(
  name: string,
  partitions: number,
  config: Readonly<Record<string, string>> = {},
): TopicPlan {
  return {
    name,
    purpose: 'input',
    partitions,
    replicationFactor: 1,
    config: { 'retention.ms': '-1', ...config },
  }
}

export function toMessage({ partition, key, value, headers, timestampMs }: LoggedRecord): Message {
  return { partition, key, value, timestamp: String(timestampMs), ...(headers ? { headers } : {}) }
}

/** Moves the start of the log, as retention would. */
export async function trimTopic(
  { admin, topics }: KafkaTopics,
  topic: 'call-queue' | 'ticket',
  { partition, offset }: { readonly partition: number; readonly offset: bigint },
): Promise<void> {
  await admin.deleteTopicRecords({
    topic: topics[topic],
    partitions: [{ partition, offset: offset.toString() }],
  })
}
