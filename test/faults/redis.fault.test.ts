import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { commitScript } from '../../src/redis/scripts.ts'
import { type BreakableRedis, startBreakableRedis } from '../support/breakable-redis.ts'
import { type FaultBench, openFaultBench, untilTrue } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'

let redis: BreakableRedis
let bench: FaultBench
const commandTimeoutMs = 1_500
const sessionTimeoutMs = 6_000
const perSecond = 150

beforeEach(async () => {
  redis = await startBreakableRedis()
  bench = await openFaultBench({
    settings: { redis: { url: redis.proxiedUrl, commandTimeoutMs }, log: { level: 'info' } },
    servers: { redisUrl: redis.url },
  })
})
afterEach(async () => {
  await bench.close()
  await redis.close()
})

const membersOf = async ({ client, redis: { keyPrefix } }: FaultBench): Promise<readonly string[]> => {
  const admin = client.kafka.admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([keyPrefix])
  await admin.disconnect()
  return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId)).toSorted()
}

const countOf = (word: string): number => bench.output().split(word).length - 1

const isCommit = (request: Buffer): boolean => request.includes(commitScript.sha)

describe('one process, Redis behind a proxy', () => {
  it('F2: replies cut twelve times, no commit counts twice and none is missing', {
    timeout: 240_000,
  }, async () => {
    const events = simulateEvents({ seed: 2, events: 6_000 })
    bench.start()
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(200, 60_000)
    for (let cut = 1; cut <= 12; cut++) {
      redis.proxy.holdReplies(isCommit)
      await untilTrue(() => redis.proxy.heldReplies() > 0, 20_000)
      redis.proxy.cut()
      redis.proxy.releaseReplies()
      await feeder.reach(feeder.fedCount() + 2 * perSecond)
    }
    await feeder.done
    await bench.untilReplayed(events, 60_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(bench.topic.regressions()).toEqual([])
  })

  it('F4 K3: a Redis that is slow, hung, full, read-only and without its scripts is waited for; the group keeps its member', {
    timeout: 300_000,
  }, async () => {
    const events = simulateEvents({ seed: 4, events: 20_000 })
    bench.start()
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(200, 60_000)
    const members = await membersOf(bench)
    const isOver = () => countOf('outage began') === countOf('outage ended')
    const goesOn = async () => {
      await bench.untilTaken(feeder.fedCount(), 60_000)
      await untilTrue(isOver, 30_000)
    }

    redis.proxy.delayReplies(1_000)
    await setTimeout(10_000)
    redis.proxy.delayReplies(0)
    await goesOn()

    redis.proxy.holdRequests()
    await setTimeout(3 * sessionTimeoutMs)
    redis.proxy.releaseRequests()
    await goesOn()

    await redis.admin.config('SET', 'maxmemory', '1')
    await setTimeout(3 * commandTimeoutMs)
    await redis.admin.config('SET', 'maxmemory', '0')
    await goesOn()

    await redis.admin.replicaof('127.0.0.1', '1')
    await setTimeout(3 * commandTimeoutMs)
    await redis.admin.replicaof('NO', 'ONE')
    await goesOn()

    await redis.admin.script('FLUSH')
    await goesOn()
    await bench.untilReplayed(await feeder.stop(), 60_000)
    expect(await membersOf(bench)).toEqual(members)
    expect(await bench.counters()).toMatchObject({ records: feeder.fedCount() })
    expect(countOf('outage began')).toBeGreaterThanOrEqual(3)
    expect(isOver()).toBe(true)
  })
})

describe('a Redis that loses what it was told', () => {
  it('F3 R12: a restart without the last seconds takes the offsets back with the state', {
    timeout: 240_000,
  }, async () => {
    const events = simulateEvents({ seed: 3, events: 6_000 })
    bench.start()
    bench.start()
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    for (let loss = 1; loss <= 3; loss++) {
      const mark = await redis.markTail()
      const before = (await bench.counters()).records ?? 0
      await bench.untilTaken(before + perSecond, 30_000)
      expect(await redis.startAgain(mark)).toBeGreaterThan(0)
      await feeder.reach(feeder.fedCount() + 5 * perSecond)
    }
    await feeder.done
    await bench.untilReplayed(events, 60_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(bench.output()).toContain('the state has gone back')
    expect(bench.topic.regressions()).toEqual([])
  })

  it('F3: emptied, it is counted again from the start of the log where onDataLoss says continue, and that is said', {
    timeout: 180_000,
  }, async () => {
    const events = simulateEvents({ seed: 33, events: 4_000 })
    const environment = { FLOORWATCH_KAFKA_ON_DATA_LOSS: 'continue' }
    bench.start(environment)
    bench.start(environment)
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(1_000, 60_000)
    await redis.admin.flushall()
    await feeder.done
    await bench.untilReplayed(events, 60_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(bench.output()).toContain('the state is gone')
  })
})

describe('killed at a chosen moment', () => {
  const seed = 11
  const events = simulateEvents({ seed, events: 3_000 })
  const part = Math.floor(events.length / 5)

  it('F1: before a commit arrives, after it stands, and before Kafka is told', {
    timeout: 240_000,
  }, async () => {
    let running = bench.start()
    const feedPart = async (place: number) => bench.feed(events.slice(place * part, (place + 1) * part))
    await feedPart(0)
    await bench.untilTaken(part, 60_000)

    redis.proxy.holdRequests()
    await feedPart(1)
    await untilTrue(() => redis.proxy.heldRequests() > 0, 20_000)
    await running.kill('SIGKILL')
    redis.proxy.cut()
    redis.proxy.releaseRequests()
    expect((await bench.counters()).records).toBe(part)
    running = bench.start()
    await bench.untilTaken(2 * part, 60_000)

    await holdCommitOf(events.slice(2 * part, 3 * part))
    await running.kill('SIGKILL')
    redis.proxy.cut()
    redis.proxy.releaseReplies()
    running = bench.start()
    await bench.untilTaken(3 * part, 60_000)

    await running.kill('SIGKILL')
    await forgetOffsets(bench)
    running = bench.start()
    await bench.feed(events.slice(3 * part))
    await bench.untilReplayed(events, 60_000)
    expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
    expect(bench.topic.regressions()).toEqual([])
  })
})

const slices = 20

/** Feeds until the withheld reply is that of a commit with records in it, not of one that only notes progress. */
const holdCommitOf = async (events: readonly Event[]): Promise<void> => {
  const size = Math.ceil(events.length / slices)
  for (let from = 0; from < events.length; from += size) {
    const { records = 0 } = await bench.counters()
    redis.proxy.holdReplies(isCommit)
    await bench.feed(events.slice(from, from + size))
    await untilTrue(() => redis.proxy.heldReplies() > 0, 20_000)
    if (((await bench.counters()).records ?? 0) > records) {
      await bench.feed(events.slice(from + size))
      return
    }
    redis.proxy.cut()
    redis.proxy.releaseReplies()
    await bench.untilTaken(records + size, 60_000)
  }
  throw new Error('no commit of records was caught')
}

/** As though Kafka had never been told how far the state is. */
const forgetOffsets = async ({ client, names, redis: { keyPrefix: groupId } }: FaultBench): Promise<void> => {
  const admin = client.kafka.admin()
  await admin.connect()
  // The killed member stays in the group until its session is over.
  const isEmpty = async () =>
    (await admin.describeGroups([groupId])).groups.every(({ members }) => members.length === 0)
  await untilTrue(isEmpty, 60_000)
  for (const topic of Object.values(names.input))
    if (topic !== undefined) await admin.resetOffsets({ groupId, topic, earliest: true })
  await admin.disconnect()
}
