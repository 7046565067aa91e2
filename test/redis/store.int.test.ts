import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { StateStore } from '../../src/ports.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import { describeStateStore } from '../contract/state-store.ts'
import { type OwnRedis, startOwnRedis } from './own-redis.ts'

let redis: OwnRedis
beforeAll(async () => {
  redis = await startOwnRedis(['--appendfsync', 'everysec'])
})
afterAll(() => redis.stop())

describeStateStore('Redis', {
  openBench: async ({ chainLength }) => {
    const keyPrefix = `test-${randomUUID()}`
    const stores: StateStore[] = []
    return {
      openStore: async () => {
        const logger = { warn: () => {} }
        const store = await createRedisStore({
          url: redis.url,
          keyPrefix,
          chainLength,
          commandTimeoutMs: 5_000,
          logger,
        })
        stores.push(store)
        return store
      },
      close: async () => {
        await Promise.all(stores.map((store) => store.close()))
      },
    }
  },
  modelRuns: 60,
})
