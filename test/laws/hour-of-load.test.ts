import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { type Centre, countersOf, createCentre, type Process } from '../support/centre.ts'
import { simulateEvents } from '../support/load.ts'
import { replayTotals } from '../support/replayed.ts'

const startMs = Date.UTC(2026, 2, 3, 9)
const second = 1_000
const minuteMs = 60 * second
const turnMs = 3 * second
const sets = [[], ['queueId']]
const config = {
  time: { source: 'clock' },
  limits: { batchRecordsMax: 100, liveSubjectsMax: 200 },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['total'], metrics: ['all'], everyMs: 500 }],
}

/** A steady load, a minute of twice as much, and nobody there for ten minutes. */
const rate = 3
const burst = { fromMs: startMs + 20 * minuteMs, untilMs: startMs + 21 * minuteMs }
const outage = { fromMs: startMs + 30 * minuteMs, untilMs: startMs + 40 * minuteMs }
const hour = { fromMs: startMs, untilMs: startMs + 60 * minuteMs }

const load = (seed: number, { fromMs, untilMs }: typeof hour): readonly Event[] =>
  simulateEvents({
    seed,
    eventsPerSecond: rate,
    startAtMs: fromMs,
    durationMs: untilMs - fromMs,
  })

/** Of another tenant, so that its ids are its own. */
const extra = load(202, burst).map((event) => ({ ...event, tenantId: 'other' }))
const events = [...load(201, hour), ...extra].sort((a, b) => a.occurredAt - b.occurredAt)

/** Of these nothing that is told later changes what they were at an instant. */
const settled = ['callsOffered', 'serviceLevel', 'averageSpeedOfAnswer', 'waitingNow', 'longestWaitNow']

/** What was true at the as-of of what stands on the topic: while it is behind nobody is missed who was only not read of yet. */
const expectTruth = (centre: Centre, metrics?: readonly string[]): void => {
  const said = centre.current()
  const asOf = said.get('default||total')?.asOf ?? ''
  const expected = replayTotals(events, sets, Date.parse(asOf))
  const numbers = (snapshot: { readonly metrics: object } | undefined) =>
    Object.fromEntries(
      Object.entries(snapshot?.metrics ?? {}).filter(([id]) => metrics === undefined || metrics.includes(id)),
    )
  let compared = 0
  for (const [key, snapshot] of said) {
    if (snapshot.asOf !== asOf) continue
    compared++
    expect({ key, asOf, ...numbers(snapshot) }).toEqual({ key, asOf, ...numbers(expected.get(key)) })
  }
  expect(compared).toBeGreaterThan(0)
}

const isBehind = ({ service }: Process): boolean =>
  service.status().shards.some(({ lag }) => lag.some(({ recordCount }) => (recordCount ?? 0) > 0))

describe('F20: an hour of load in virtual time', () => {
  test('with a burst and a backlog of ten minutes: nothing late, nothing missed, as-of is right all the while', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    let process: Process | undefined = await centre.join()
    let fed = 0
    let behindRounds = 0
    for (let nowMs = startMs + turnMs; nowMs <= hour.untilMs + minuteMs; nowMs += turnMs) {
      centre.clock.nowMs = nowMs
      const from = fed
      while ((events[fed]?.occurredAt ?? Number.POSITIVE_INFINITY) < nowMs) fed++
      centre.feed(events.slice(from, fed))
      if (nowMs >= outage.fromMs && nowMs < outage.untilMs) {
        await process?.service.stop()
        process = undefined
        continue
      }
      process ??= await centre.join()
      await process.round()
      if (!isBehind(process)) continue
      behindRounds++
      if (behindRounds % 3 === 1) expectTruth(centre, settled)
    }
    expectTruth(centre)
    const counters = countersOf(await centre.heads())
    expect(counters).toMatchObject({ records: events.length, applied: events.length })
    expect(counters.late ?? 0).toBe(0)
    expect(centre.deadLetters.count()).toBe(0)
    expect(behindRounds).toBeGreaterThan(3)
  })
})
