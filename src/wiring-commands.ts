import { pino } from 'pino'
import type { CheckLine } from './commands/check-lines.ts'
import type { DeadLettersIo } from './commands/dead-letters.ts'
import { type DoctorIo, describeRegistry } from './commands/doctor.ts'
import type { InspectIo } from './commands/inspect.ts'
import type { SchemaFormat, SchemasIo } from './commands/schemas.ts'
import { findTopicLines, type TopicsIo } from './commands/topics.ts'
import type { Config } from './config-schema.ts'
import { snapshotTopics } from './core/snapshot-avro.ts'
import type { Topic } from './core/topics.ts'
import { readNdjson } from './files/ndjson.ts'
import { checkKafka } from './kafka/check.ts'
import { readDeadLetters } from './kafka/dead-letter-reader.ts'
import { createKafkaEventWriter } from './kafka/event-writer.ts'
import { checkTopics, createTopics, describeTopics, planTopics, type TopicPlan } from './kafka/topics.ts'
import type { Log } from './outage-log.ts'
import { publishPlansOf } from './publish-plans.ts'
import { checkRedis } from './redis/check.ts'
import { reachRemedy } from './redis/client.ts'
import { createRedisGenerations } from './redis/generations.ts'
import { checkSchemas, registerSchemas, type SchemaTopic } from './registry/register.ts'
import { topicNameOf, topicNamesOf } from './topic-names.ts'
import { defaultPageDir, loadPageAssets } from './wallboard/page-assets.ts'
import { openKafka } from './wiring-service.ts'
import { needRegistry, subjectOf } from './wiring-snapshots.ts'
import { openGeneration, redisOf } from './wiring-state.ts'

const spokenLevels: readonly string[] = ['trace', 'debug']

/** A command tells by its output and its error; what the clients say besides goes to standard error at debug only. */
export const createCommandLog = ({ log }: Config): Log =>
  pino({ level: spokenLevels.includes(log.level) ? log.level : 'silent', base: null }, pino.destination(2))

const clock = { now: Date.now }

const print = (text: string): void => {
  process.stdout.write(text)
}

const openClient = (config: Config) => openKafka(config, createCommandLog(config))

/** Kafka as `floorwatch topics` asks it. */
export const openTopicsIo = (config: Config): TopicsIo<TopicPlan> => {
  const client = openClient(config)
  const names = topicNamesOf(config.kafka)
  return {
    plan: (sizes) => planTopics(names, sizes),
    describe: (topicNames) => describeTopics(client, topicNames),
    check: (plans) => checkTopics(client, plans),
    create: (plans) => createTopics(client, plans),
    print,
  }
}

const schemasRequestOf = (config: Config, format: SchemaFormat) => ({
  registry: needRegistry(config),
  format,
  hasSnapshots: config.kafka.snapshotFormat === 'avro',
  topicNameOf: (topic: SchemaTopic) => topicNameOf(config.kafka, topic),
})

/** The registry as `floorwatch schemas` asks it. */
export const openSchemasIo = (config: Config): SchemasIo => ({
  check: (format) => checkSchemas(schemasRequestOf(config, format)),
  register: (format) => registerSchemas(schemasRequestOf(config, format)),
  print,
})

/** All that `floorwatch doctor` looks at. */
export const openDoctorIo = (config: Config, configFile: string | undefined): DoctorIo => ({
  print,
  parts: [
    {
      name: 'configuration',
      fix: 'correct it',
      look: async () => {
        const detail = `${configFile ?? 'defaults and environment'}, ${publishPlansOf(config).length} publications, zone ${config.time.zone}`
        return [{ name: 'configuration', ok: true, detail, fix: null }]
      },
    },
    {
      name: 'kafka topics',
      fix: 'allow Describe and DescribeConfigs on the topics (ACL)',
      look: () => lookAtKafka(config),
    },
    { name: 'redis', fix: reachRemedy, look: () => lookAtRedis(config) },
    { name: 'registry', fix: 'start it, or correct registry.url', look: () => lookAtRegistry(config) },
    { name: 'wallboard page', fix: 'npm run build', look: lookAtPage },
  ],
})

const lookAtKafka = async (config: Config): Promise<readonly CheckLine[]> => {
  const rows = await checkKafka({ client: openClient(config), groupId: config.kafka.groupId })
  return rows[0]?.ok ? [...rows, ...(await findTopicLines(openTopicsIo(config)))] : rows
}

const lookAtRedis = (config: Config): Promise<readonly CheckLine[]> =>
  checkRedis({
    url: config.redis.url,
    keyPrefix: config.redis.keyPrefix,
    commandTimeoutMs: config.redis.commandTimeoutMs,
    logger: createCommandLog(config),
    clock,
    skewMs: config.time.skewMs,
  })

const lookAtRegistry = async (config: Config): Promise<readonly CheckLine[]> => {
  if (config.registry.url === undefined)
    return [
      { name: 'registry', ok: true, detail: 'not configured: plain JSON is read, Avro is not', fix: null },
    ]
  const checks = await checkSchemas(schemasRequestOf(config, 'avro'))
  const written = snapshotTopics.map((topic) => subjectOf(config, topic))
  return describeRegistry({ url: new URL(config.registry.url).host, checks, written })
}

const lookAtPage = async (): Promise<readonly CheckLine[]> => {
  await loadPageAssets(defaultPageDir())
  return [{ name: 'wallboard page', ok: true, detail: 'built', fix: null }]
}

/** The dead-letter topic, and the way back. */
export const openDeadLettersIo = (config: Config): DeadLettersIo => {
  const client = openClient(config)
  const { deadLetters: topic, input } = topicNamesOf(config.kafka)
  const topicByName = new Map(Object.entries(input).map(([part, name]) => [name, part as Topic]))
  return {
    read: (visit) =>
      readDeadLetters({ client, topic, groupPrefix: `${config.kafka.groupId}-letters` }, visit),
    isInput: (name) => topicByName.has(name),
    resend: async (letters) => {
      const { partitioner } = config.kafka
      const writer = await createKafkaEventWriter({ client, topics: input, partitioner, compression: 'gzip' })
      try {
        await writer.write(
          letters.map(({ origin, key, value, headers }) => ({
            topic: topicByName.get(origin.topicName) as Topic,
            key,
            value,
            headers,
          })),
        )
      } finally {
        await writer.close()
      }
    },
    print,
  }
}

/** Redis, asked shard by shard: a survey's shard follows from its customer, whom its id does not tell. */
export const openInspectIo = (config: Config): InspectIo => ({
  readStored: async (key) => {
    const { input } = topicNamesOf(config.kafka)
    const [topic] = await describeTopics(openClient(config), [input['call-queue']])
    const log = createCommandLog(config)
    const generations = await createRedisGenerations(redisOf(config, log))
    const { name } = await generations.live().finally(() => generations.close())
    const store = await openGeneration(config, log, name)
    try {
      for (let shard = 0; shard < (topic?.partitions ?? 0); shard++) {
        const packed = (await store.readSubjects(shard, [key])).get(key)
        if (packed) return packed
      }
      return undefined
    } finally {
      await store.close()
    }
  },
  readFiles: (files) => readNdjson(files, { lineBytesMax: config.limits.recordBytesMax }),
  print,
  complain: (text) => {
    process.stderr.write(`floorwatch: ${text}\n`)
  },
})
