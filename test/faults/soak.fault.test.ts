import { execFileSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { type FaultBench, openFaultBench } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'

let bench: FaultBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const minuteMs = 60_000
const warmUpEvents = 30_000
/** So that the events fit into this process; the machine may do more. */
const halfRateMax = 500
const backlogSeconds = 600
const growthMax = 1.5

const rssKbOf = (pid: number): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]))

it('F20: half the top rate, twice that for a minute, and a backlog of ten minutes: memory stays flat and nothing counts as late', {
  timeout: 30 * minuteMs,
}, async () => {
  const all = simulateEvents({ seed: 20, events: 600_000, eventsPerSecond: 4 })
  bench = await openFaultBench({ settings: { limits: { liveSubjectsMax: 1_000 } } })
  await bench.feed(all.slice(0, warmUpEvents))
  const startedMs = Date.now()
  const first = bench.start()
  await bench.untilTaken(warmUpEvents, 5 * minuteMs)
  const topRate = warmUpEvents / ((Date.now() - startedMs) / 1_000)
  const halfRate = Math.min(halfRateMax, topRate / 2)
  let fed = warmUpEvents

  const soak = bench.feedAt(halfRate, all.slice(fed))
  const rssKb: number[] = []
  for (let minute = 1; minute <= 5; minute++) {
    await setTimeout(minuteMs)
    rssKb.push(rssKbOf(first.pid))
  }
  fed += (await soak.stop()).length
  const burst = bench.feedAt(2 * halfRate, all.slice(fed, fed + Math.floor(2 * halfRate * 60)))
  await burst.done
  fed += burst.fedCount()
  await bench.untilTaken(fed, 2 * minuteMs)
  rssKb.push(rssKbOf(first.pid))
  expect(Math.max(...rssKb.slice(2)) / (rssKb[1] ?? 0), `resident KB a minute: ${rssKb}`).toBeLessThan(
    growthMax,
  )

  expect(await first.kill('SIGTERM'), first.output()).toBe(0)
  const fifth = (2 * halfRate) / 5
  const backlog = Math.floor(fifth * backlogSeconds)
  await bench.feed(all.slice(fed, fed + backlog))
  fed += backlog
  const backMs = Date.now()
  bench.start()
  const arriving = bench.feedAt(fifth, all.slice(fed))
  const isBehind = async () =>
    ((await bench?.counters())?.records ?? 0) < fed + arriving.fedCount() - fifth * 2
  while (await isBehind()) {
    expect(Date.now() - backMs).toBeLessThan((backlogSeconds / 2) * 1_000)
    await setTimeout(500)
  }
  const caughtUpSeconds = (Date.now() - backMs) / 1_000
  fed += (await arriving.stop()).length
  expect((backlogSeconds + caughtUpSeconds) / caughtUpSeconds).toBeGreaterThan(3)
  await bench.untilReplayed(all.slice(0, fed), 2 * minuteMs)
  const counters = await bench.counters()
  expect(counters).toMatchObject({ records: fed, applied: fed })
  expect(Object.keys(counters).filter((name) => name.startsWith('deadLetter.'))).toEqual([])
})
