import { Redis } from 'ioredis'
import { afterAll, beforeAll } from 'vitest'
import { describeStateStore } from '../contract/state-store.ts'
import { findFreePort, type RunningServer } from '../support/servers/server-process.ts'
import { startRedis } from '../support/servers.ts'
import { openRedisBench } from './redis-bench.ts'

let redis: RunningServer

/** One node holds every slot: enough for Redis to refuse a script or command whose keys lie in several (R7). */
beforeAll(async () => {
  const port = await findFreePort()
  const announced = {
    'cluster-announce-ip': '127.0.0.1',
    'cluster-announce-port': String(port),
    // By default 10,000 above the other, which may lie beyond the last port.
    'cluster-port': String(await findFreePort()),
  }
  redis = await startRedis({ port, settings: { 'cluster-enabled': 'yes', ...announced } })
  const admin = new Redis(redis.address, { protocol: 2 })
  await admin.cluster('ADDSLOTSRANGE', 0, 16_383)
  while (!(await admin.cluster('INFO')).includes('cluster_state:ok'))
    await new Promise((next) => setTimeout(next, 20))
  admin.disconnect()
})
afterAll(() => redis.stop())

describeStateStore('R7: Redis Cluster', {
  openBench: async ({ chainLength }) =>
    openRedisBench(redis.address.replace('redis:', 'redis-cluster:'), chainLength),
  modelRuns: 10,
})
