import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { partitionFor } from '../src/core/partition.ts'
import type { EventSource } from '../src/ports.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'
import { replayTotals } from './support/replayed.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const lateMs = 7 * dayMs
const sets = [[], ['queueId']]

const configOf = (source: 'clock' | 'events') => ({
  time: { source },
  scopes: sets,
  publish: [{ scopes: sets, windows: ['total'], metrics: ['all'], everyMs: 100 }],
})

const callIdIn = (shard: number, number: number): string => {
  for (let attempt = 0; ; attempt++) {
    const callId = `call-${shard}-${number}-${attempt}`
    if (partitionFor(callId, 2, 'murmur2') === shard) return callId
  }
}

/** Calls that lie in one shard, so far apart. */
const callsIn = (shard: number, { count, everyMs, fromMs = startMs }: Stretch): readonly Event[] =>
  Array.from({ length: count }, (_, number) => {
    const occurredAt = fromMs + number * everyMs
    const call = { tenantId: 'acme', callId: callIdIn(shard, number), queueId: `queue-${number % 2}` }
    return [
      { ...call, type: 'call.queued', eventId: 'e-1', occurredAt },
      { ...call, type: 'call.answered', eventId: 'e-2', agentId: 'anna', occurredAt: occurredAt + 9_000 },
    ] as unknown as readonly Event[]
  }).flat()

type Stretch = { readonly count: number; readonly everyMs: number; readonly fromMs?: number }

/** A shard that hands out so many records a turn. */
const ration = () => {
  const left = { records: 0 }
  const slow = (source: EventSource): EventSource => ({
    ...source,
    take: (shard, topic) => {
      if (left.records <= 0) return undefined
      const record = source.take(shard, topic)
      if (record) left.records--
      return record
    },
  })
  return { left, slow }
}

/** Event time up to which a process has committed what it took. */
const reachedMs = ({ service }: Process): number =>
  Math.max(startMs, ...[...service.heads().values()].flatMap(({ greatestMs }) => Object.values(greatestMs)))

const recordCount = ({ service }: Process): number =>
  [...service.heads().values()].reduce((sum, { counters }) => sum + (counters.records ?? 0), 0)

const isHeld = ({ service }: Process): boolean => service.status().shards.some((shard) => shard.isHeld)

const pass = async ({ clock }: Centre, processes: readonly Process[], turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    clock.nowMs += 1_000
    for (const process of processes) await process.round()
  }
}

const totals = (centre: Centre) =>
  new Map([...centre.current()].map(([key, { metrics, worst }]) => [key, { metrics, worst }]))

const replayed = (events: readonly Event[], asOfMs?: number) =>
  new Map(
    [...replayTotals(events, sets, asOfMs)].map(([key, { metrics, worst }]) => [key, { metrics, worst }]),
  )

