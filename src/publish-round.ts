import { type Retry, retryAfter } from './backoff.ts'
import { type LoopTime, publishedStateOf } from './common-time.ts'
import { isRetriable } from './errors.ts'
import type { OutageLog } from './outage-log.ts'
import type { Clock } from './ports.ts'
import type { Publisher } from './publisher.ts'
import type { ShardSet } from './shard-set.ts'

export type PublishRoundOptions = {
  readonly shards: ShardSet
  readonly publisher: Publisher
  readonly outages: OutageLog
  readonly clock: Clock
}

/** Publishes what stands after a round; after a failure not before a while has passed. */
export const createPublishRound = (options: PublishRoundOptions): ((at: LoopTime) => Promise<void>) => {
  const { shards, publisher, outages, clock } = options
  let retry: Retry = { atMs: Number.NEGATIVE_INFINITY, attempt: 0 }
  let sendCount = 0
  return async (at) => {
    const published = at.nowMs < retry.atMs ? undefined : publishedStateOf(shards, at)
    if (!published) return
    const sentBefore = sendCount
    try {
      const marks = await publisher.publish(published)
      shards.changed.clear()
      for (const [shard, noted] of marks) shards.writers.get(shard)?.noteMarks(noted)
      if (publisher.sendCount() > sentBefore) {
        retry = { atMs: at.nowMs, attempt: 0 }
        outages.end('publishing')
      }
    } catch (error) {
      if (!isRetriable(error)) throw error
      retry = retryAfter(clock, outages.current().includes('publishing') ? retry : undefined)
      outages.begin('publishing', error)
    } finally {
      sendCount = publisher.sendCount()
    }
  }
}
