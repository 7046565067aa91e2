import type { Config } from './config-schema.ts'
import type { SnapshotTopic } from './core/snapshot-avro.ts'
import { FloorwatchError } from './errors.ts'
import type { KafkaClient } from './kafka/client.ts'
import { createKafkaSnapshotSource } from './kafka/snapshot-source.ts'
import type { SnapshotSource } from './ports.ts'
import { subjectOfTopic } from './registry/register.ts'
import type { RegistryAddress } from './registry/schema-fetch.ts'
import { createSnapshotReader } from './registry/snapshot-reader.ts'
import { openSnapshotWriter, type SnapshotWriter } from './registry/snapshot-writer.ts'
import { topicNameOf, topicNamesOf } from './topic-names.ts'

const wallKeysMax = 100_000

/** The schema registry, where one is configured. */
export const registryOf = ({ registry: { url, timeoutMs } }: Config): RegistryAddress | undefined =>
  url === undefined ? undefined : { url, timeoutMs }

/** Throws `config-invalid`, with the variable to set, where there is none. */
export const needRegistry = (config: Config): RegistryAddress => {
  const registry = registryOf(config)
  if (registry === undefined)
    throw new FloorwatchError(
      'config-invalid',
      'registry.url: is not set; write it in the configuration or set FLOORWATCH_REGISTRY_URL',
    )
  return registry
}

export const subjectOf = ({ kafka }: Config, topic: SnapshotTopic): string =>
  subjectOfTopic(topicNameOf(kafka, topic))

/** How both topics of snapshots are written in Avro; undefined: they stay JSON. */
export const openSnapshotWriters = async (
  config: Config,
): Promise<Readonly<Record<SnapshotTopic, SnapshotWriter>> | undefined> => {
  if (config.kafka.snapshotFormat === 'json') return undefined
  const registry = needRegistry(config)
  const open = (topic: SnapshotTopic) =>
    openSnapshotWriter({ registry, topic, subject: subjectOf(config, topic) })
  return { metrics: await open('metrics'), intervals: await open('intervals') }
}

type WallTies = {
  readonly client: KafkaClient
  readonly onUnreadable: (detail: string) => void
  readonly onFatal: (error: Error) => void
}

/** What anyone has published, in whatever format, for a wall. */
export const openWallSource = (config: Config, ties: WallTies): Promise<SnapshotSource> =>
  createKafkaSnapshotSource({
    ...ties,
    read: createSnapshotReader({ registry: registryOf(config) }),
    metricsTopic: topicNamesOf(config.kafka).metrics,
    groupPrefix: `${config.kafka.groupId}-wall`,
    keysMax: wallKeysMax,
  })
