import { afterEach, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import type { Topic } from '../../src/core/topics.ts'
import { defaultSourceLimits } from '../../src/kafka/limits.ts'
import { createKafkaSource } from '../../src/kafka/source.ts'
import { createMemoryDeadLetters } from '../../src/memory/dead-letters.ts'
import { createMemorySnapshots } from '../../src/memory/snapshots.ts'
import type { EventSource } from '../../src/ports.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { createService } from '../../src/service.ts'
import { simulateEvents } from '../support/load.ts'
import { isReplayed, replayTotals, totalsSettings } from '../support/replayed.ts'
import { openServiceBench, type ServiceBench } from '../support/service.ts'

const sets = [[], ['queueId']]
const queueRecordsMax = 500
const fetchPartitionBytesMax = 32 * 1024
/** As many records lie together in the log, and more than a fetch brings besides. */
const fedTogether = 200
const clock = { now: Date.now }
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

let bench: ServiceBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const slowRecordsPerSecond = 1_000

/** Hands out what is slow as a broker would that sends a tenth of what the others send. */
const slowDown = (source: EventSource, isSlow: (shard: number, topic: Topic) => boolean): EventSource => {
  const startedMs = Date.now()
  let taken = 0
  return {
    ...source,
    take: (shard, topic) => {
      if (!isSlow(shard, topic)) return source.take(shard, topic)
      if (taken >= ((Date.now() - startedMs) / 1_000) * slowRecordsPerSecond) return undefined
      const record = source.take(shard, topic)
      if (record) taken++
      return record
    },
  }
}

/** Notes the most records that wait in any queue. */
const measureQueues = (source: EventSource) => {
  let longest = 0
  const measured: EventSource = {
    ...source,
    lag: (shard) => {
      const lags = source.lag(shard)
      longest = Math.max(longest, ...lags.map(({ queuedCount }) => queuedCount))
      return lags
    },
  }
  return { measured, longest: () => longest }
}

const slownesses = {
  'one partition': (shard: number) => shard === 1,
  'one topic': (_: number, topic: Topic) => topic === 'message',
}

for (const [what, isSlow] of Object.entries(slownesses))
  it(`${what} ten times slower than the others changes no number, makes nothing too old and no queue long`, {
    timeout: 120_000,
  }, async () => {
    // Four days of a small centre: far more than the drift that is allowed.
    const events = simulateEvents({
      seed: 9,
      eventsPerSecond: 0.05,
      startAtMs: Date.UTC(2026, 2, 3),
      durationMs: 4 * 86_400_000,
    })
    const expected = replayTotals(events, sets)
    bench = await openServiceBench(totalsSettings(sets), 4, { compression: 'none' })
    for (let start = 0; start < events.length; start += fedTogether)
      await bench.feed(events.slice(start, start + fedTogether))
    const { client, names, redis, configFile } = bench
    const kafkaSource = await createKafkaSource({
      client,
      groupId: redis.keyPrefix,
      topics: names.input,
      startFrom: 'earliest',
      onDataLoss: 'stop',
      limits: { ...defaultSourceLimits, queueRecordsMax, fetchPartitionBytesMax },
    })
    const { measured, longest } = measureQueues(kafkaSource)
    const snapshots = createMemorySnapshots({ closedMax: 1 })
    const deadLetters = createMemoryDeadLetters({ lettersMax: 10 })
    const store = await createRedisStore({
      ...redis,
      commandTimeoutMs: 5_000,
      chainLength: 64,
      logger: silent,
    })
    const ports = {
      source: slowDown(measured, isSlow),
      store,
      decoder: createRegistryDecoder({}),
      deadLetters,
      sink: snapshots.sink,
      clock,
    }
    const service = createService(loadConfig(configFile), ports, silent)
    const running = service.run()
    const latest = () =>
      new Map(snapshots.source.latest().map(({ key, value }) => [key, JSON.parse(value ?? '{}')]))
    await expect.poll(() => isReplayed(expected)(latest()), { timeout: 60_000, interval: 250 }).toBe(true)
    await service.stop()
    await running
    expect(deadLetters.letters()).toEqual([])
    expect(longest()).toBeGreaterThanOrEqual(queueRecordsMax)
    expect(longest()).toBeLessThan(queueRecordsMax + fedTogether)
    await kafkaSource.close()
    await store.close()
  })
