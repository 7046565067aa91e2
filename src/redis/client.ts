import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { doctorRemedy, type ErrorCode, FloorwatchError } from '../errors.ts'
import { describeUrl, parseAddress, type RedisAddress } from './address.ts'
import { type RedisClient, refuseEvictingPolicy } from './nodes.ts'

/** The part of a pino logger that this room uses: an outage is told once, by whoever meets it in an answer. */
export type RedisLog = { debug(fields: object, message: string): void }

export type RedisConnection = {
  /**
   * `redis://host`, `redis-cluster://host:port,host:port`, or `redis-sentinel://host:port,host:port/master`; each with `rediss`
   * for TLS.
   */
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

/** What to do where no connection comes about. */
export const reachRemedy = 'start Redis, or correct redis.url (address, password, TLS)'

/** Resolves once the connection is ready to serve. */
export const openLink = async (connection: RedisConnection): Promise<RedisLink> => {
  const client = createClient(connection)
  const where = describeUrl(connection.url)
  const lastError = watchErrors(client, connection.logger, where)
  try {
    await connectInTime(client, connection.commandTimeoutMs)
  } catch (error) {
    client.disconnect()
    throw toOutage(lastError() ?? error, { where, remedy: reachRemedy })
  }
  const ask: RedisLink['ask'] = async (question, doubtCode = 'redis-unavailable') => {
    try {
      return await question(client)
    } catch (error) {
      throw toOutage(error, { where, doubtCode, remedy: doctorRemedy })
    }
  }
  const letGo = holdOn(client)
  const close = () => {
    letGo()
    client.disconnect()
  }
  return { client, ask, close }
}

/**
 * ioredis 6.0.0 ends a connection for good when Sentinels say that the master has moved just while it asks them where the
 * master is (SentinelConnector.connect throws, Redis.connect sets `end`). Connects anew until the returned function is called.
 */
const holdOn = (client: RedisClient): (() => void) => {
  let attempt = 0
  let timer: NodeJS.Timeout | undefined
  const connectAnew = () => {
    timer = setTimeout(() => {
      client.connect().catch(() => undefined)
    }, reconnectDelayMs(attempt++))
  }
  client.on('ready', () => {
    attempt = 0
  })
  client.on('end', connectAnew)
  return () => {
    client.off('end', connectAnew)
    clearTimeout(timer)
  }
}

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

type ClientSettings = ReturnType<typeof clientSettings>

const reconnectDelayMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000)

const createClient = ({ url, commandTimeoutMs }: RedisConnection): RedisClient => {
  const settings = clientSettings(commandTimeoutMs)
  const address = parseAddress(url)
  switch (address.kind) {
    case 'server':
      return new Redis(url, { ...settings, enableOfflineQueue: false, retryStrategy: reconnectDelayMs })
    case 'cluster':
      return createCluster(address, settings)
    case 'sentinel':
      return createSentinelled(address, settings)
  }
}

const createCluster = (address: RedisAddress, settings: ClientSettings): Cluster =>
  new Cluster([...address.hosts], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    redisOptions: { ...settings, ...accessOf(address) },
  })

/** Sentinels are asked at each connection, and say when the master has moved: one that comes back is no master any more (R6, R12). */
const createSentinelled = (address: RedisAddress, settings: ClientSettings): Redis =>
  new Redis({
    ...settings,
    ...accessOf(address),
    sentinels: [...address.hosts],
    name: address.masterName ?? '',
    ...(address.isSecure ? { enableTLSForSentinelMode: true } : {}),
    failoverDetector: true,
    sentinelCommandTimeout: settings.commandTimeout,
    sentinelRetryStrategy: reconnectDelayMs,
    enableOfflineQueue: false,
    retryStrategy: reconnectDelayMs,
  })

const accessOf = ({ username, password, isSecure }: RedisAddress) => ({
  ...(username === undefined || password === undefined ? {} : { username, password }),
  ...(isSecure ? { tls: {} } : {}),
})

/** Sentinels that do not answer are asked for ever by ioredis. */
const connectInTime = async (client: RedisClient, timeoutMs: number): Promise<void> => {
  const late = new AbortController()
  const giveUp = async () => {
    await sleep(2 * timeoutMs, undefined, { signal: late.signal })
    throw new Error('no connection in time')
  }
  const connecting = client.connect()
  connecting.catch(() => undefined)
  try {
    await Promise.race([connecting, giveUp()])
  } finally {
    late.abort()
  }
}

const watchErrors = (client: RedisClient, logger: RedisLog, where: string): (() => Error | undefined) => {
  let last: Error | undefined
  client.on('error', (error: Error) => {
    last = error
    logger.debug({ redis: where, reason: error.message }, 'redis connection failed')
  })
  return () => last
}

type OutageWords = {
  readonly where: string
  /** What to do about it. */
  readonly remedy: string
  readonly doubtCode?: ErrorCode
}

/** Errors of ioredis carry the command with all its values, state and passwords among them: only the words go on. */
const toOutage = (
  error: unknown,
  { where, remedy, doubtCode = 'redis-unavailable' }: OutageWords,
): FloorwatchError => {
  if (error instanceof FloorwatchError) return error
  const reason = error instanceof Error ? describeFailure(error) : String(error)
  const code = error instanceof Error && isDefinite(error) ? 'redis-unavailable' : doubtCode
  return new FloorwatchError(code, { what: `Redis at ${where}: ${reason}`, remedy }, new Error(reason))
}

const describeFailure = (error: Error): string => {
  if (error.name === 'MaxRetriesPerRequestError') return 'the connection closed before the reply'
  return wasNeverSent(error) ? 'not connected' : error.message || error.name
}

/** Whether the failed command is known not to have been carried out: Redis refused it, or it was never sent. */
const isDefinite = (error: Error): boolean => error.name === 'ReplyError' || wasNeverSent(error)

const wasNeverSent = (error: Error): boolean => error.message.startsWith("Stream isn't writeable")
