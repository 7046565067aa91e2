import { afterEach, expect, it } from 'vitest'
import { createRandom } from '../../src/simulate/random.ts'
import { type FaultBench, openFaultBench } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'

let bench: FaultBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const cycles = 12
const perSecond = 100

it('F1 F15: twelve times kill -9 and start again, under load, of three processes on four partitions, change no number', {
  timeout: 600_000,
}, async () => {
  const random = createRandom(41, 'kills')
  const events = simulateEvents({ seed: 41, events: 16_000 })
  bench = await openFaultBench()
  const processes = [bench.start(), bench.start(), bench.start()]
  const feeder = bench.feedAt(perSecond, events)
  await bench.untilTaken(500, 60_000)
  for (let cycle = 0; cycle < cycles; cycle++) {
    const place = Math.floor(random() * processes.length)
    await processes[place]?.kill('SIGKILL')
    processes[place] = bench.start()
    await feeder.reach(feeder.fedCount() + Math.floor((2 + random() * 10) * perSecond))
  }
  await feeder.done
  await bench.untilReplayed(events, 120_000)
  expect(await bench.counters()).toMatchObject({ records: events.length, applied: events.length })
  expect(bench.topic.regressions()).toEqual([])
})
