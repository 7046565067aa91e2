// The package's main file loads the clients of three clouds, 1.2 s of start-up; this file of it loads only the registry's.
import {
  type Reference,
  type SchemaInfo,
  SchemaRegistryClient,
} from '@confluentinc/schemaregistry/dist/schemaregistry-client.js'
import { FloorwatchError } from '../errors.ts'

export type RegistryAddress = {
  /** One URL; user and password in it are sent as basic authentication. */
  readonly url: string
  /** Longest wait for one answer. */
  readonly timeoutMs: number
}

export type FetchedSchema = { readonly info: SchemaInfo; readonly references: readonly SchemaInfo[] }

const retriesMax = 1
const retryWaitMs = 100
const schemaBytesMax = 1_000_000
const referencesMax = 32

/**
 * A client without shared state: made anew for each fetch, because one client answers one question at a time (S4), sets its
 * URL on shared ground (S9) and caches by rules of its own (S6).
 */
export function createRegistryClient({ url, timeoutMs }: RegistryAddress): SchemaRegistryClient {
  const { base, userInfo } = splitCredentials(url)
  return new SchemaRegistryClient({
    baseURLs: [base],
    createAxiosDefaults: {
      timeout: timeoutMs,
      // `timeout` is about a silent socket; the signal ends an answer that trickles.
      signal: AbortSignal.timeout((retriesMax + 1) * (timeoutMs + retryWaitMs)),
      maxContentLength: schemaBytesMax,
    },
    maxRetries: retriesMax,
    retriesWaitMs: retryWaitMs,
    retriesMaxWaitMs: retryWaitMs,
    ...(userInfo === undefined ? {} : { basicAuthCredentials: { credentialsSource: 'USER_INFO', userInfo } }),
  })
}

/** The schema of an id with what it refers to, those first that others refer to; `undefined` when the registry has no such id. */
export async function fetchSchema(address: RegistryAddress, id: number): Promise<FetchedSchema | undefined> {
  const client = createRegistryClient(address)
  try {
    const info = await client.getBySubjectAndId('', id)
    // A proxy's page instead of an answer must not pass for a schema that cannot be read.
    if (typeof info?.schema !== 'string')
      throw Object.assign(new Error(), { code: 'no schema in the answer' })
    const references = new Map<string, SchemaInfo>()
    await collectReferences(client, info.references ?? [], references)
    return { info, references: [...references.values()] }
  } catch (error) {
    if (isUnknown(error)) return undefined
    throw describeOutage(error, address.url, `schema ${id}`)
  }
}

/** An error of the client as an outage, without the request inside, which carries the credentials (S10). */
export function describeOutage(error: unknown, url: string, wanted: string): FloorwatchError {
  const { status, code, isAxiosError } = error as ClientError
  // The client's errors all carry one of these; what does not is a bug.
  if (status === undefined && code === undefined && isAxiosError !== true) throw error
  const why = status === undefined ? (code ?? 'no answer') : `HTTP ${status}`
  const isRefused = status === 401 || status === 403
  const what = `the schema registry at ${splitCredentials(url).base} did not answer for ${wanted} (${why})`
  const remedy = isRefused
    ? 'check the user and password in registry.url'
    : 'check that it runs and that registry.url is right'
  return new FloorwatchError('registry-unavailable', { what, remedy })
}

type ClientError = {
  readonly status?: number
  readonly code?: string
  readonly errorCode?: number
  readonly isAxiosError?: boolean
}

async function collectReferences(
  client: SchemaRegistryClient,
  references: readonly Reference[],
  collected: Map<string, SchemaInfo>,
): Promise<void> {
  for (const { name, subject, version } of references) {
    if (collected.has(name) || collected.size >= referencesMax) continue
    const info = await client.getSchemaMetadata(subject, version)
    await collectReferences(client, info.references ?? [], collected)
    collected.set(name, info)
  }
}

/** A plain 404 without the registry's own code is a wrong URL or a proxy, no word about the id. */
function isUnknown(error: unknown): boolean {
  const { status, errorCode } = error as ClientError
  return (status === 404 || status === 422) && errorCode !== undefined && errorCode > 0
}

function splitCredentials(url: string): { readonly base: string; readonly userInfo?: string } {
  const parsed = new URL(url)
  const { username, password } = parsed
  parsed.username = ''
  parsed.password = ''
  const base = parsed.href.replace(/\/+$/, '')
  if (username === '') return { base }
  return { base, userInfo: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }
}
