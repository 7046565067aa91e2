import { expect, test } from 'vitest'
import { type Event, kafkaKeyOf } from '../src/core/events.ts'
import { partitionFor } from '../src/core/partition.ts'
import { createRebuildingCentre } from './support/rebuilding.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const stepMs = 120_000
const partitions = 2
const config = {
  time: { source: 'events' },
  scopes: [[]],
  publish: [{ scopes: [[]], windows: ['total'], metrics: ['callsOffered'], everyMs: 100 }],
}

const shardOf = (callId: string): number => partitionFor(callId, partitions, 'murmur2')

const queued = (callId: string, place: number): Event =>
  ({
    tenantId: 'acme',
    type: 'call.queued',
    eventId: '1',
    callId,
    queueId: 'q',
    direction: 'inbound',
    occurredAt: startMs + place * stepMs,
  }) as Event

test('more records for one shard in a row than may wait there hold nobody up, whatever the others still get', async () => {
  const centre = createRebuildingCentre({ partitions, config })
  const ids = Array.from({ length: 40_000 }, (_, number) => `call-${number}`)
  const first = ids.filter((id) => shardOf(id) === 0).slice(0, 12_000)
  const others = ids.filter((id) => shardOf(id) === 1).slice(0, 2)
  const calls = [others[0] as string, ...first, others[1] as string]
  for (const [place, callId] of calls.entries()) {
    const event = queued(callId, place)
    centre.feed([event], { partition: place % 2, timestampMs: event.occurredAt, key: kafkaKeyOf(event) })
  }
  centre.clock.nowMs = startMs + calls.length * stepMs
  const session = await centre.rebuild(config, { reshards: true })
  await session.swap()
  await session.close()
  const process = await centre.joinFollowing(config)
  for (let turn = 0; turn < 4; turn++) {
    centre.clock.nowMs += 1_000
    await process.settle()
  }
  expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(calls.length)
})
