import { afterEach, describe, expect, it } from 'vitest'
import { type FaultBench, openFaultBench, untilTrue } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'
import { startRedisCluster, startSentinelledRedis } from '../support/servers/redis-groups.ts'

let bench: FaultBench | undefined
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await bench?.close()
  bench = undefined
  for (const close of closing.splice(0)) await close()
})

const perSecond = 100

describe('a Redis that is replaced by its replica', () => {
  it('F3 R12: Sentinels promote a replica that lags; the state goes back with its offsets', {
    timeout: 240_000,
  }, async () => {
    const redis = await startSentinelledRedis()
    closing.push(redis.close)
    const events = simulateEvents({ seed: 312, events: 5_000 })
    bench = await openFaultBench({
      settings: { redis: { commandTimeoutMs: 2_000 } },
      servers: { redisUrl: redis.url },
    })
    const processes = [bench.start(), bench.start()]
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    await redis.cutReplica()
    const { records = 0 } = await bench.counters()
    await bench.untilTaken(records + 2 * perSecond, 60_000)
    await redis.master.stop()
    await redis.untilPromoted()
    await feeder.done
    await bench.untilReplayed(events, 90_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(processes.map((one) => one.isRunning())).toEqual([true, true])
  })

  it('F3 R7: in a cluster of three masters two are lost in turn, and their replicas go on', {
    timeout: 300_000,
  }, async () => {
    const redis = await startRedisCluster()
    closing.push(redis.close)
    const events = simulateEvents({ seed: 37, events: 9_000 })
    bench = await openFaultBench({
      settings: { redis: { commandTimeoutMs: 2_000 } },
      servers: { redisUrl: redis.url },
    })
    const processes = [bench.start(), bench.start()]
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    for (const place of [0, 1]) {
      const { records = 0 } = await bench.counters()
      await redis.endMaster(place)
      await untilTrue(() => redis.isWhole().catch(() => false), 60_000)
      await bench.untilTaken(records + 5 * perSecond, 90_000)
    }
    const fed = await feeder.stop()
    await bench.untilReplayed(fed, 90_000)
    expect(await bench.counters()).toMatchObject({ applied: fed.length })
    expect(processes.map((one) => one.isRunning())).toEqual([true, true])
  })
})
