import { describe, expect, test } from 'vitest'
import { configSchema } from '../src/config-schema.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { createOpenIndex } from '../src/core/open-index.ts'
import { viewShard } from '../src/core/rollup.ts'
import { defaultRules } from '../src/core/rules.ts'
import { decodeHead, encodeHead, type PublisherMarks } from '../src/core/shard-codec.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { SnapshotRecord, StateStore } from '../src/ports.ts'
import { createDesk } from '../src/publish-desk.ts'
import { createIntervals } from '../src/publish-intervals.ts'
import { publishPlansOf } from '../src/publish-plans.ts'
import { createScopeInfos } from '../src/publish-scopes.ts'
import type { PublishedState } from '../src/published-state.ts'
import { at, day, hour, minute, startMs } from './support/ask.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'
import { createDriver, zoneNamed } from './support/driver.ts'

const settings = (more: object = {}) => ({
  scopes: [[], ['queueId']],
  publish: [
    { scopes: [[], ['queueId']], windows: ['interval-15m', 'today'], metrics: ['all'], everyMs: 60_000 },
  ],
  ...more,
})

/** A ticket that is worked on and resolved within the first quarter of an hour. */
const resolved = (ticketId = 'ticket', afterMs = 0, queueId = 'billing') => [
  at('ticket.created', afterMs, { ticketId, queueId }),
  at('ticket.worked', afterMs + minute, { ticketId, durationMs: minute }),
  at('ticket.resolved', afterMs + 2 * minute, { ticketId }),
]

const sent = at('survey.sent', minute, { surveyId: 'survey', ticketId: 'ticket', kind: 'csat' })
const called = [at('call.queued', 0), at('call.abandoned', minute)]

const quarterEnd = 15 * minute
const keyOf = (scope: string, startAt = '2026-03-02T10:00:00.000Z', id = 'interval-15m') =>
  `default|${scope}|${id}|${startAt}`
const quarter = keyOf('')

/** So long after the start, as-of follows. */
const liveTo = async (centre: Centre, process: Process, afterMs: number): Promise<void> => {
  centre.clock.nowMs = startMs + afterMs
  for (let turn = 0; turn < 4; turn++) {
    centre.clock.nowMs += 6_000
    await process.settle()
  }
}

/** Half a day at a time. */
const liveOn = async (centre: Centre, process: Process, afterMs: number): Promise<void> => {
  for (let passed = centre.clock.nowMs - startMs; passed < afterMs; passed += day / 2)
    await liveTo(centre, process, Math.min(passed + day / 2, afterMs))
}

type Told = { readonly final: boolean; readonly provisional: readonly string[] }

const toldOf = (closed: readonly SnapshotRecord[], key = quarter): readonly Told[] =>
  closed
    .filter((record) => record.key === key)
    .map(({ value }) => {
      const { metrics, final } = JSON.parse(value ?? '{}')
      return { final, provisional: Object.keys(metrics).filter((id) => metrics[id].provisional) }
    })

const fcr = 'firstContactResolution'
const surveys = 'surveyResponseRate'
const asClosed: Told = { final: false, provisional: [fcr] }
const asFinal: Told = { final: true, provisional: [fcr] }
const asSettled: Told = { final: true, provisional: [] }

const begin = async (events: Parameters<Centre['feed']>[0], config = settings()) => {
  const centre = createCentre({ config, startMs })
  const process = await centre.join()
  centre.feed(events)
  await liveTo(centre, process, hour)
  return { centre, process }
}

