import type { Config } from './config-schema.ts'
import { type FollowingStore, openFollowingStore } from './following-store.ts'
import { countingRules } from './generation-fit.ts'
import type { KafkaClient } from './kafka/client.ts'
import { readCommittedShards } from './kafka/committed-shards.ts'
import type { Log } from './outage-log.ts'
import type { GenerationName, StateStore } from './ports.ts'
import { createRedisGenerations } from './redis/generations.ts'
import { statePrefix } from './redis/keys.ts'
import { createRedisStore } from './redis/store.ts'
import { identityOf } from './service.ts'
import { topicNamesOf } from './topic-names.ts'

/** Commits a publisher of another process may be behind before it reads everything anew. */
const chainLength = 256

export const redisOf = ({ redis }: Config, log: Log) => ({
  url: redis.url,
  keyPrefix: redis.keyPrefix,
  commandTimeoutMs: redis.commandTimeoutMs,
  logger: log,
})

/** One counting of the state, live or not. */
export const openGeneration = (config: Config, log: Log, name: GenerationName): Promise<StateStore> =>
  createRedisStore({
    ...redisOf(config, log),
    keyPrefix: statePrefix(config.redis.keyPrefix, name),
    chainLength,
  })

export type LiveStateTies = { readonly client: KafkaClient; readonly partitions: number; readonly log: Log }

/** The state that the service writes, whichever is live. */
export const openLiveState = async (
  config: Config,
  { client, partitions, log }: LiveStateTies,
): Promise<FollowingStore> => {
  const generations = await createRedisGenerations(redisOf(config, log))
  try {
    const { groupId, onDataLoss } = config.kafka
    const topicNames = Object.values(topicNamesOf(config.kafka).input)
    const store = await openFollowingStore({
      generations,
      open: (name) => openGeneration(config, log, name),
      identity: identityOf(config, partitions),
      rules: countingRules(config),
      readShards: async () =>
        onDataLoss === 'continue' ? new Set() : readCommittedShards({ client, groupId, topicNames }),
    })
    return {
      ...store,
      close: async () => {
        await store.close()
        await generations.close()
      },
    }
  } catch (error) {
    await generations.close()
    throw error
  }
}
