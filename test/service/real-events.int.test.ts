import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { readRealEvents } from '../support/real-events.ts'
import { differencesFrom, isReplayed, replayTotals, totalsSettings } from '../support/replayed.ts'
import { openServiceBench, type ServiceBench, type Snapshot } from '../support/service.ts'

const sets = [[], ['queueId']]
const pauseMs = 10_000

let events: readonly Event[]
let expected: ReadonlyMap<string, Snapshot>
let bench: ServiceBench | undefined

beforeAll(async () => {
  events = await readRealEvents()
  expected = replayTotals(events, sets)
})

afterEach(async () => {
  await bench?.close()
  bench = undefined
})

describe('two processes on four partitions', () => {
  it('end with the numbers of the replay, events loaded before the start', { timeout: 300_000 }, async () => {
    bench = await openServiceBench(totalsSettings(sets))
    await bench.feed(events)
    const processes = [bench.start(), bench.start()]
    await bench.until(isReplayed(expected), 240_000, differencesFrom(expected))
    for (const one of processes) expect(await one.kill('SIGTERM'), one.output()).toBe(0)
  })

  it('end with them when the source pauses half-way and one is killed and started again', {
    timeout: 360_000,
  }, async () => {
    bench = await openServiceBench(totalsSettings(sets))
    const half = Math.floor(events.length / 2)
    await bench.feed(events.slice(0, half))
    const [victim] = [bench.start(), bench.start()]
    await bench.until((seen) => seen.size > 0, 120_000)
    await setTimeout(pauseMs)
    await bench.feed(events.slice(half))
    await setTimeout(1_000)
    await victim?.kill('SIGKILL')
    bench.start()
    await bench.until(isReplayed(expected), 240_000, differencesFrom(expected))
  })
})