describe('shards of two processes', () => {
  test.each(['clock', 'events'] as const)(
    'under %s, while one is handed out slowly the other waits within half the lateness, and all ends as a replay does',
    async (source) => {
      const events = [0, 1].map((shard) => callsIn(shard, { count: 240, everyMs: hourMs }))
      const centre = createCentre({ config: configOf(source), startMs: startMs + 90 * dayMs, partitions: 2 })
      for (const own of events) centre.feed(own)
      const { left, slow } = ration()
      const both = [await centre.join({ shards: [0] }), await centre.join({ shards: [1], source: slow })]
      const [fast, slowed] = both as [Process, Process]
      let heldTurns = 0
      for (let turn = 0; recordCount(slowed) < 480 && turn < 500; turn++) {
        left.records = 3
        await pass(centre, both, 1)
        if (isHeld(fast)) heldTurns++
        expect(reachedMs(fast) - reachedMs(slowed)).toBeLessThanOrEqual(12 * hourMs + 3 * hourMs)
      }
      expect(heldTurns).toBeGreaterThan(100)
      await pass(centre, both, 10)
      expect(both.map(recordCount)).toEqual([480, 480])
      expect(both.map(isHeld)).toEqual([false, false])
      expect(centre.deadLetters.count()).toBe(0)
      const asOfMs = Math.min(...(await centre.heads()).map((head) => head.asOfMs))
      expect(totals(centre)).toEqual(replayed(events.flat(), asOfMs))
    },
  )

  test('go on where the next events of both lie further ahead than they may drift apart', async () => {
    const events = [
      callsIn(0, { count: 12, everyMs: 9 * dayMs }),
      callsIn(1, { count: 12, everyMs: 9 * dayMs, fromMs: startMs + 4 * dayMs }),
    ]
    const centre = createCentre({ config: configOf('events'), startMs, partitions: 2 })
    for (const own of events) centre.feed(own)
    const both = [await centre.join({ shards: [0] }), await centre.join({ shards: [1] })]
    await pass(centre, both, 60)
    expect(both.map(recordCount)).toEqual([24, 24])
    expect(totals(centre)).toEqual(replayed(events.flat()))
  })

  test('wait for the first record of a lagging one', async () => {
    const centre = createCentre({ config: configOf('events'), startMs, partitions: 2 })
    for (const shard of [0, 1]) centre.feed(callsIn(shard, { count: 5, everyMs: hourMs }))
    const { left, slow } = ration()
    const both = [await centre.join({ shards: [0] }), await centre.join({ shards: [1], source: slow })]
    await pass(centre, both, 5)
    expect(both.map(recordCount)).toEqual([0, 0])
    left.records = 10
    await pass(centre, both, 5)
    expect(both.map(recordCount)).toEqual([10, 10])
  })

  test('live, one whose process is gone holds the other for as long as a shard may stand still', async () => {
    const centre = createCentre({ config: configOf('clock'), startMs: startMs + lateMs, partitions: 2 })
    for (const shard of [0, 1]) centre.feed(callsIn(shard, { count: 100, everyMs: hourMs }))
    const { left, slow } = ration()
    const alive = await centre.join({ shards: [0] })
    const gone = await centre.join({ shards: [1], source: slow })
    left.records = 2
    await pass(centre, [alive, gone], 3)
    await pass(centre, [alive], 25)
    expect(reachedMs(alive)).toBeLessThanOrEqual(startMs + 14 * hourMs)
    await pass(centre, [alive], 15)
    expect(recordCount(alive)).toBe(200)
    const successor = await centre.join({ shards: [1] })
    await pass(centre, [alive, successor], 5)
    expect(recordCount(successor)).toBe(200)
    expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(200)
  })

  test('under events, one whose process is gone is waited for until another takes it', async () => {
    const events = [0, 1].map((shard) => callsIn(shard, { count: 100, everyMs: hourMs }))
    const centre = createCentre({ config: configOf('events'), startMs, partitions: 2 })
    for (const own of events) centre.feed(own)
    const { left, slow } = ration()
    const alive = await centre.join({ shards: [0] })
    const gone = await centre.join({ shards: [1], source: slow })
    left.records = 2
    await pass(centre, [alive, gone], 3)
    await pass(centre, [alive], 100)
    expect(reachedMs(alive)).toBeLessThanOrEqual(startMs + 14 * hourMs)
    expect(isHeld(alive)).toBe(true)
    await pass(centre, [alive, await centre.join({ shards: [1] })], 30)
    expect(totals(centre)).toEqual(replayed(events.flat()))
  })

  test('live, one that comes back far behind holds the other until it has caught up', async () => {
    const centre = createCentre({ config: configOf('clock'), startMs: startMs + lateMs, partitions: 2 })
    for (const shard of [0, 1]) centre.feed(callsIn(shard, { count: 24 * 6, everyMs: hourMs }))
    const alive = await centre.join({ shards: [0] })
    await pass(centre, [alive], 40)
    expect(recordCount(alive)).toBe(288)
    const { left, slow } = ration()
    const back = await centre.join({ shards: [1], source: slow })
    await pass(centre, [alive, back], 2)
    const fresh = callsIn(0, { count: 150, everyMs: hourMs }).filter(
      ({ occurredAt }) => occurredAt >= startMs + 144 * hourMs,
    )
    centre.feed(fresh)
    await pass(centre, [alive, back], 5)
    expect(recordCount(alive)).toBe(288)
    expect(isHeld(alive)).toBe(true)
    left.records = 300
    await pass(centre, [alive, back], 5)
    expect([alive, back].map(recordCount)).toEqual([300, 288])
  })
})

describe('shards of one process', () => {
  test('fill their batches side by side, the slowest always first', async () => {
    const centre = createCentre({ config: configOf('events'), startMs, partitions: 2 })
    centre.feed(callsIn(0, { count: 100, everyMs: dayMs }))
    centre.feed(callsIn(1, { count: 700, everyMs: dayMs / 7 }))
    const taken: { readonly shard: number; readonly atMs: number }[] = []
    const process = await centre.join({
      source: (source) => ({
        ...source,
        take: (shard, topic) => {
          const record = source.take(shard, topic)
          if (record) taken.push({ shard, atMs: record.timestampMs })
          return record
        },
      }),
    })
    await pass(centre, [process], 1)
    expect(recordCount(process)).toBe(1_600)
    const reached = [startMs, startMs]
    for (const { shard, atMs } of taken) {
      reached[shard] = Math.max(reached[shard] ?? 0, atMs)
      const [first = 0, second = 0] = reached
      // The next one of each is read ahead.
      expect(Math.abs(first - second)).toBeLessThanOrEqual(dayMs / 2 + dayMs + 9_000)
    }
  })
})
