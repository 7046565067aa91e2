import { expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { partitionFor } from '../src/core/partition.ts'
import { createMemoryStore } from '../src/memory/store.ts'
import { createScopeInfos } from '../src/publish-scopes.ts'
import { createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const partitions = 2
const config = {
  scopes: [['queueId']],
  publish: [{ scopes: [['queueId']], windows: ['now'], metrics: ['openTickets'], everyMs: 100 }],
}

const numbers = Array.from({ length: 100 }, (_, number) => number)
const queueId = numbers
  .map((number) => `q-${number}`)
  .find((id) => createScopeInfos(partitions).of(`acme|queueId=${id}`).publisher === 0) as string
const ticketId = numbers
  .map((number) => `t-${number}`)
  .find((id) => partitionFor(id, partitions, 'murmur2') === 1) as string

const ticket = (type: string, fields: object): Event =>
  ({ tenantId: 'acme', type, ticketId, eventId: type, ...fields }) as Event

test('a publisher that knew a lost shard only as stalled tells of its scopes again once it is back, empty ones too', async () => {
  const centre = createCentre({ config, partitions, startMs })
  const passSeconds = async (count: number, ...processes: readonly Process[]) => {
    for (let second = 0; second < count; second++) {
      centre.clock.nowMs += 1_000
      for (const process of processes) await process.settle()
    }
  }
  const openTickets = () => centre.current().get(`acme|queueId=${queueId}|now`)?.metrics.openTickets?.value

  const before = await centre.join()
  centre.feed([ticket('ticket.created', { queueId, channel: 'email', occurredAt: startMs })])
  await passSeconds(5, before)
  expect(openTickets()).toBe(1)
  await before.service.stop()
  centre.feed([ticket('ticket.resolved', { occurredAt: centre.clock.nowMs })])

  const store = createMemoryStore({ chainLength: 16 })
  const publisher = await centre.join({ store, shards: [0] })
  await passSeconds(60, publisher)
  const other = await centre.join({ store, shards: [1] })
  await passSeconds(10, publisher, other)
  expect(openTickets()).toBe(0)
})
