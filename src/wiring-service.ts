import { pino } from 'pino'
import type { Config } from './config-schema.ts'
import { FloorwatchError } from './errors.ts'
import { createKafkaClient, type KafkaClient } from './kafka/client.ts'
import { createKafkaDeadLetters } from './kafka/dead-letters.ts'
import { defaultCodecLimits, defaultSourceLimits } from './kafka/limits.ts'
import { createKafkaSnapshotSink } from './kafka/snapshot-sink.ts'
import { createKafkaSource } from './kafka/source.ts'
import type { Log } from './outage-log.ts'
import type { Clock, Meter, SnapshotRecord, SnapshotSink, SnapshotSource } from './ports.ts'
import { checkRedis, readRedisTime } from './redis/check.ts'
import { createRedisViews } from './redis/views.ts'
import { createRegistryDecoder } from './registry/decoder.ts'
import { createService, type Service } from './service.ts'
import { createSteadyClock } from './steady-clock.ts'
import { topicNamesOf } from './topic-names.ts'
import { openSnapshotWriters, registryOf } from './wiring-snapshots.ts'
import { openLiveState, redisOf } from './wiring-state.ts'

const connectionTimeoutMs = 5_000
const requestTimeoutMs = 30_000

/** Keeps what was opened; what was opened later is closed first. */
export type Closer = {
  keep<T extends { close(): Promise<void> }>(opened: T): T
  closeAll(): Promise<void>
}

export const createCloser = (): Closer => {
  const opened: { close(): Promise<void> }[] = []
  return {
    keep: (one) => {
      opened.push(one)
      return one
    },
    closeAll: async () => {
      for (let one = opened.pop(); one; one = opened.pop()) await one.close()
    },
  }
}

export const createLog = ({ log }: Config): Log => pino({ level: log.level, base: null }, pino.destination(2))

export const openKafka = ({ kafka }: Config, log: Log): KafkaClient =>
  createKafkaClient({
    brokers: kafka.brokers,
    clientId: kafka.clientId,
    ...(kafka.ssl ? { ssl: true } : {}),
    ...(kafka.username === undefined || kafka.password === undefined
      ? {}
      : { sasl: { mechanism: 'scram-sha-512', username: kafka.username, password: kafka.password } }),
    connectionTimeoutMs,
    requestTimeoutMs,
    codecLimits: defaultCodecLimits,
    log,
  })

const hostClock = { now: Date.now }

/** Under `events` no clock moves anything. */
const openClock = ({ time }: Config, redis: RedisOptions, log: Log): Clock =>
  time.source === 'events'
    ? hostClock
    : createSteadyClock({
        wallMs: Date.now,
        monotonicMs: () => performance.now(),
        skewMs: time.skewMs,
        askOther: () => readRedisTime(redis),
        log,
      })

export type OpenService = {
  readonly service: Service
  /** The snapshots this process publishes, for a wallboard beside it. */
  readonly snapshots: SnapshotSource
  readonly partitions: number
  close(): Promise<void>
}

/** Connects everything `start` needs, or nothing: on a failure what was opened is closed again. */
export const openService = async (config: Config, ties: ServiceTies): Promise<OpenService> => {
  const closer = createCloser()
  try {
    return await openParts(config, ties, closer)
  } catch (error) {
    await closer.closeAll()
    throw error
  }
}

type ServiceTies = {
  readonly log: Log
  readonly meter: Meter
  /** Keys whose latest snapshot stands on the topic. */
  readonly standing: () => Promise<readonly string[]>
}

const openParts = async (
  config: Config,
  { log, meter, standing }: ServiceTies,
  closer: Closer,
): Promise<OpenService> => {
  const names = topicNamesOf(config.kafka)
  const redis = redisOf(config, log)
  await refuseBadClock(config, redis)
  const avro = await openSnapshotWriters(config)
  const clock = openClock(config, redis, log)
  const client = openKafka(config, log)
  const views = closer.keep(await createRedisViews(redis))
  const source = closer.keep(await createKafkaSource(sourceOptionsOf(config, client)))
  const store = closer.keep(await openLiveState(config, { client, partitions: source.partitions, log }))
  const deadLetters = closer.keep(
    await createKafkaDeadLetters({
      client,
      topic: names.deadLetters,
      valueBytesMax: config.limits.recordBytesMax,
    }),
  )
  const kafkaSink = closer.keep(
    await createKafkaSnapshotSink({
      client,
      metricsTopic: names.metrics,
      intervalsTopic: names.intervals,
      compression: 'gzip',
      avro,
    }),
  )
  const decoder = closer.keep(createRegistryDecoder(decoderOptionsOf(config)))
  const echo = createEcho()
  const sink: SnapshotSink = {
    ...kafkaSink,
    standing,
    publish: async (records, lane) => {
      await settleAll([kafkaSink.publish(records, lane), views.putLatest(records, config.redis.viewTtlMs)])
      echo.pass(records)
    },
  }
  const service = createService(config, { source, store, decoder, deadLetters, sink, clock, meter }, log)
  const close = async () => {
    await service.stop()
    await closer.closeAll()
  }
  return { service, snapshots: echo.source, partitions: source.partitions, close }
}

/** Waits for all of them, then throws what the first failed with. */
const settleAll = async (under: readonly Promise<void>[]): Promise<void> => {
  for (const result of await Promise.allSettled(under)) if (result.status === 'rejected') throw result.reason
}

export const sourceOptionsOf = (config: Config, client: KafkaClient) => {
  const { kafka, limits, time } = config
  const { startFrom } = kafka
  return {
    client,
    groupId: kafka.groupId,
    topics: topicNamesOf(kafka).input,
    startFrom:
      startFrom === 'earliest' || startFrom === 'latest'
        ? (startFrom as 'earliest' | 'latest')
        : { atMs: Date.parse(startFrom) },
    onDataLoss: kafka.onDataLoss,
    limits: {
      ...defaultSourceLimits,
      queueRecordsMax: limits.queueRecordsMax,
      recordBytesMax: limits.recordBytesMax,
      sessionTimeoutMs: kafka.sessionTimeoutMs,
      // The clock carries as-of on.
      ...(time.source === 'clock' ? { endAgeMaxMs: Number.POSITIVE_INFINITY } : {}),
    },
  }
}

export const decoderOptionsOf = (config: Config) => ({
  valueBytesMax: config.limits.recordBytesMax,
  registry: registryOf(config),
})

type RedisOptions = Omit<Parameters<typeof checkRedis>[0], 'clock' | 'skewMs'>

/** A host whose clock is off would judge every date wrongly. */
const refuseBadClock = async ({ time }: Config, redis: RedisOptions): Promise<void> => {
  if (time.source !== 'clock') return
  const rows = await checkRedis({ ...redis, clock: hostClock, skewMs: time.skewMs })
  const bad = rows.find(({ name, ok }) => name === 'redis clock' && !ok)
  if (bad) throw new FloorwatchError('config-invalid', `clock: ${bad.detail}: ${bad.fix}`)
}

/** What was published, for readers in this process. */
const createEcho = () => {
  const latest = new Map<string, SnapshotRecord>()
  const listeners = new Set<(record: SnapshotRecord) => void>()
  const source: SnapshotSource = {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    latest: () => [...latest.values()],
    close: async () => listeners.clear(),
  }
  const pass = (records: readonly SnapshotRecord[]) => {
    for (const record of records) {
      if (record.value === null) latest.delete(record.key)
      else latest.set(record.key, record)
      for (const listen of listeners) listen(record)
    }
  }
  return { source, pass }
}
