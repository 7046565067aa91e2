import { describeStateStore } from '../contract/state-store.ts'
import { redisUrl } from '../support/servers.ts'
import { openRedisBench } from './redis-bench.ts'

describeStateStore('Redis', {
  openBench: async ({ chainLength }) => openRedisBench(await redisUrl(), chainLength),
  modelRuns: 60,
})
