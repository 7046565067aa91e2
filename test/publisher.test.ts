import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { partitionFor } from '../src/core/partition.ts'
import { FloorwatchError } from '../src/errors.ts'
import { createMemoryStore } from '../src/memory/store.ts'
import type { SnapshotRecord } from '../src/ports.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const minuteMs = 60_000

const event = (type: string, fields: object): Event =>
  ({ tenantId: 'acme', type, eventId: `${type}-1`, ...fields }) as Event

const queued = (callId: string, occurredAt: number, fields: object = {}): Event =>
  event('call.queued', { callId, queueId: 'billing', direction: 'inbound', occurredAt, ...fields })

const abandoned = (callId: string, occurredAt: number): Event =>
  event('call.abandoned', { callId, occurredAt })

const publishing = (windows: readonly string[], more: object = {}) => ({
  scopes: [[], ['queueId']],
  publish: [{ scopes: [[], ['queueId']], windows, metrics: ['callsOffered', 'waitingNow'], everyMs: 100 }],
  ...more,
})

/** Live, second by second. */
const passTime = async (
  { clock }: Centre,
  process: Process,
  forMs: number,
  stepMs = 1_000,
): Promise<void> => {
  for (let passed = 0; passed < forMs; passed += stepMs) {
    clock.nowMs += stepMs
    await process.settle()
  }
}

const isSnapshot = ({ key }: { readonly key: string }) => !key.startsWith('~')
const offered = (centre: Centre, key: string) => centre.current().get(key)?.metrics.callsOffered?.value

