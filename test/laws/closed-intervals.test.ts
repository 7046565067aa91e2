import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Event, kafkaKeyOf } from '../../src/core/events.ts'
import { parseScopeKey } from '../../src/core/scopes.ts'
import { edgesAt } from '../../src/core/slices.ts'
import { isEmptySnapshot, type Snapshot, snapshotKeyOf } from '../../src/core/snapshot.ts'
import type { SnapshotRecord } from '../../src/ports.ts'
import { batches, history, rearranged } from '../support/arbitraries.ts'
import { type Centre, createCentre, type Process, type Published } from '../support/centre.ts'
import { createDeadlyPorts, type Death, ProcessKilled } from '../support/deadly-ports.ts'
import { createDriver, type Driver, zoneNamed } from '../support/driver.ts'

const sets = [[], ['queueId'], ['channel']]
const windows = ['interval-15m', 'today', 'today@America/St_Johns']
const config = {
  time: { source: 'events', latenessMs: 1_000 * 86_400_000 },
  limits: { batchRecordsMax: 3 },
  scopes: sets,
  publish: [{ scopes: sets, windows, metrics: ['all'], everyMs: 100 }],
}

const bases = [
  '2026-03-02T10:00:00Z',
  '2026-03-28T22:50:00Z',
  '2026-10-24T23:40:00Z',
  '2026-12-31T22:59:58Z',
].map(Date.parse)
const firstBase = bases[0] as number

const spanMs = 3 * 86_400_000

/** All begin within minutes of each other and end within days: windows can be cut there, and are few. */
const movedTogether = (events: readonly Event[]): readonly Event[] =>
  events
    .filter((event) => event.type !== 'event.retracted' || kafkaKeyOf(event) !== event.surveyId)
    .map((event) => {
      const base = bases.findLast((at) => at <= event.occurredAt) ?? 0
      return { ...event, occurredAt: event.occurredAt - base + firstBase }
    })
    .filter(({ occurredAt }) => occurredAt < firstBase + spanMs)

const deaths: fc.Arbitrary<Death | undefined> = fc.option(
  fc.record({ atCall: fc.integer({ min: 1, max: 60 }), isDone: fc.boolean() }),
  { nil: undefined },
)

type Lives = {
  readonly events: readonly Event[]
  readonly parts: readonly (readonly Event[])[]
  /** By batch and process. */
  readonly killed: readonly (readonly (Death | undefined)[])[]
  readonly partitions: number
}

/** Batches in any order, some events again; before each a process may be replaced by one that dies within it. */
const lives: fc.Arbitrary<Lives> = history.map(movedTogether).chain((events) =>
  fc.record({
    events: fc.constant(events),
    parts: rearranged(events).chain(batches),
    killed: fc.array(fc.tuple(deaths, deaths), { minLength: 6, maxLength: 6 }),
    partitions: fc.constantFrom(1, 4),
  }),
)

/** A process that is replaced when it dies. */
type Lane = { readonly shards: readonly number[]; process: Process | undefined; death: Death | undefined }

const liveOn = async (centre: Centre, lane: Lane): Promise<void> => {
  const ports = lane.death ? createDeadlyPorts(centre, lane.death) : {}
  try {
    lane.process ??= await centre.join({ shards: lane.shards, ...ports })
    await lane.process.settle()
  } catch (error) {
    if (!(error instanceof ProcessKilled)) throw error
    lane.process = undefined
    lane.death = undefined
  }
}

const passTime = async (centre: Centre, lanes: readonly Lane[], turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    centre.clock.nowMs += 3_000
    for (const lane of lanes) await liveOn(centre, lane)
  }
}

/** Feeds the batches; whoever is to die is taken anew before, and the last ones live. */
const playLives = async (centre: Centre, { parts, killed, partitions }: Lives): Promise<void> => {
  const shards =
    partitions === 1
      ? [[0], []]
      : [
          [0, 2],
          [1, 3],
        ]
  const lanes = shards.map((own): Lane => ({ shards: own, process: undefined, death: undefined }))
  for (const [index, part] of parts.entries()) {
    centre.feed(part)
    for (const [number, lane] of lanes.entries()) {
      const death = killed[index]?.[number]
      if (death) Object.assign(lane, { process: undefined, death })
    }
    await passTime(centre, lanes, 3)
  }
  for (const lane of lanes) Object.assign(lane, { process: undefined, death: undefined })
  await passTime(centre, lanes, 8)
}