describe('a closed window with a metric that settles', () => {
  test('is told closed, final, and once more when it has settled', async () => {
    const { centre, process } = await begin(resolved())
    expect(toldOf(centre.closed)).toEqual([asClosed])
    await liveOn(centre, process, 7 * day + quarterEnd - minute)
    expect(toldOf(centre.closed)).toEqual([asClosed, asFinal])
    await liveOn(centre, process, 7 * day + quarterEnd + minute)
    expect(toldOf(centre.closed)).toEqual([asClosed, asFinal, asSettled])
    expect(toldOf(centre.closed, keyOf('queueId=billing'))).toEqual([asClosed, asFinal, asSettled])
    await liveOn(centre, process, 9 * day)
    expect(toldOf(centre.closed)).toHaveLength(3)
    const today = keyOf('', '2026-03-02T00:00:00.000Z', 'today')
    expect(toldOf(centre.closed, today)).toEqual([asClosed, asFinal, asSettled])
    const revisions = centre.closed.filter(({ key }) => key === quarter).map(({ revision }) => revision)
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
  })

  test('in which it says nothing is not told a third time', async () => {
    const { centre, process } = await begin([...called, ...resolved('ticket', 13 * minute)])
    await liveOn(centre, process, 7 * day)
    await liveTo(centre, process, 8 * day)
    expect(toldOf(centre.closed).map(({ final }) => final)).toEqual([false, true])
    const next = keyOf('', '2026-03-02T10:15:00.000Z')
    expect(toldOf(centre.closed, next)).toEqual([asClosed, asFinal, asSettled])
  })

  test('is told as often as something in it settles', async () => {
    const { centre, process } = await begin([...resolved(), sent])
    await liveOn(centre, process, 32 * day)
    expect(toldOf(centre.closed)).toEqual([
      { final: false, provisional: [fcr, surveys] },
      { final: true, provisional: [fcr, surveys] },
      { final: true, provisional: [surveys] },
      { final: true, provisional: [] },
    ])
  })

  test('is told so before it is final where more may come for longer', async () => {
    const { centre, process } = await begin(resolved(), settings({ time: { latenessMs: 8 * day } }))
    await liveOn(centre, process, 9 * day)
    expect(toldOf(centre.closed)).toEqual([asClosed, { final: false, provisional: [] }, asSettled])
  })

  test('that is first told after it has settled is told once', async () => {
    const centre = createCentre({ config: settings(), startMs: startMs + 20 * day })
    centre.feed(resolved())
    const process = await centre.join()
    await liveTo(centre, process, 20 * day + hour)
    await liveTo(centre, process, 22 * day)
    expect(toldOf(centre.closed)).toEqual([asSettled])
  })

  test('that closes in a leap past its settling is told once', async () => {
    const centre = createCentre({ config: settings(), startMs })
    const process = await centre.join()
    centre.feed(resolved())
    await liveTo(centre, process, 5 * minute)
    await liveTo(centre, process, 20 * day)
    expect(toldOf(centre.closed)).toEqual([asSettled])
  })

  test('past two settlings in one leap is told once', async () => {
    const { centre, process } = await begin([...resolved(), sent])
    await liveTo(centre, process, 6 * day)
    await liveTo(centre, process, 33 * day)
    expect(toldOf(centre.closed).map(({ provisional }) => provisional)).toEqual([
      [fcr, surveys],
      [fcr, surveys],
      [],
    ])
  })

  test('is told with what happened to it until it settled', async () => {
    const { centre, process } = await begin(resolved())
    await liveOn(centre, process, 3 * day)
    centre.feed([at('ticket.reopened', 3 * day, { ticketId: 'ticket' })])
    await liveOn(centre, process, 8 * day)
    expect(toldOf(centre.closed)).toEqual([asClosed, asFinal, asFinal, asSettled])
    const last = centre.closed.findLast(({ key }) => key === quarter)
    expect(JSON.parse(last?.value ?? '{}').metrics[fcr]).toEqual({
      value: 0,
      unit: 'ratio',
      n: 1,
      numerator: 0,
      denominator: 1,
    })
  })

  test('too far back to be cut is left as it stands', async () => {
    const { centre, process } = await begin(
      [14 * hour, 20 * hour].flatMap((afterMs) => resolved(`ticket-${afterMs}`, afterMs)),
      settings({ fcr: { windowMs: 63 * day } }),
    )
    await liveOn(centre, process, 66 * day)
    const midnight = '2026-03-03T00:00:00.000Z'
    expect(toldOf(centre.closed, keyOf('', midnight))).toEqual([asClosed, asFinal])
    expect(toldOf(centre.closed, keyOf('', midnight, 'today'))).toEqual([asClosed, asFinal, asSettled])
  })
})

