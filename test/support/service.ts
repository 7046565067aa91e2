import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { configSchema } from '../../src/config-schema.ts'
import { type Event, kafkaKeyOf, topicOfType } from '../../src/core/events.ts'
import type { Topic } from '../../src/core/topics.ts'
import type { KafkaClient } from '../../src/kafka/client.ts'
import type { SnapshotRecord } from '../../src/ports.ts'
import { createRedisViews } from '../../src/redis/views.ts'
import { topicNamesOf } from '../../src/topic-names.ts'
import { kafkaBrokers, redisUrl } from './servers.ts'
import { openServiceTopics } from './service-topics.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export type ServiceBench = {
  readonly configFile: string
  readonly client: KafkaClient
  readonly names: ReturnType<typeof topicNamesOf>
  readonly redis: { readonly url: string; readonly keyPrefix: string }
  /** Appends events, in the order given, each to its topic, with its time as the record's, or with the one given. */
  feed(events: readonly Event[], recordedAtMs?: number): Promise<void>
  /** Starts a process of the service, as a user would, with these variables besides. */
  start(environment?: Readonly<Record<string, string>>): ServiceProcess
  /** What all processes have printed, those that ended too. */
  output(): string
  /** The latest snapshots as they stand in Redis, by key, heartbeats left out. */
  snapshots(): Promise<ReadonlyMap<string, Snapshot>>
  /** Waits until the check holds of the snapshots; fails with what is to be said of the last ones seen. */
  until(
    isReached: (snapshots: ReadonlyMap<string, Snapshot>) => boolean,
    timeoutMs: number,
    explain?: (snapshots: ReadonlyMap<string, Snapshot>) => string,
  ): Promise<ReadonlyMap<string, Snapshot>>
  close(): Promise<void>
}

export type Snapshot = {
  readonly asOf: string
  readonly metrics: Readonly<Record<string, unknown>>
} & Readonly<Record<string, unknown>>

export type ServiceProcess = {
  readonly pid: number
  readonly output: () => string
  readonly isRunning: () => boolean
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
  /** Without waiting for what it does: SIGSTOP, SIGCONT. */
  send(signal: NodeJS.Signals): void
  /** Sends a signal that ends it, and waits until it has. */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** Servers of the test's own, in place of the shared ones. */
export type BenchServers = {
  readonly brokers?: readonly string[]
  readonly replicationFactor?: number
  /** The one the bench itself reads; the service may be given another way to it in `settings.redis.url`. */
  readonly redisUrl?: string
  /** Of what the bench writes; gzip by default. */
  readonly compression?: 'gzip' | 'none'
}

/** Topics, keys and a configuration of the test's own. */
export const openServiceBench = async (
  settings: Readonly<Record<string, object>>,
  partitions = 4,
  servers: BenchServers = {},
): Promise<ServiceBench> => {
  const id = randomUUID().slice(0, 8)
  const brokers = [...(servers.brokers ?? (await kafkaBrokers()))]
  const redis = { url: servers.redisUrl ?? (await redisUrl()), keyPrefix: `fw-${id}` }
  const raw = {
    ...settings,
    kafka: {
      brokers,
      groupId: `fw-${id}`,
      topicPrefix: `t${id}.`,
      sessionTimeoutMs: 6_000,
      ...settings.kafka,
    },
    redis: { ...redis, ...settings.redis },
    http: { port: 0 },
    log: { level: 'warn', ...settings.log },
  }
  const config = configSchema.parse(raw)
  const configFile = join(mkdtempSync(join(tmpdir(), 'floorwatch-')), 'floorwatch.yaml')
  writeFileSync(configFile, stringify(raw))
  const names = topicNamesOf(config.kafka)
  const { client, writer } = await openServiceTopics({
    brokers,
    clientId: 'test',
    names,
    partitions,
    replicationFactor: servers.replicationFactor ?? 1,
    compression: servers.compression ?? 'gzip',
  })
  const views = await createRedisViews({ ...redis, commandTimeoutMs: 5_000, logger: silent })
  const processes = new Set<ChildProcess>()
  const outputs: (() => string)[] = []
  const snapshots = async () => parseSnapshots(await views.readLatest())
  return {
    configFile,
    client,
    names,
    redis,
    snapshots,
    feed: async (events, recordedAtMs) => {
      for (let start = 0; start < events.length; start += feedBatch)
        await writer.write(
          events.slice(start, start + feedBatch).map((event) => toRecord(event, recordedAtMs)),
        )
    },
    output: () => outputs.map((output) => output()).join('\n'),
    start: (environment = {}) => {
      const started = startProcess({ configFile, environment, processes })
      outputs.push(started.output)
      return started
    },
    until: async (isReached, timeoutMs, explain = describe) => {
      const endMs = Date.now() + timeoutMs
      for (;;) {
        const seen = await snapshots()
        if (isReached(seen)) return seen
        if (Date.now() > endMs)
          throw new Error(
            `not reached in ${timeoutMs} ms: ${explain(seen)}\n${outputs.map((output) => output()).join('\n')}`,
          )
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    },
    close: async () => {
      for (const child of processes) child.kill('SIGKILL')
      await writer.close()
      await views.close()
    },
  }
}

const feedBatch = 2_000

const describe = (seen: ReadonlyMap<string, Snapshot>): string =>
  [...seen]
    .map(([key, { asOf }]) => `${key} as of ${asOf}`)
    .slice(0, 12)
    .join(', ') || 'no snapshot'

export const toRecord = (event: Event, recordedAtMs = event.occurredAt) => ({
  topic: topicOfType(event.type) as Topic,
  key: kafkaKeyOf(event),
  value: JSON.stringify(event),
  timestampMs: recordedAtMs,
})

const parseSnapshots = (records: readonly SnapshotRecord[]): ReadonlyMap<string, Snapshot> =>
  new Map(
    records.flatMap(({ key, value }): [string, Snapshot][] =>
      value === null || key.startsWith('~') ? [] : [[key, JSON.parse(value)]],
    ),
  )

type Starting = {
  readonly configFile: string
  readonly environment: Readonly<Record<string, string>>
  readonly processes: Set<ChildProcess>
}

const startProcess = ({ configFile, environment, processes }: Starting): ServiceProcess => {
  const child = spawn(process.execPath, ['src/cli.ts', '--config', configFile, 'start'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  processes.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = once(child, 'exit').then(() => {
    processes.delete(child)
    return child.exitCode
  })
  return {
    pid: child.pid ?? 0,
    output: () => output,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended,
    send: (signal) => void child.kill(signal),
    kill: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}
