import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { stringify } from 'yaml'
import { type Config, configSchema } from '../src/config-schema.ts'
import { decodeHead } from '../src/core/shard-codec.ts'
import type { KafkaClient } from '../src/kafka/client.ts'
import type { TopicNames } from '../src/kafka/topics.ts'
import { latestKey, shardKeys } from '../src/redis/keys.ts'
import { topicNamesOf } from '../src/topic-names.ts'
import { openServiceTopics } from '../test/support/service-topics.ts'
import type { BenchServers } from './servers.ts'
import type { BenchRecord } from './streams.ts'

export type Settings = Readonly<Record<string, object>>

/** Topics of the bench's own with records in them: read by several groups, one after another. */
export type Log = {
  readonly client: KafkaClient
  readonly brokers: readonly string[]
  readonly topicPrefix: string
  readonly names: TopicNames
  readonly partitions: number
  write(records: readonly BenchRecord<string | Uint8Array>[]): Promise<void>
  /** The latest event time written. */
  readonly lastAtMs: () => number
  close(): Promise<void>
}

const partitions = 4
const recordsPerWrite = 5_000

export const openLog = async (servers: BenchServers): Promise<Log> => {
  const brokers = await servers.brokers()
  const topicPrefix = `b${randomUUID().slice(0, 8)}.`
  const names = topicNamesOf(configSchema.parse({ kafka: { topicPrefix } }).kafka)
  const { client, writer } = await openServiceTopics({
    brokers,
    clientId: 'bench',
    names,
    partitions,
    replicationFactor: 1,
    compression: 'none',
  })
  let lastAtMs = Number.NEGATIVE_INFINITY
  return {
    lastAtMs: () => lastAtMs,
    client,
    brokers,
    topicPrefix,
    names,
    partitions,
    write: async (records) => {
      for (const { atMs } of records) lastAtMs = Math.max(lastAtMs, atMs)
      for (let start = 0; start < records.length; start += recordsPerWrite)
        await writer.write(
          records
            .slice(start, start + recordsPerWrite)
            .map((record) => ({ ...record, timestampMs: record.atMs })),
        )
    },
    close: writer.close,
  }
}

/** What has been committed and published under one key prefix. */
export type Progress = {
  readonly records: number
  readonly deadLetters: number
  readonly asOfMs: number
  /** Closed windows are out up to here. */
  readonly closedMs: number
}

/** An installation of Floorwatch on a log: a group, a key prefix, a configuration. */
export type Rig = {
  readonly configFile: string
  readonly groupId: string
  readonly keyPrefix: string
  readonly redisUrl: string
  readonly redis: Redis
  readonly log: Log
  progress(): Promise<Progress>
  /** The latest snapshot of a key as it stands in Redis. */
  latest(key: string): Promise<Snapshot | undefined>
  close(): Promise<void>
}

export type Snapshot = {
  readonly asOf: string
  readonly emittedAt: string
  readonly partial: boolean
  readonly metrics: Readonly<Record<string, { readonly value: number | null; readonly n?: number }>>
}

export const openRig = async (log: Log, servers: BenchServers, settings: Settings = {}): Promise<Rig> => {
  const id = randomUUID().slice(0, 8)
  const redisUrl = await servers.redisUrl()
  const raw = {
    ...settings,
    kafka: { brokers: log.brokers, groupId: `g${id}`, topicPrefix: log.topicPrefix, ...settings.kafka },
    redis: { url: redisUrl, keyPrefix: `b${id}` },
    http: { port: 0 },
    log: { level: 'warn' },
  }
  const { kafka, redis }: Config = configSchema.parse(raw)
  const configFile = join(mkdtempSync(join(tmpdir(), 'floorwatch-bench-')), 'floorwatch.yaml')
  writeFileSync(configFile, stringify(raw))
  const client = new Redis(redisUrl)
  const { keyPrefix } = redis
  return {
    configFile,
    groupId: kafka.groupId,
    keyPrefix,
    redisUrl,
    redis: client,
    log,
    progress: () => readProgress(client, keyPrefix),
    latest: async (key) => {
      const value = await client.hget(`${latestKey(keyPrefix)}:${key}`, 'value')
      return value === null ? undefined : (JSON.parse(value) as Snapshot)
    },
    close: async () => {
      await dropKeys(client, keyPrefix)
      client.disconnect()
    },
  }
}

const readProgress = async (redis: Redis, keyPrefix: string): Promise<Progress> => {
  let records = 0
  let deadLetters = 0
  let asOfMs = Number.POSITIVE_INFINITY
  let closedMs = Number.POSITIVE_INFINITY
  for (let shard = 0; shard < partitions; shard++) {
    const bytes = await redis.hgetBuffer(shardKeys(keyPrefix, shard).head, 'head')
    if (bytes === null) {
      asOfMs = 0
      closedMs = 0
      continue
    }
    const head = decodeHead(bytes)
    records += head.counters.records ?? 0
    for (const [name, count] of Object.entries(head.counters))
      if (name.startsWith('dead')) deadLetters += count
    asOfMs = Math.min(asOfMs, head.asOfMs)
    closedMs = Math.min(closedMs, head.closedMs ?? 0)
  }
  return { records, deadLetters, asOfMs, closedMs }
}

/** The next run begins with a Redis as empty as this one did. */
const dropKeys = async (redis: Redis, keyPrefix: string): Promise<void> => {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${keyPrefix}:*`, 'COUNT', 5_000)
    if (keys.length > 0) await redis.unlink(...keys)
    cursor = next
  } while (cursor !== '0')
}

/** CPU of Redis so far, in ms. */
export const readRedisCpuMs = async (redis: Redis): Promise<number> => {
  const info = await redis.info('cpu')
  const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  return (field('used_cpu_sys') + field('used_cpu_user')) * 1_000
}
