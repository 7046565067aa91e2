import { Cluster, type Redis } from 'ioredis'
import { FloorwatchError } from '../errors.ts'

export type RedisClient = Redis | Cluster

export const evictingPolicyFix =
  'redis-cli CONFIG SET maxmemory-policy noeviction, and maxmemory-policy noeviction in redis.conf'

/** The state is the only copy: a Redis that may evict it is refused, limit reached or not. */
export const refuseEvictingPolicy = async (client: RedisClient): Promise<void> => {
  for (const node of listNodes(client)) {
    const policy = await readInfo(node, 'memory', 'maxmemory_policy')
    if (policy !== undefined && policy !== 'noeviction') {
      throw new FloorwatchError(
        'redis-policy-refused',
        `Redis has maxmemory-policy ${policy}, which may evict state; set it to noeviction: ${evictingPolicyFix}`,
      )
    }
  }
}

export const listNodes = (client: RedisClient): readonly Redis[] =>
  client instanceof Cluster ? client.nodes('master') : [client]

/** One field of INFO, which managed services allow where they forbid CONFIG; undefined when this server has none. */
export const readInfo = async (node: Redis, section: string, field: string): Promise<string | undefined> => {
  const info = await node.info(section)
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
