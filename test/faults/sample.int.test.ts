import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { commitScript } from '../../src/redis/scripts.ts'
import { type BreakableRedis, startBreakableRedis } from '../support/breakable-redis.ts'
import { type FaultBench, openFaultBench, untilTrue } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'

let redis: BreakableRedis
let bench: FaultBench
const perSecond = 100
const sessionTimeoutMs = 6_000

beforeEach(async () => {
  redis = await startBreakableRedis()
  bench = await openFaultBench({
    settings: { redis: { url: redis.proxiedUrl, commandTimeoutMs: 2_000 } },
    servers: { redisUrl: redis.url },
  })
})
afterEach(async () => {
  await bench.close()
  await redis.close()
})

/** A part of what `npm run test:faults` does, once each. */
it('F1 F2 F3 F5: a kill -9, a cut reply, a Redis that lost its tail and a zombie that wakes change no number', {
  timeout: 240_000,
}, async () => {
  const events = simulateEvents({ seed: 1235, events: 9_000 })
  const processes = [bench.start(), bench.start()]
  const feeder = bench.feedAt(perSecond, events)
  await bench.untilTaken(300, 60_000)
  const goOn = () => bench.untilTaken(feeder.fedCount(), 60_000)

  await processes[0]?.kill('SIGKILL')
  processes[0] = bench.start()
  await goOn()

  redis.proxy.holdReplies((request) => request.includes(commitScript.sha))
  await untilTrue(() => redis.proxy.heldReplies() > 0, 30_000)
  redis.proxy.cut()
  redis.proxy.releaseReplies()
  await goOn()

  const mark = await redis.markTail()
  await feeder.reach(feeder.fedCount() + perSecond)
  await goOn()
  expect(await redis.startAgain(mark)).toBeGreaterThan(0)
  await goOn()

  processes[1]?.send('SIGSTOP')
  await setTimeout(1.5 * sessionTimeoutMs)
  processes[1]?.send('SIGCONT')
  await goOn()

  const fed = await feeder.stop()
  await bench.untilReplayed(fed, 60_000)
  expect(await bench.counters()).toMatchObject({ records: fed.length, applied: fed.length })
})
