import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, test } from 'vitest'
import { readRealEvents } from '../support/real-events.ts'
import { isReplayed, replayTotals, totalsSettings } from '../support/replayed.ts'
import { openServiceBench, type ServiceBench } from '../support/service.ts'

const sets = [[], ['queueId']]
const pauseMs = 60_000
let bench: ServiceBench | undefined

afterEach(async () => {
  await bench?.close()
  bench = undefined
})

describe('a source that is silent for a minute half-way', () => {
  test('changes nothing: two processes end with the numbers of the replay', async () => {
    const events = await readRealEvents()
    bench = await openServiceBench(totalsSettings(sets))
    for (const _ of ['first', 'second']) bench.start()
    const half = Math.floor(events.length / 2)
    await bench.feed(events.slice(0, half))
    await bench.until((seen) => seen.size > 0, 120_000)
    await setTimeout(pauseMs)
    await bench.feed(events.slice(half))
    await bench.until(isReplayed(replayTotals(events, sets)), 240_000)
  })
})
