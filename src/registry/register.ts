import type {
  SchemaInfo,
  SchemaRegistryClient,
} from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { describeAvro, describeJson } from '../core/event-schemas.ts'
import { describeSnapshotAvro, type SnapshotTopic, snapshotTopics } from '../core/snapshot-avro.ts'
import { type Topic, topics } from '../core/topics.ts'
import { createRegistryClient, describeOutage, type RegistryAddress } from './schema-fetch.ts'

export type SchemaFormat = 'avro' | 'json'

export type SchemasRequest = {
  readonly registry: RegistryAddress
  /** Of the events; snapshots in plain JSON have no schema in the registry, and others are Avro. */
  readonly format: SchemaFormat
  readonly hasSnapshots?: boolean
  /** The topic's name in the log, prefix included. */
  readonly topicNameOf: (topic: SchemaTopic) => string
}

export type SchemaTopic = Topic | SnapshotTopic

/** `id` is the schema's in the registry. `missing`: the subject has no version; `incompatible`: this version may not follow the last. */
export type SchemaCheck = {
  readonly topic: SchemaTopic
  readonly subject: string
} & SubjectState

/** The registry's name for the values of a topic. */
export const subjectOfTopic = (topicName: string): string => `${topicName}-value`

/** Registers the schemas, a subject a topic (`<topic name>-value`). What is registered already stays; incompatible ones are not sent. */
export async function registerSchemas(request: SchemasRequest): Promise<readonly SchemaCheck[]> {
  return forEachTopic(request, async (client, subject, schema) => {
    const check = await checkSubject(client, subject, schema)
    if (check.state === 'registered' || check.state === 'incompatible') return check
    const id = await client.register(subject, schema)
    return { state: 'registered', id }
  })
}

/** What `registerSchemas` would find, without changing anything. */
export async function checkSchemas(request: SchemasRequest): Promise<readonly SchemaCheck[]> {
  return forEachTopic(request, checkSubject)
}

export type SnapshotSubject = {
  readonly registry: RegistryAddress
  readonly topic: SnapshotTopic
  readonly subject: string
}

/** The id that this version's schema has under the subject; undefined: it is not registered there. */
export async function findSnapshotSchema({
  registry,
  topic,
  subject,
}: SnapshotSubject): Promise<number | undefined> {
  const client = createRegistryClient(registry)
  try {
    return await unlessAbsent(client.getId(subject, describeSnapshots(topic)))
  } catch (error) {
    throw describeOutage(error, registry.url, `subject ${subject}`)
  }
}

type SubjectState =
  | { readonly state: 'registered'; readonly id: number }
  | { readonly state: 'missing' | 'compatible' | 'incompatible' }
type VisitSubject = (
  client: SchemaRegistryClient,
  subject: string,
  schema: SchemaInfo,
) => Promise<SubjectState>

async function forEachTopic(request: SchemasRequest, visit: VisitSubject): Promise<readonly SchemaCheck[]> {
  const checks: SchemaCheck[] = []
  for (const topic of topicsOf(request)) {
    const subject = subjectOfTopic(request.topicNameOf(topic))
    const client = createRegistryClient(request.registry)
    try {
      checks.push({
        topic,
        subject,
        ...(await visit(client, subject, describeSchema(topic, request.format))),
      })
    } catch (error) {
      throw describeOutage(error, request.registry.url, `subject ${subject}`)
    }
  }
  return checks
}

function topicsOf({ hasSnapshots = false }: SchemasRequest): readonly SchemaTopic[] {
  return hasSnapshots ? [...topics, ...snapshotTopics] : topics
}

async function checkSubject(
  client: SchemaRegistryClient,
  subject: string,
  schema: SchemaInfo,
): Promise<SubjectState> {
  const id = await unlessAbsent(client.getId(subject, schema))
  if (id !== undefined) return { state: 'registered', id }
  const latest = await unlessAbsent(client.getLatestSchemaMetadata(subject))
  if (latest === undefined) return { state: 'missing' }
  return { state: (await client.testSubjectCompatibility(subject, schema)) ? 'compatible' : 'incompatible' }
}

async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    const { status, errorCode } = error as { status?: number; errorCode?: number }
    if (status === 404 && errorCode !== undefined && errorCode > 0) return undefined
    throw error
  }
}

function describeSchema(topic: SchemaTopic, format: SchemaFormat): SchemaInfo {
  if (topic === 'metrics' || topic === 'intervals') return describeSnapshots(topic)
  return format === 'avro'
    ? { schemaType: 'AVRO', schema: JSON.stringify(describeAvro(topic)) }
    : { schemaType: 'JSON', schema: JSON.stringify(describeJson(topic)) }
}

function describeSnapshots(topic: SnapshotTopic): SchemaInfo {
  return { schemaType: 'AVRO', schema: JSON.stringify(describeSnapshotAvro(topic)) }
}