describe('what is published', () => {
  test('while nothing changes only the heartbeat goes out, once a second, however many scopes stand idle', async () => {
    const centre = createCentre({ config: publishing(['now', '15m', 'today']), startMs })
    const process = await centre.join()
    const calls = Array.from({ length: 1_000 }, (_, index) => `call-${index}`)
    centre.feed(
      calls.flatMap((id) => [queued(id, startMs, { queueId: `q-${id}` }), abandoned(id, startMs + 1)]),
    )
    await passTime(centre, process, 30_000)
    expect(centre.current().size).toBe(3_003)
    const before = centre.sent.length
    await passTime(centre, process, 10_000)
    const sent = centre.sent.slice(before)
    expect(sent.filter((record) => !isSnapshot(record))).toHaveLength(10)
    // The slow repair: an hour's share of what stands there.
    expect(sent.filter(isSnapshot).length).toBeLessThanOrEqual(10)
  })

  test('a value leaves 15m fifteen minutes later without any event', async () => {
    const centre = createCentre({ config: publishing(['15m']), startMs })
    const process = await centre.join()
    centre.feed([queued('call-1', startMs + 2_000)])
    await passTime(centre, process, 15 * minuteMs - 5_000, 5_000)
    expect(offered(centre, 'acme||15m')).toBe(1)
    await passTime(centre, process, 15_000, 5_000)
    expect(offered(centre, 'acme||15m')).toBe(0)
  })

  test('a calendar window closes once, not final, and a restart goes on closing where it was', async () => {
    const centre = createCentre({ config: publishing(['interval-15m']), startMs })
    const first = await centre.join()
    centre.feed([queued('call-1', startMs + 1_000), abandoned('call-1', startMs + 9_000)])
    await passTime(centre, first, 20 * minuteMs, 30_000)
    const keys = () => centre.closed.map(({ key }) => key).sort()
    const closedFirst = [
      'acme|queueId=billing|interval-15m|2026-03-02T10:00:00.000Z',
      'acme||interval-15m|2026-03-02T10:00:00.000Z',
    ]
    expect(keys()).toEqual(closedFirst)
    expect(JSON.parse(centre.closed[0]?.value ?? '')).toMatchObject({
      final: false,
      metrics: { callsOffered: { value: 1 } },
    })
    await first.service.stop()
    centre.feed([queued('call-2', startMs + 16 * minuteMs), abandoned('call-2', startMs + 16 * minuteMs + 1)])
    await passTime(centre, await centre.join(), 20 * minuteMs, 30_000)
    expect(keys()).toEqual(
      [...closedFirst, ...closedFirst.map((key) => key.replace('10:00:00', '10:15:00'))].sort(),
    )
  })

  test('windows that closed within the first batch of a history go out too', async () => {
    const time = { source: 'events' }
    const centre = createCentre({ config: publishing(['hour'], { time }) })
    const process = await centre.join()
    centre.feed([
      queued('call-1', startMs),
      abandoned('call-1', startMs + 1),
      queued('call-2', startMs + 3 * 3_600_000),
    ])
    await passTime(centre, process, 2_000)
    expect(centre.closed.map(({ key }) => key)).toContain('acme||hour|2026-03-02T10:00:00.000Z')
  })

  test('a scope whose facts have all been taken back gets one tombstone', async () => {
    const centre = createCentre({ config: publishing(['now', 'today']), startMs })
    const process = await centre.join()
    centre.feed([queued('call-1', startMs)])
    await passTime(centre, process, 3_000)
    expect([...centre.current().keys()]).toContain('acme|queueId=billing|today')
    const retraction = event('event.retracted', {
      callId: 'call-1',
      retracts: 'call.queued-1',
      occurredAt: startMs + 1,
    })
    centre.feed([retraction], { timestampMs: startMs + 3_000 })
    await passTime(centre, process, 10_000)
    const tombstones = centre.sent.filter(({ value }) => value === null).map(({ key }) => key)
    expect(tombstones.sort()).toEqual([
      'acme|queueId=billing|now',
      'acme|queueId=billing|today',
      'acme||now',
      'acme||today',
    ])
    expect([...centre.current().keys()]).toEqual([])
  })

  test('names stand beside the ids they belong to', async () => {
    const labels = { queueId: { billing: 'Billing' } }
    const centre = createCentre({ config: publishing(['now'], { labels }), startMs })
    centre.feed([queued('call-1', startMs)])
    await passTime(centre, await centre.join(), 3_000)
    expect(centre.current().get('acme|queueId=billing|now')?.labels).toEqual({ queueId: 'Billing' })
    expect(centre.current().get('acme||now')?.labels).toEqual({})
  })

  test('past the cap of a set its snapshots say that they are partial, the whole tenant does not', async () => {
    const centre = createCentre({ config: publishing(['now'], { limits: { scopeKeysMax: 1 } }), startMs })
    centre.feed([queued('call-1', startMs), queued('call-2', startMs, { queueId: 'sales' })])
    await passTime(centre, await centre.join(), 5_000)
    const current = centre.current()
    expect(current.get('acme|queueId=billing|now')?.partial).toBe(true)
    expect(current.get('acme|queueId=__other__|now')?.metrics.waitingNow?.value).toBe(1)
    expect(current.get('acme||now')?.partial).toBe(false)
  })

  test('read from the latest on, windows that began before say that they are partial', async () => {
    const centre = createCentre({
      config: publishing(['1m', 'total'], { kafka: { startFrom: 'latest' } }),
      startMs,
    })
    const process = await centre.join()
    await passTime(centre, process, 2_000)
    centre.feed([queued('call-1', startMs + 2_000)])
    await passTime(centre, process, 10_000)
    expect(centre.current().get('acme||1m')?.partial).toBe(true)
    centre.feed([queued('call-2', startMs + 110_000)])
    await passTime(centre, process, 120_000, 5_000)
    expect(centre.current().get('acme||1m')?.partial).toBe(false)
    expect(centre.current().get('acme||total')?.partial).toBe(true)
  })

  test('as-of, watermark and revision of a key never go back', async () => {
    const centre = createCentre({ config: publishing(['now', '5m']), startMs, partitions: 2 })
    const process = await centre.join()
    for (let turn = 0; turn < 40; turn++) {
      centre.feed([queued(`call-${turn}`, centre.clock.nowMs - (turn % 3) * 20_000)])
      centre.clock.nowMs += turn === 20 ? -600_000 : 1_500
      await process.settle()
    }
    const last = new Map<string, { asOf: string; watermark: string; revision: number }>()
    for (const { key, value } of centre.sent) {
      const said = JSON.parse(value ?? '{}')
      const before = last.get(key)
      if (before) {
        expect(said.asOf >= before.asOf && said.watermark >= before.watermark).toBe(true)
        expect(said.revision).toBeGreaterThan(before.revision)
      }
      last.set(key, said)
    }
    expect(last.size).toBeGreaterThan(4)
  })

  test('what could not be sent is sent when the sink is back, and the outage is said once', async () => {
    const centre = createCentre({ config: publishing(['now']), startMs })
    let isOut = true
    const publish = async (records: Parameters<typeof centre.sink.publish>[0]) => {
      if (isOut) throw new FloorwatchError('kafka-unavailable', 'no broker')
      await centre.sink.publish(records)
    }
    const process = await centre.join({ sink: { ...centre.sink, publish } })
    centre.feed([queued('call-1', startMs)])
    await passTime(centre, process, 20_000)
    expect(centre.sent).toEqual([])
    isOut = false
    await passTime(centre, process, 10_000)
    expect(centre.current().get('acme||now')?.metrics.waitingNow?.value).toBe(1)
    expect(centre.logged.map(({ message, part }) => `${message}: ${part}`)).toEqual([
      'outage began: publishing',
      'outage ended: publishing',
    ])
  })

  test('what was read but could not be sent is never said again by a process that lost its shard', async () => {
    const centre = createCentre({ partitions: 2, config: publishing(['15m']), startMs })
    const key = 'acme|queueId=billing|15m'
    const publisher = partitionFor('acme|queueId=billing', 2, 'murmur2')
    const saidByFormer: string[] = []
    let isOut = true
    const publish = async (records: readonly SnapshotRecord[]) => {
      if (isOut && records.some((record) => record.key === key))
        throw new FloorwatchError('kafka-unavailable', 'no broker')
      saidByFormer.push(...records.map((record) => record.key))
    }
    const former = await centre.join({ sink: { ...centre.sink, publish } })
    centre.feed([queued('call-1', startMs)])
    for (let round = 0; round < 3; round++) {
      centre.clock.nowMs += 3_000
      await former.round()
    }
    await former.revoke(publisher)
    await centre.join({ shards: [publisher] })
    isOut = false
    await passTime(centre, former, 20 * minuteMs, 10_000)
    expect(saidByFormer).not.toContain(key)
  })

  test('counted again from an empty store, what is empty by now is said where something else stands', async () => {
    const centre = createCentre({
      config: publishing(['now'], { limits: { batchRecordsMax: 1 } }),
      startMs,
    })
    centre.feed([queued('call-0', startMs, { queueId: 'sales' }), queued('call-1', startMs + 1)])
    await passTime(centre, await centre.join(), 8_000)
    const waiting = () => centre.current().get('acme|queueId=billing|now')?.metrics.waitingNow?.value
    expect(waiting()).toBe(1)
    centre.feed([abandoned('call-1', startMs + 3_000)])
    await passTime(centre, await centre.join({ store: createMemoryStore({ chainLength: 16 }) }), 20_000)
    expect(waiting()).toBe(0)
  })

  test('what was sent without an answer is said again although the value is by then what was said before', async () => {
    const centre = createCentre({ config: publishing(['now']), startMs })
    let isAnswered = true
    const publish = async (records: readonly SnapshotRecord[]) => {
      await centre.sink.publish(records)
      if (!isAnswered) throw new FloorwatchError('kafka-unavailable', 'no answer')
    }
    const process = await centre.join({ sink: { ...centre.sink, publish } })
    const waiting = () => centre.current().get('acme||now')?.metrics.waitingNow?.value
    centre.feed([queued('call-1', startMs)])
    await passTime(centre, process, 3_000)
    isAnswered = false
    centre.feed([queued('call-2', startMs + 3_000)])
    await passTime(centre, process, 2_000)
    expect(waiting()).toBe(2)
    centre.feed([abandoned('call-2', startMs + 4_000)])
    centre.clock.nowMs += 100
    await process.round()
    isAnswered = true
    await passTime(centre, process, 10_000)
    expect(waiting()).toBe(1)
  })

  test('after a send that Kafka kept waiting for a minute, snapshots go out again within seconds', async () => {
    const centre = createCentre({ config: publishing(['now']), startMs })
    let waitMs = minuteMs
    const publish = async (records: readonly SnapshotRecord[]) => {
      if (records.some(isSnapshot)) {
        centre.clock.nowMs += waitMs
        waitMs = 0
      }
      await centre.sink.publish(records)
    }
    const process = await centre.join({ sink: { ...centre.sink, publish } })
    centre.feed([queued('call-1', startMs)])
    await passTime(centre, process, 3_000)
    centre.feed([queued('call-2', centre.clock.nowMs)])
    await passTime(centre, process, 15_000)
    expect(centre.current().get('acme||now')?.metrics.waitingNow?.value).toBe(2)
  })
})
