import { randomUUID } from 'node:crypto'
import type { StateStore } from '../../src/ports.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import type { StoreBench } from '../contract/store-bench.ts'

/** A state of its own, by its key prefix, in a Redis that other tests may use too. */
export const openRedisBench = (url: string, chainLength: number): StoreBench => {
  const keyPrefix = `test-${randomUUID()}`
  const logger = { debug: () => {} }
  const stores: StateStore[] = []
  return {
    openStore: async () => {
      const store = await createRedisStore({ url, keyPrefix, chainLength, commandTimeoutMs: 10_000, logger })
      stores.push(store)
      return store
    },
    close: async () => {
      await Promise.all(stores.map((store) => store.close()))
    },
  }
}
