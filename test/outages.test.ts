import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { FloorwatchError } from '../src/errors.ts'
import type { AssignmentListener, EventSource, SnapshotSink, StateStore } from '../src/ports.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const queued = (callId: string): Event =>
  ({
    type: 'call.queued',
    tenantId: 'acme',
    eventId: 'e-1',
    callId,
    queueId: 'billing',
    direction: 'inbound',
    occurredAt: startMs,
  }) as Event

const config = {
  scopes: [[]],
  publish: [{ scopes: [[]], windows: ['total'], metrics: ['callsOffered'], everyMs: 100 }],
}

const pass = async ({ clock }: Centre, process: Process, turns = 20): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) {
    clock.nowMs += 1_000
    await process.settle()
  }
}

const linesOf = ({ logged }: Centre) => logged.map(({ message, part }) => `${message}: ${part}`)
const outOf = (process: Process) =>
  process.service
    .status()
    .outages.filter(({ sinceMs }) => sinceMs !== null)
    .map(({ part }) => part)

/** A source whose log can be said to be out. */
const talkativeSource = () => {
  let listener: AssignmentListener | undefined
  const wrap = (source: EventSource): EventSource => ({
    ...source,
    start: (given) => {
      listener = given
      return source.start(given)
    },
  })
  return { wrap, tell: () => listener as AssignmentListener }
}

/** The centre's sink, out while it is told so. */
const breakableSink = ({ sink }: Centre, output: { readonly isOut: boolean }): SnapshotSink => ({
  ...sink,
  publish: async (records) => {
    if (output.isOut) throw new FloorwatchError('kafka-unavailable', 'no leader')
    await sink.publish(records)
  },
})

describe('an outage is one line when it begins and one when it ends', () => {
  test('of Kafka, however often the source meets it', async () => {
    const centre = createCentre({ config, startMs })
    const { wrap, tell } = talkativeSource()
    const process = await centre.join({ source: wrap })
    await pass(centre, process)
    for (let tries = 0; tries < 5; tries++) {
      tell().onOutage?.(new FloorwatchError('kafka-unavailable', 'no broker answers'))
      await pass(centre, process)
    }
    expect(outOf(process)).toEqual(['kafka'])
    tell().onRecovered?.()
    await pass(centre, process)
    expect(linesOf(centre)).toEqual(['outage began: kafka', 'outage ended: kafka'])
    expect(outOf(process)).toEqual([])
  })

  test('of Kafka when a dropped shard cannot go back in the log: it is taken again later', async () => {
    const centre = createCentre({ config, startMs })
    let seeks = 0
    const source = (own: EventSource): EventSource => ({
      ...own,
      seek: async (shard, offsets) => {
        seeks++
        if (seeks < 4) throw new FloorwatchError('kafka-unavailable', 'no broker answers')
        await own.seek(shard, offsets)
      },
    })
    let isLost = true
    const commit: StateStore['commit'] = async (shard, one) => {
      const outcome = await centre.store.commit(shard, one)
      if (!isLost) return outcome
      isLost = false
      throw new FloorwatchError('redis-outcome-unknown', 'no reply')
    }
    const process = await centre.join({ source, store: { ...centre.store, commit } })
    centre.feed([queued('call-1')])
    await pass(centre, process)
    expect(seeks).toBe(4)
    expect(linesOf(centre)).toEqual([
      'outage began: redis',
      'outage began: kafka',
      'outage ended: redis',
      'outage ended: kafka',
    ])
    expect((await centre.heads())[0]?.counters.applied).toBe(1)
  })

  test('of publishing is over when something has arrived, not when there was nothing to send', async () => {
    const centre = createCentre({ config, startMs })
    const output = { isOut: true }
    const process = await centre.join({ sink: breakableSink(centre, output) })
    centre.feed([queued('call-1')])
    for (let turn = 0; turn < 200; turn++) {
      centre.clock.nowMs += 130
      await process.round()
    }
    expect(linesOf(centre)).toEqual(['outage began: publishing'])
    output.isOut = false
    await pass(centre, process)
    expect(linesOf(centre)).toEqual(['outage began: publishing', 'outage ended: publishing'])
  })

  test('of publishing, while the rest goes on', async () => {
    const centre = createCentre({ config, startMs })
    const output = { isOut: true }
    const process = await centre.join({ sink: breakableSink(centre, output) })
    centre.feed([queued('call-1')])
    await pass(centre, process)
    expect(outOf(process)).toEqual(['publishing'])
    expect((await centre.heads())[0]?.counters.applied).toBe(1)
    output.isOut = false
    await pass(centre, process)
    expect(linesOf(centre)).toEqual(['outage began: publishing', 'outage ended: publishing'])
    expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(1)
  })
})

describe('the status', () => {
  test('says how far each shard of the process is, and what lies before it', async () => {
    const centre = createCentre({ config, startMs, partitions: 2 })
    await pass(centre, await centre.join({ shards: [0] }), 1)
    const process = await centre.join({ shards: [1] })
    await pass(centre, process, 3)
    const status = process.service.status()
    expect(status).toMatchObject({ isJoined: true, isDraining: false, isLoaded: true, shardCount: 2 })
    expect(status.shards.map(({ shard }) => shard)).toEqual([1])
    expect(status.shards[0]).toMatchObject({ isCaughtUp: true, watermarkMs: centre.clock.nowMs })
    const calls = Array.from({ length: 20 }, (_, index) => queued(`call-${index}`))
    centre.feed(calls)
    const [shard] = process.service.status().shards
    const waiting = shard?.lag.find(({ topic }) => topic === 'call-queue')?.recordCount ?? 0
    expect(waiting).toBeGreaterThan(0)
    await pass(centre, process, 3)
    const [after] = process.service.status().shards
    expect(after?.lag.every(({ recordCount }) => recordCount === 0)).toBe(true)
    expect(after?.counters.applied).toBe(waiting)
    expect(after?.offsets['call-queue']).toBe(BigInt(waiting))
  })

  test('of a process that was told to stop says so, and it publishes no more', async () => {
    const centre = createCentre({ config, startMs })
    const process = await centre.join()
    await pass(centre, process)
    await process.service.stop()
    const sentCount = centre.sent.length
    centre.feed([queued('call-1')])
    await pass(centre, process)
    expect(process.service.status().isDraining).toBe(true)
    expect(centre.sent).toHaveLength(sentCount)
  })
})