/** A store of heads without the mark. */
const versionBefore = (store: StateStore): StateStore => ({
  ...store,
  takeShard: async (shard, nowMs) => {
    const taken = await store.takeShard(shard, nowMs)
    if (!taken.head) return taken
    const { settledMs: _, ...head } = decodeHead(taken.head)
    return { ...taken, head: encodeHead(head as ReturnType<typeof decodeHead>) }
  },
})

/** A resolved ticket, told of as closed; then sending may fail, or take long. */
const beginFailing = async () => {
  const outage = { isOut: false, takesMs: 0 }
  const centre = createCentre({ config: settings(), startMs })
  const publishClosed = async (records: readonly SnapshotRecord[]) => {
    if (outage.isOut && records.length > 0)
      throw new FloorwatchError('kafka-unavailable', 'no broker answers')
    await centre.sink.publishClosed(records)
    if (records.length > 0) centre.clock.nowMs += outage.takesMs
  }
  const sink = { ...centre.sink, publishClosed }
  const process = await centre.join({ sink })
  centre.feed(resolved())
  await liveTo(centre, process, hour)
  return { centre, process, outage, sink }
}

describe('how far what has settled is told', () => {
  test('stands with the state: after a restart it is told, once', async () => {
    const { centre, process } = await begin(resolved())
    await liveOn(centre, process, 7 * day)
    await process.service.stop()
    const second = await centre.join()
    await liveTo(centre, second, 8 * day)
    expect(toldOf(centre.closed)).toEqual([asClosed, asFinal, asSettled])
    await second.service.stop()
    await liveOn(centre, await centre.join(), 10 * day)
    expect(toldOf(centre.closed)).toHaveLength(3)
  })

  test('begins in a state of the version before where its closed windows stand', async () => {
    const { centre, process } = await begin(resolved())
    await liveOn(centre, process, 5 * day)
    centre.feed(resolved('later', 5 * day))
    await liveOn(centre, process, 7 * day + hour)
    await process.service.stop()
    centre.closed.length = 0
    const next = await centre.join({ store: versionBefore(centre.store) })
    await liveOn(centre, next, 13 * day)
    expect(toldOf(centre.closed)).toEqual([])
    const later = keyOf('', '2026-03-07T10:00:00.000Z')
    expect(toldOf(centre.closed, later)).toEqual([asSettled])
  })

  test('stays where it was while nothing can be sent, and as-of goes on', async () => {
    const { centre, process, outage } = await beginFailing()
    await liveOn(centre, process, 7 * day + quarterEnd - minute)
    outage.isOut = true
    await liveTo(centre, process, 7 * day + hour)
    expect(toldOf(centre.closed)).toEqual([asClosed, asFinal])
    expect((await centre.heads())[0]?.asOfMs).toBeGreaterThan(startMs + 7 * day + quarterEnd)
    outage.isOut = false
    await liveTo(centre, process, 7 * day + 2 * hour)
    expect(toldOf(centre.closed)).toEqual([asClosed, asFinal, asSettled])
  })

  test('goes on in shorter stretches where it takes more revisions than there are, also after a takeover', async () => {
    const { centre, process, outage, sink } = await beginFailing()
    const starts = Array.from({ length: 160 }, (_, index) => (index + 1) * quarterEnd)
    centre.feed(starts.flatMap((afterMs) => resolved(`ticket-${afterMs}`, afterMs)))
    await liveOn(centre, process, 7 * day)
    const before = centre.closed.length
    centre.clock.nowMs += 3 * day
    outage.takesMs = 4_999.9
    let current = process
    for (let turn = 0; turn < 60; turn++) {
      centre.clock.nowMs += 250
      await current.round()
      const [head] = await centre.heads()
      const isBehind = (head?.settledMs ?? 0) < (head?.closedMs ?? 0) - day
      if (current === process && isBehind) current = await centre.join({ sink })
    }
    expect(current).not.toBe(process)
    const startAts = starts.map((afterMs) => new Date(startMs + afterMs).toISOString())
    const keys = ['', 'queueId=billing'].flatMap((scope) => startAts.map((startAt) => keyOf(scope, startAt)))
    const settled = keys.map((key) => toldOf(centre.closed.slice(before), key))
    expect(settled.map((told) => told.at(-1))).toEqual(keys.map(() => asSettled))
    expect(Math.max(...settled.map(({ length }) => length))).toBeGreaterThan(1)
  })

  test('is one with what becomes final at the same time', async () => {
    const { centre, process, outage } = await beginFailing()
    outage.isOut = true
    await liveOn(centre, process, 8 * day)
    outage.isOut = false
    await liveTo(centre, process, 9 * day)
    expect(toldOf(centre.closed)).toEqual([asClosed, asSettled])
  })

  test('waits for a shard that stands still, which may have anything left to say, also after a restart', async () => {
    const centre = createCentre({ config: settings(), startMs, partitions: 2 })
    const [moving, still] = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    const liveTogether = async (processes: readonly Process[], afterMs: number) => {
      for (let turn = 0; turn < 4; turn++)
        for (const process of processes) await liveTo(centre, process, afterMs + turn * minute)
    }
    const ids = Array.from({ length: 8 }, (_, index) => `ticket-${index}`)
    const keys = ids.map((id) => keyOf(`queueId=queue-${id}`))
    centre.feed(ids.flatMap((id) => resolved(id, 0, `queue-${id}`)))
    for (const afterMs of [hour, 2 * day, 7 * day]) await liveTogether([moving, still], afterMs)
    await liveTogether([moving], 7 * day + hour)
    await moving.service.stop()
    const next = await centre.join({ shards: [0] })
    await liveTogether([next], 7 * day + 2 * hour)
    expect(keys.map((key) => toldOf(centre.closed, key).at(-1))).toEqual(keys.map(() => asFinal))
    await liveTogether([next, still], 7 * day + 3 * hour)
    expect(keys.map((key) => toldOf(centre.closed, key).at(-1))).toEqual(keys.map(() => asSettled))
  })
})

