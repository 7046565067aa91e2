import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { commitScript } from '../../src/redis/scripts.ts'
import { type FaultBench, openFaultBench, untilTrue } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'
import { type FaultyProxy, startProxy } from '../support/proxy.ts'
import { redisUrl } from '../support/servers.ts'

let bench: FaultBench | undefined
let proxy: FaultyProxy | undefined
afterEach(async () => {
  await bench?.close()
  await proxy?.close()
  bench = undefined
  proxy = undefined
})

const perSecond = 100
const sessionTimeoutMs = 6_000
/** What is due within 5 s, on a machine that does other things too. */
const drainMs = 8_000
const stallMaxMs = 15_000

/** The longest time in which no record was taken, though some always come. */
const watchStalls = (of: FaultBench) => {
  let isWatching = true
  let longestMs = 0
  const watch = async () => {
    let taken = 0
    let sinceMs = Date.now()
    while (isWatching) {
      const { records = 0 } = await of.counters()
      if (records !== taken) {
        taken = records
        sinceMs = Date.now()
      }
      longestMs = Math.max(longestMs, Date.now() - sinceMs)
      await setTimeout(200)
    }
  }
  const watching = watch()
  return async (): Promise<number> => {
    isWatching = false
    await watching
    return longestMs
  }
}

describe('a zombie', () => {
  it('F5: frozen for two sessions and woken, three times, it changes nothing', {
    timeout: 240_000,
  }, async () => {
    const events = simulateEvents({ seed: 5, events: 8_000 })
    bench = await openFaultBench()
    const processes = [bench.start(), bench.start()]
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    for (const place of [0, 1, 0]) {
      processes[place]?.send('SIGSTOP')
      await setTimeout(2 * sessionTimeoutMs)
      processes[place]?.send('SIGCONT')
      await feeder.reach(feeder.fedCount() + 6 * perSecond)
      await bench.untilTaken(feeder.fedCount(), 60_000)
    }
    await feeder.done
    await bench.untilReplayed(events, 60_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(processes.map((one) => one.isRunning())).toEqual([true, true])
  })

  it('F5: its commit arrives after another process took the shards, and is fenced', {
    timeout: 180_000,
  }, async () => {
    const { hostname: host, port } = new URL(await redisUrl())
    proxy = await startProxy({ host, port: Number(port) })
    const events = simulateEvents({ seed: 55, events: 4_000 })
    const half = Math.floor(events.length / 2)
    bench = await openFaultBench()
    const zombie = bench.start({ FLOORWATCH_REDIS_URL: `redis://127.0.0.1:${proxy.port}` })
    await bench.feed(events.slice(0, half))
    await bench.untilTaken(half, 60_000)
    proxy.holdRequests((request) => request.includes(commitScript.sha))
    await bench.feed(events.slice(half))
    await untilTrue(() => (proxy?.heldRequests() ?? 0) > 0, 20_000)
    zombie.send('SIGSTOP')
    bench.start()
    await bench.untilReplayed(events, 60_000)
    const counters = await bench.counters()
    proxy.releaseRequests()
    zombie.send('SIGCONT')
    await setTimeout(sessionTimeoutMs)
    expect(await bench.counters()).toEqual(counters)
    await bench.untilReplayed(events, 30_000)
  })
})

describe('members that come and go', () => {
  it('F18: told to stop under load, a process ends within 5 s, leaves the group, and nothing is missing or counted twice', {
    timeout: 180_000,
  }, async () => {
    const events = simulateEvents({ seed: 18, events: 4_000 })
    bench = await openFaultBench()
    const leaver = bench.start()
    bench.start()
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    const askedMs = Date.now()
    expect(await leaver.kill('SIGTERM'), leaver.output()).toBe(0)
    expect(Date.now() - askedMs).toBeLessThan(drainMs)
    expect(await countMembers(bench)).toBe(1)
    await feeder.done
    await bench.untilReplayed(events, 60_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(bench.topic.regressions()).toEqual([])
  })

  it('F6: each of three processes restarted in turn, under load, twice over', {
    timeout: 240_000,
  }, async () => {
    const events = simulateEvents({ seed: 6, events: 10_000 })
    bench = await openFaultBench()
    const processes = [bench.start(), bench.start(), bench.start()]
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    const stalled = watchStalls(bench)
    for (const place of [0, 1, 2, 0, 1, 2]) {
      expect(await processes[place]?.kill('SIGTERM'), processes[place]?.output()).toBe(0)
      processes[place] = bench.start()
      await untilTrue(() => processes[place]?.output().includes('wallboard') ?? false, 60_000)
      await feeder.reach(feeder.fedCount() + 4 * perSecond)
    }
    expect(await stalled()).toBeLessThan(stallMaxMs)
    await feeder.done
    await bench.untilReplayed(events, 60_000)
    expect(bench.topic.regressions()).toEqual([])
  })

  it('F6: a process joins or leaves every ten seconds, twelve times', { timeout: 300_000 }, async () => {
    const events = simulateEvents({ seed: 66, events: 16_000 })
    bench = await openFaultBench()
    bench.start()
    bench.start()
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    const stalled = watchStalls(bench)
    let guest: ReturnType<FaultBench['start']> | undefined
    for (let change = 0; change < 12; change++) {
      if (guest) expect(await guest.kill('SIGTERM'), guest.output()).toBe(0)
      guest = guest ? undefined : bench.start()
      await setTimeout(10_000)
      await untilTrue(() => guest?.output().includes('wallboard') ?? true, 60_000)
    }
    expect(await stalled()).toBeLessThan(stallMaxMs)
    await bench.untilReplayed(await feeder.stop(), 60_000)
    expect(bench.topic.regressions()).toEqual([])
  })
})

const countMembers = async ({ client, redis }: FaultBench): Promise<number> => {
  const admin = client.kafka.admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([redis.keyPrefix])
  await admin.disconnect()
  return groups.flatMap(({ members }) => members).length
}
