import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { FloorwatchError } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { describeUrl } from './address.ts'
import { openLink, type RedisConnection, reachRemedy } from './client.ts'
import { evictingPolicyFix, listNodes, type RedisClient, readInfo } from './nodes.ts'

/** One line of `floorwatch doctor`. `fix` says what to do when it is not ok, else null. */
export type RedisCheck = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly fix: string | null
}

export type RedisCheckOptions = RedisConnection & {
  readonly keyPrefix: string
  readonly clock: Clock
  /** How far this host's clock and Redis's may lie apart. */
  readonly skewMs: number
}

/** Connects, tries what the store needs, and ends the connection again. An outage is a row, not an error. */
export const checkRedis = async (options: RedisCheckOptions): Promise<readonly RedisCheck[]> => {
  const name = 'redis connection'
  const where = describeUrl(options.url)
  try {
    const link = await openLink(options)
    try {
      const rows = await link.ask((client) => checkConnected(client, options))
      return [{ name, ok: true, detail: where, fix: null }, ...rows]
    } finally {
      link.close()
    }
  } catch (error) {
    if (!(error instanceof FloorwatchError)) throw error
    const fix = reachRemedy
    return [{ name, ok: false, detail: error.what, fix }]
  }
}

/** Redis's clock, epoch ms. An outage throws `redis-unavailable`. */
export const readRedisTime = async (connection: RedisConnection): Promise<number> => {
  const link = await openLink(connection)
  try {
    return await link.ask(readTime)
  } finally {
    link.close()
  }
}

const readTime = async (client: RedisClient): Promise<number> => {
  const [seconds, microseconds] = await client.time()
  return Number(seconds) * 1000 + Number(microseconds) / 1000
}

const checkConnected = async (
  client: RedisClient,
  options: RedisCheckOptions,
): Promise<readonly RedisCheck[]> => {
  const nodeRows = await Promise.all(listNodes(client).map(checkNode))
  return [
    ...nodeRows.flat(),
    await checkClock(client, options),
    await checkWriting(client, options.keyPrefix),
  ]
}

const checkNode = async (node: Redis): Promise<readonly RedisCheck[]> => {
  const version = await readInfo(node, 'server', 'redis_version')
  const role = await readInfo(node, 'replication', 'role')
  const policy = await readInfo(node, 'memory', 'maxmemory_policy')
  const aof = await readInfo(node, 'persistence', 'aof_enabled')
  return [
    judge(isVersionServed(version), {
      name: 'redis version',
      detail: version,
      fix: 'use Redis 6.2 or later',
    }),
    judge(role === 'master', {
      name: 'redis role',
      detail: role,
      fix: 'point redis.url at the primary, not at a replica',
    }),
    judge(policy === 'noeviction', {
      name: 'redis maxmemory-policy',
      detail: policy,
      fix: evictingPolicyFix,
    }),
    judge(aof === '1', {
      name: 'redis persistence',
      detail: aof === '1' ? 'appendonly yes' : 'appendonly no: a restart of Redis loses the state',
      fix: 'redis-cli CONFIG SET appendonly yes, and appendonly yes in redis.conf',
    }),
  ]
}

type Finding = { readonly name: string; readonly detail: string | undefined; readonly fix: string }

const judge = (ok: boolean, { name, detail = 'not told by this server', fix }: Finding): RedisCheck => ({
  name,
  ok,
  detail,
  fix: ok ? null : fix,
})

const isVersionServed = (version = ''): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 6 || (major === 6 && minor >= 2)
}

const checkClock = async (client: RedisClient, { clock, skewMs }: RedisCheckOptions): Promise<RedisCheck> => {
  const aheadMs = Math.round((await readTime(client)) - clock.now())
  const fix = 'set both clocks by NTP: time.source clock relies on them'
  const detail = `${aheadMs} ms ahead of this host's`
  return judge(Math.abs(aheadMs) <= skewMs, { name: 'redis clock', detail, fix })
}

/** A script that packs, writes and deletes, since that is all a commit does. */
const checkWriting = async (client: RedisClient, keyPrefix: string): Promise<RedisCheck> => {
  const key = `${keyPrefix}:doctor:${randomBytes(8).toString('hex')}`
  const source =
    "redis.call('SET', KEYS[1], cmsgpack.pack({ARGV[1]}), 'PX', 1000) return redis.call('DEL', KEYS[1])"
  const name = 'redis scripts'
  const fix = `allow EVAL, EVALSHA and the keys ${keyPrefix}:* for this user (ACL)`
  try {
    await client.eval(source, 1, key, 'x')
    return judge(true, { name, detail: 'may write', fix })
  } catch (error) {
    return judge(false, { name, detail: error instanceof Error ? error.message : String(error), fix })
  }
}
