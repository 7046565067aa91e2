import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import {
  differencesOf,
  type FaultBench,
  faultSets,
  openFaultBench,
  untilTrue,
} from '../support/fault-bench.ts'
import { replayTotals } from '../support/replayed.ts'

let bench: FaultBench | undefined
afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const hourMs = 3_600_000
const preset = fileURLToPath(new URL('../support/preset-clock.mjs', import.meta.url))
const settings = {
  time: { source: 'clock' },
  log: { level: 'info' },
  publish: [{ scopes: faultSets, windows: ['total'], metrics: ['all'], everyMs: 500 }],
}

/** Calls of this very minute, answered after some seconds, by the clock of the record. */
const callsNow = (count: number, name: string): Event[] => {
  const nowMs = Date.now()
  return Array.from({ length: count }, (_, index) => {
    const callId = `${name}-${index}`
    const common = { tenantId: 'default', callId, queueId: `q${index % 3}`, channel: 'voice' }
    return [
      { ...common, eventId: `${callId}-1`, type: 'call.queued', occurredAt: nowMs - 10_000 + index },
      {
        ...common,
        eventId: `${callId}-2`,
        type: 'call.answered',
        occurredAt: nowMs - 5_000 + index,
        agentId: 'a',
      },
    ] as unknown as Event[]
  }).flat()
}

const asOfOf = ({ topic }: FaultBench): number =>
  Math.max(0, ...[...topic.latest().values()].map(({ asOf }) => Date.parse(asOf)))

const hasNumbersOf = ({ topic }: FaultBench, events: readonly Event[]): boolean =>
  differencesOf(replayTotals(events, faultSets, Date.now()), topic.latest()).length === 0

it('F9: a process whose clock is set an hour on, and back, moves no number ahead; an event a year ahead is refused', {
  timeout: 180_000,
}, async () => {
  bench = await openFaultBench({ settings })
  const opened = bench
  const stepping = opened.start({
    NODE_OPTIONS: `--import=${preset}`,
    FLOORWATCH_TEST_CLOCK_STEP_MS: String(hourMs),
  })
  opened.start()
  const first = callsNow(200, 'first')
  await opened.feed(first)
  await untilTrue(
    () => hasNumbersOf(opened, first),
    60_000,
    async () => [opened.output()],
  )
  stepping.send('SIGUSR2')
  const second = callsNow(200, 'second')
  const ahead = callsNow(1, 'ahead').map((event) => ({
    ...event,
    occurredAt: event.occurredAt + 365 * 24 * hourMs,
  }))
  await opened.feed(second)
  await opened.feed(ahead as Event[], Date.now())
  await untilTrue(
    () => hasNumbersOf(opened, [...first, ...second]),
    60_000,
    async () => [opened.output()],
  )
  expect(asOfOf(opened)).toBeLessThan(Date.now() + 1_000)
  const report = async () => [stepping.output()]
  await untilTrue(() => stepping.output().includes('the clock of this host was set'), 30_000, report)
  stepping.send('SIGUSR2')
  await untilTrue(() => stepping.output().includes('right again'), 30_000, report)
  expect(await opened.counters()).toMatchObject({ 'deadLetter.from-the-future': 2 })
  expect(asOfOf(opened)).toBeLessThan(Date.now() + 1_000)
})

it('F10: one call on one of four partitions, and then none at all: it leaves the last minute by the clock alone', {
  timeout: 240_000,
}, async () => {
  const publish = [{ scopes: [[]], windows: ['1m'], metrics: ['all'], everyMs: 500 }]
  bench = await openFaultBench({ settings: { ...settings, publish } })
  const opened = bench
  const processes = [opened.start(), opened.start()]
  await untilTrue(() => processes.every((one) => one.output().includes('wallboard')), 60_000)
  await opened.feed(callsNow(1, 'only'))
  const offered = (): number => {
    const metric = opened.topic.latest().get('default||1m')?.metrics.callsOffered as
      | { readonly value: number }
      | undefined
    return metric?.value ?? 0
  }
  const report = async () => [opened.output()]
  await untilTrue(() => offered() === 1, 40_000, report)
  await untilTrue(() => offered() === 0, 120_000, report)
})
