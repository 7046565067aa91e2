import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { type ErrorCode, FloorwatchError } from '../errors.ts'
import { type RedisClient, refuseEvictingPolicy } from './nodes.ts'

/** The part of a pino logger that this room uses. */
export type RedisLog = { warn(fields: object, message: string): void }

export type RedisConnection = {
  /** `redis://`, `rediss://`, or `redis-cluster://host:port,host:port` (`rediss-cluster://` with TLS). */
  readonly url: string
  /** Longest wait for a connection and for any reply; a reply that is later counts as lost. */
  readonly commandTimeoutMs: number
  readonly logger: RedisLog
}

/** One connection whose failures arrive as `FloorwatchError`. */
export type RedisLink = {
  readonly client: RedisClient
  /** `doubtCode` is what a lost reply is called; an answer of Redis's own that is an error is `redis-unavailable` always. */
  ask<T>(question: (client: RedisClient) => Promise<T>, doubtCode?: ErrorCode): Promise<T>
  /** Ends at once; unanswered questions fail. Safe to call twice. */
  close(): void
}

/** Resolves once the connection is ready to serve and Redis is known not to evict state. */
export const connectRedis = async (connection: RedisConnection): Promise<RedisLink> => {
  const link = await openLink(connection)
  try {
    await link.ask(refuseEvictingPolicy)
  } catch (error) {
    link.close()
    throw error
  }
  return link
}

/** Resolves once the connection is ready to serve. */
export const openLink = async (connection: RedisConnection): Promise<RedisLink> => {
  const client = createClient(connection)
  const where = describeUrl(connection.url)
  const lastError = watchErrors(client, connection.logger, where)
  try {
    await client.connect()
  } catch (error) {
    client.disconnect()
    throw toOutage(lastError() ?? error, where, 'redis-unavailable')
  }
  const ask: RedisLink['ask'] = async (question, doubtCode = 'redis-unavailable') => {
    try {
      return await question(client)
    } catch (error) {
      throw toOutage(error, where, doubtCode)
    }
  }
  return { client, ask, close: () => client.disconnect() }
}

/** Host and port only: credentials in the URL stay out of messages and logs. */
export const describeUrl = (url: string): string =>
  url
    .replace(/^[a-z-]+:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[/?].*$/, '')

/**
 * Nothing is queued while disconnected and nothing is sent twice (hazards R1, R4, R5). Zero retries make ioredis fail what
 * is in flight when the connection closes; with one or more, and resending off, 6.0.0 never settles it (R2).
 */
const clientSettings = (commandTimeoutMs: number) =>
  ({
    protocol: 2,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: false,
    keepAlive: 10_000,
    lazyConnect: true,
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  }) satisfies RedisOptions

const reconnectDelayMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000)

const createClient = ({ url, commandTimeoutMs }: RedisConnection): RedisClient => {
  const settings = clientSettings(commandTimeoutMs)
  const cluster = /^redis(s?)-cluster:\/\/(?:(.*)@)?([^/?]+)/.exec(url)
  if (cluster === null) {
    return new Redis(url, { ...settings, enableOfflineQueue: false, retryStrategy: reconnectDelayMs })
  }
  const [, secure, credentials, hosts = ''] = cluster
  const [username = '', password = ''] = (credentials ?? '').split(':').map(decodeURIComponent)
  return new Cluster(
    hosts.split(',').map((host) => `redis://${host}`),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: reconnectDelayMs,
      redisOptions: {
        ...settings,
        ...(password === '' ? {} : { username: username || 'default', password }),
        ...(secure === 's' ? { tls: {} } : {}),
      },
    },
  )
}

const watchErrors = (client: RedisClient, logger: RedisLog, where: string): (() => Error | undefined) => {
  let last: Error | undefined
  client.on('error', (error: Error) => {
    last = error
    logger.warn({ redis: where, reason: error.message }, 'redis connection failed')
  })
  return () => last
}

/** Errors of ioredis carry the command with all its values, state and passwords among them: only the words go on. */
const toOutage = (error: unknown, where: string, doubtCode: ErrorCode): FloorwatchError => {
  if (error instanceof FloorwatchError) return error
  const reason = error instanceof Error ? describeFailure(error) : String(error)
  const code = error instanceof Error && isDefinite(error) ? 'redis-unavailable' : doubtCode
  return new FloorwatchError(code, `Redis at ${where}: ${reason}`, new Error(reason))
}

const describeFailure = (error: Error): string => {
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection closed before the reply'
  return wasNeverSent(error) ? 'not connected' : error.message || error.name
}

/** Whether the failed command is known not to have been carried out: Redis refused it, or it was never sent. */
const isDefinite = (error: Error): boolean => error.name === 'ReplyError' || wasNeverSent(error)

const wasNeverSent = (error: Error): boolean => error.message.startsWith("Stream isn't writeable")
