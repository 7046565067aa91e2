import type {
  SchemaInfo,
  SchemaRegistryClient,
} from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { describeAvro, describeJson } from '../core/event-schemas.ts'
import { type Topic, topics } from '../core/topics.ts'
import { createRegistryClient, describeOutage, type RegistryAddress } from './schema-fetch.ts'

export type SchemaFormat = 'avro' | 'json'

export type SchemasRequest = {
  readonly registry: RegistryAddress
  readonly format: SchemaFormat
  /** The topic's name in the log, prefix included. */
  readonly topicNameOf: (topic: Topic) => string
}

/** `id` is the schema's in the registry. `missing`: the subject has no version; `incompatible`: this version may not follow the last. */
export type SchemaCheck = {
  readonly topic: Topic
  readonly subject: string
} & (
  | { readonly state: 'registered'; readonly id: number }
  | { readonly state: 'missing' | 'compatible' | 'incompatible' }
)

/** Registers the events' schemas, a subject a topic (`<topic name>-value`). What is registered already stays; incompatible ones are not sent. */
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
  for (const topic of topics) {
    const subject = `${request.topicNameOf(topic)}-value`
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

function describeSchema(topic: Topic, format: SchemaFormat): SchemaInfo {
  return format === 'avro'
    ? { schemaType: 'AVRO', schema: JSON.stringify(describeAvro(topic)) }
    : { schemaType: 'JSON', schema: JSON.stringify(describeJson(topic)) }
}
