import { afterAll, beforeAll } from 'vitest'
import { describeStateStore } from '../contract/state-store.ts'
import { startRedisSlots } from '../support/servers/redis-slots.ts'
import { openRedisBench } from './redis-bench.ts'

let redis: Awaited<ReturnType<typeof startRedisSlots>>

beforeAll(async () => {
  redis = await startRedisSlots()
})
afterAll(() => redis.stop())

describeStateStore('R7: Redis Cluster', {
  openBench: async ({ chainLength }) => openRedisBench(redis.url, chainLength),
  modelRuns: 10,
})
