import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rulesOf } from '../src/config-rules.ts'
import { configSchema } from '../src/config-schema.ts'
import { type Event, kafkaKeyOf } from '../src/core/events.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { normaliseSet, scopeKeyOf, withParents } from '../src/core/scopes.ts'
import { parseWindow } from '../src/core/windows.ts'
import { createZone } from '../src/core/zone.ts'
import { createReplay } from '../src/replay.ts'
import { history, rearranged } from './support/arbitraries.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'
import { makeEvent } from './support/oracle/make-event.ts'

const sets = [[], ['queueId'], ['channel'], ['category'], ['agentId'], ['channel', 'queueId']]
const windows = ['now', 'total', '15m', '4h', '24h', 'month']
const dayMs = 86_400_000
const neverMs = 1_000 * dayMs

const settings = {
  time: { source: 'events', latenessMs: neverMs },
  limits: { batchRecordsMax: 3 },
  scopes: sets,
  publish: [{ scopes: sets, windows, metrics: ['all'], everyMs: 100 }],
}

/** The last snapshots of a replay, by the key they would be published under. */
const replayed = (events: readonly Event[]): ReadonlyMap<string, { metrics: unknown; worst: unknown }> => {
  const config = configSchema.parse(settings)
  const { rules } = rulesOf(config)
  const replay = createReplay({
    shard: {
      rules,
      sets: withParents(sets.map(normaliseSet)),
      zone: createZone('UTC'),
      finestTier: 0,
      latenessMs: neverMs,
      eventsPerSubjectMax: 2_000,
      scopeKeysMax: 10_000,
    },
    rows: catalogueFor(rules),
    windows: windows.flatMap((id) => {
      const parsed = parseWindow(id)
      return parsed.ok ? [parsed.window] : []
    }),
    sets: sets.map(normaliseSet),
    disorderMs: 5_000,
    liveSubjectsMax: 20_000,
    packedSubjectsMax: 20_000,
  })
  expect([...replay.feed(events)]).toEqual([])
  return new Map(
    [...replay.finish()].map(({ tenantId, scope, window, metrics, worst }) => [
      `${scopeKeyOf(tenantId, scope)}|${window.id}`,
      { metrics, worst },
    ]),
  )
}

/** A customer's survey is keyed by the customer, which a retraction that names the survey alone does not know. */
const keyedAlike = history.map((events) =>
  events.filter((event) => event.type !== 'event.retracted' || kafkaKeyOf(event) !== event.surveyId),
)

/** As-of goes on by a month at a time, as closed windows go out. */
const settleAll = async (centre: Centre, processes: readonly Process[]): Promise<void> => {
  let stood = 0
  for (let asOfs = ''; stood < 6; ) {
    const before = asOfs
    centre.clock.nowMs += 1_000
    for (const process of processes) await process.settle()
    asOfs = (await centre.heads()).map(({ asOfMs }) => asOfMs).join()
    stood = asOfs === before ? stood + 1 : 0
  }
}

const expectReplayed = (centre: Centre, events: readonly Event[]): void => {
  const current = centre.current()
  for (const [key, { metrics, worst }] of replayed(events)) {
    expect(current.get(key)?.metrics, key).toEqual(metrics)
    expect(current.get(key)?.worst, key).toEqual(worst)
  }
}

describe('at the end of the log', () => {
  test('the snapshots of one process equal the replay', async () => {
    const arranged = keyedAlike.chain(rearranged)
    await fc.assert(
      fc.asyncProperty(arranged, fc.constantFrom(1, 2, 4), async (events, partitions) => {
        const centre = createCentre({ partitions, config: settings })
        centre.feed(events)
        await settleAll(centre, [await centre.join()])
        expectReplayed(centre, events)
      }),
      { numRuns: 40 },
    )
  })

  test('the snapshots of two processes together equal the replay', async () => {
    const arranged = keyedAlike.chain((events) => fc.tuple(rearranged(events), fc.nat({ max: 20 })))
    await fc.assert(
      fc.asyncProperty(arranged, async ([events, cut]) => {
        const centre = createCentre({ partitions: 4, config: settings })
        centre.feed(events.slice(0, cut))
        const processes = [await centre.join({ shards: [0, 2] }), await centre.join({ shards: [1, 3] })]
        await settleAll(centre, processes)
        centre.feed(events.slice(cut))
        await settleAll(centre, processes)
        expectReplayed(centre, events)
      }),
      { numRuns: 40 },
    )
  })
})

describe('live', () => {
  test('shards that take all there is in every round show the present, though something new has always come', async () => {
    const startMs = Date.parse('2026-03-02T10:00:00Z')
    const centre = createCentre({ partitions: 4, startMs })
    const process = await centre.join()
    for (let round = 1; round <= 40; round++) {
      centre.clock.nowMs += 100
      const calls = Array.from({ length: 8 }, (_, call) => ({ callId: `${round}-${call}` }))
      centre.feed(
        calls.map((own) =>
          makeEvent('call.queued', centre.clock.nowMs - 10, { ...own, eventId: 'e-1', queueId: 'billing' }),
        ),
      )
      await process.round()
    }
    const behindMs = (await centre.heads()).map(({ asOfMs }) => centre.clock.nowMs - asOfMs)
    expect(behindMs.every((ms) => ms <= 1_000)).toBe(true)
  })
})