/** As-of goes on in steps. */
const passAsOf = async (centre: Centre, pastMs: number): Promise<number> => {
  const lane = { shards: [0, 1, 2, 3], process: undefined, death: undefined }
  for (let turn = 0; turn < 100; turn++) {
    await passTime(centre, [lane], 1)
    const asOfMs = Math.min(...(await centre.heads()).map((head) => head.asOfMs))
    if (asOfMs <= pastMs) continue
    await passTime(centre, [lane], 3)
    return asOfMs
  }
  throw new Error('as-of never came there')
}

const latestOf = (records: readonly SnapshotRecord[]): ReadonlyMap<string, Published> => {
  const latest = new Map<string, SnapshotRecord>()
  for (const record of records)
    if (record.revision > (latest.get(record.key)?.revision ?? 0)) latest.set(record.key, record)
  return new Map([...latest].map(([key, { value }]) => [key, JSON.parse(value ?? '{}')]))
}

/** What a metric may still say of the future depends on when it is read. */
const plain = (metrics: object): object =>
  JSON.parse(JSON.stringify(metrics, (key, value) => (key === 'provisional' ? undefined : value)))

/** A share of what others did is no reason to begin a scope's history before it. */
const isSilent = (snapshot: Snapshot): boolean => {
  const { channelShare: _, ...metrics } = snapshot.metrics
  return isEmptySnapshot({ ...snapshot, metrics })
}

const freshDriver = (events: readonly Event[], asOfMs: number): Driver => {
  const driver = createDriver({ sets })
  driver.feed(events)
  driver.advanceTo(asOfMs)
  return driver
}

const readFresh = (driver: Driver, key: string, containing?: number) => {
  const [tenant = '', scope = '', windowId = '', startAt = ''] = key.split('|')
  const { tenantId, dimensions } = parseScopeKey(`${tenant}|${scope}`)
  return driver.snapshot(dimensions, decodeURIComponent(windowId), {
    tenantId,
    containing: containing ?? Date.parse(startAt),
  })
}

describe('closed intervals', () => {
  test('whatever came late and whoever died, the last record of each says what a fresh count says', async () => {
    await fc.assert(
      fc.asyncProperty(lives, async ({ events, parts, killed, partitions }) => {
        const centre = createCentre({ partitions, config })
        await playLives(centre, { events, parts, killed, partitions })
        const heads = await centre.heads()
        const asOfMs = Math.min(...heads.map((head) => head.asOfMs))
        const edges = edgesAt(asOfMs, { zone: zoneNamed('UTC'), finestTier: 0 })
        const driver = freshDriver(events, asOfMs)
        const told = latestOf(centre.closed)
        for (const [key, { window, metrics }] of told) {
          if (Date.parse(window.startAt ?? '') < edges[2]) continue
          expect(plain(metrics), key).toEqual(plain(readFresh(driver, key).metrics))
        }
        const scopes = driver.shards().flatMap((shard) => [...shard.scopes.byKey.keys()])
        for (const { occurredAt } of events)
          for (const id of windows)
            for (const scope of scopes) {
              const key = snapshotKeyOf(scope, id)
              const fresh = readFresh(driver, key, occurredAt)
              if (isSilent(fresh) || Date.parse(fresh.window.endAt) > asOfMs) continue
              if (Date.parse(fresh.window.startAt ?? '') < edges[2]) continue
              expect([...told.keys()]).toContain(`${key}|${fresh.window.startAt}`)
            }
        expect(heads.map(({ journalRanges }) => journalRanges)).toEqual(heads.map(() => 0))
      }),
      { numRuns: 25 },
    )
  }, 300_000)

  test('when all has settled, no last word of any says that a metric is provisional which settles', async () => {
    const settling = ['firstContactResolution', 'surveyResponseRate']
    const publish = [{ scopes: sets, windows, metrics: settling, everyMs: 100 }]
    const last = {
      type: 'call.queued',
      eventId: 'last',
      callId: 'last',
      queueId: 'last',
      direction: 'inbound',
    }
    await fc.assert(
      fc.asyncProperty(lives, async ({ events, parts, killed, partitions }) => {
        const tenantId = events[0]?.tenantId ?? 'acme'
        const occurredAt = firstBase + spanMs + 32 * 86_400_000
        const centre = createCentre({ partitions, config: { ...config, publish } })
        await playLives(centre, { events, parts, killed, partitions })
        await playLives(centre, {
          events,
          parts: [[{ ...last, tenantId, occurredAt } as Event]],
          killed: killed.toReversed(),
          partitions,
        })
        const asOfMs = await passAsOf(centre, occurredAt)
        const driver = freshDriver(events, asOfMs)
        for (const [key, { metrics }] of latestOf(centre.closed))
          for (const id of settling) expect(metrics[id], key).toEqual(readFresh(driver, key).metrics[id])
      }),
      { numRuns: 25 },
    )
  }, 300_000)
})
