import { inject } from 'vitest'
import { type ServerKind, startOwnKafka, startOwnRedis } from './servers/ladder.ts'
import type { RedisOptions } from './servers/redis-server.ts'
import type { RunningServer } from './servers/server-process.ts'

/**
 * Real servers for `*.int.test.ts` and `*.fault.test.ts`, shared by all tests of a run: each test makes topics, keys and
 * subjects of its own. They start when first asked for; without any way to have one, asking rejects and says what to provide.
 */
const addresses = new Map<ServerKind, Promise<string>>()

/** `host:port` of the brokers. Topics are never created by themselves; records of any age are kept. */
export async function kafkaBrokers(): Promise<string[]> {
  return (await askAddress('kafka')).split(',')
}

/** A Redis that evicts nothing. */
export async function redisUrl(): Promise<string> {
  return askAddress('redis')
}

/** Base URL of a registry that speaks the Confluent registry's protocol. */
export async function registryUrl(): Promise<string> {
  return askAddress('registry')
}

export { findChromium as chromiumPath } from './servers/chromium.ts'

/** A Redis of the test's own, with settings as in redis.conf (`{'maxmemory-policy': 'allkeys-lru'}`); the test stops it. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningServer> {
  return startOwnRedis(options)
}

/** A Kafka of the test's own; the test stops it. */
export async function startKafka(): Promise<RunningServer> {
  return startOwnKafka()
}

async function askAddress(kind: ServerKind): Promise<string> {
  const known = addresses.get(kind)
  if (known !== undefined) return known
  const asked = fetchAddress(kind)
  addresses.set(kind, asked)
  return asked
}

async function fetchAddress(kind: ServerKind): Promise<string> {
  const response = await fetch(`${inject('serversUrl')}/${kind}`)
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}
