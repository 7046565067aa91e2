import { Redis } from 'ioredis'
import { startRedis } from '../servers.ts'
import { findFreePort, type RunningServer } from './server-process.ts'

/** Redis Cluster of one node that holds every slot: enough to refuse a script or command whose keys lie in several (R7). */
export const startRedisSlots = async (): Promise<RunningServer & { readonly url: string }> => {
  const port = await findFreePort()
  const announced = {
    'cluster-announce-ip': '127.0.0.1',
    'cluster-announce-port': String(port),
    // By default 10,000 above the other, which may lie beyond the last port.
    'cluster-port': String(await findFreePort()),
  }
  const redis = await startRedis({ port, settings: { 'cluster-enabled': 'yes', ...announced } })
  const admin = new Redis(redis.address, { protocol: 2 })
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383)
  while (!(await admin.cluster('INFO')).includes('cluster_state:ok'))
    await new Promise((next) => setTimeout(next, 20))
  admin.disconnect()
  return { ...redis, url: redis.address.replace('redis:', 'redis-cluster:') }
}