test('where as-of is taken back, what had settled is told once more', async () => {
  const driver = createDriver({ sets: [[]] })
  driver.feed(resolved())
  driver.advanceTo(startMs + 8 * day)
  const views = driver.shards().map(viewShard)
  const infos = createScopeInfos(1)
  infos.of('default|')
  const tiering = { zone: zoneNamed('UTC'), finestTier: 0 }
  const desks = publishPlansOf(configSchema.parse(settings())).map(createDesk)
  const intervals = createIntervals({
    desks,
    infos,
    openIndex: createOpenIndex([[]]),
    tiering,
    latenessMs: day,
    clock: { now: () => 0 },
  })
  const publishAt = async (asOfMs: number, marks: PublisherMarks) => {
    const told: string[] = []
    const state = { views, marks: new Map([[0, marks]]), journals: new Map(), counting: [], isStalled: false }
    const found = await intervals.publish(
      { ...state, asOfMs, watermarkMs: asOfMs } as unknown as PublishedState,
      async (closed) => {
        told.push(...closed.map(({ key }) => key))
        return true
      },
    )
    return { told, marks: found.get(0) as PublisherMarks }
  }
  const lateMs = startMs + 7 * day + hour
  const noted = { closedMs: lateMs, finalMs: lateMs - day, settledMs: lateMs, recheckMs: null, handled: {} }
  const back = await publishAt(lateMs - hour, noted)
  expect([back.told, back.marks.settledMs]).toEqual([[], lateMs - hour])
  const again = await publishAt(lateMs, back.marks)
  expect([again.told, again.marks.settledMs]).toEqual([[quarter], lateMs])
})

test('what settles is read from what happened in the window itself', () => {
  const settling = catalogueFor(defaultRules).filter(({ settlesAfterMs }) => settlesAfterMs !== undefined)
  expect(settling.map(({ id }) => id)).toEqual(expect.arrayContaining([fcr, surveys]))
  for (const { id, reading, byAgent } of settling)
    for (const own of byAgent ? [reading, byAgent] : [reading]) {
      expect(own.kind, id).toBe('ratio')
      const terms = own.kind === 'ratio' ? [...own.numerator, ...own.denominator] : []
      for (const { measure, without } of terms)
        expect([measure.kind === 'gauge', without]).toEqual([false, undefined])
    }
})
