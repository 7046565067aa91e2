import { randomUUID } from 'node:crypto'
import { loadConfig } from '../../src/config.ts'
import type { Config } from '../../src/config-schema.ts'
import { createKafkaClient, type KafkaClient } from '../../src/kafka/client.ts'
import { defaultCodecLimits } from '../../src/kafka/limits.ts'
import { createTopics, planTopics } from '../../src/kafka/topics.ts'
import { type TopicNames, topicNamesOf } from '../../src/topic-names.ts'
import { kafkaBrokers, redisUrl, registryUrl } from '../support/servers.ts'

export type Surroundings = {
  /** For the process under test. */
  readonly env: Readonly<Record<string, string>>
  readonly config: Config
  readonly names: TopicNames
  readonly client: KafkaClient
  readonly makeTopics: (inputPartitions: number) => Promise<void>
}

const say = () => undefined
const dayMs = 86_400_000

/** Real servers, with topics, keys and subjects of the test's own. */
export async function openSurroundings(): Promise<Surroundings> {
  const prefix = `t${randomUUID().slice(0, 8)}`
  const brokers = await kafkaBrokers()
  const env = {
    FLOORWATCH_KAFKA_BROKERS: brokers.join(','),
    FLOORWATCH_KAFKA_TOPIC_PREFIX: `${prefix}.`,
    FLOORWATCH_KAFKA_GROUP_ID: prefix,
    FLOORWATCH_REDIS_URL: await redisUrl(),
    FLOORWATCH_REDIS_KEY_PREFIX: prefix,
    FLOORWATCH_REGISTRY_URL: await registryUrl(),
  }
  const config = loadConfig(undefined, env)
  const names = topicNamesOf(config.kafka)
  const client = createKafkaClient({
    brokers,
    clientId: 'floorwatch-test',
    connectionTimeoutMs: 3_000,
    requestTimeoutMs: 15_000,
    codecLimits: defaultCodecLimits,
    log: { debug: say, info: say, warn: say, error: say },
  })
  const makeTopics = async (inputPartitions: number) => {
    const sizes = {
      inputPartitions,
      outputPartitions: 1,
      replicationFactor: 1,
      inputRetentionMs: 30 * dayMs,
      intervalsRetentionMs: -1,
      deadLettersRetentionMs: dayMs,
    }
    await createTopics(client, planTopics(names, sizes))
  }
  return { env, config, names, client, makeTopics }
}
