import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import type { Topic } from '../src/core/topics.ts'
import type { EventSource } from '../src/ports.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const minuteMs = 60_000

const queued = (index: number): Event =>
  ({
    type: 'call.queued',
    tenantId: 'acme',
    eventId: 'e-1',
    callId: `call-${index}`,
    queueId: 'billing',
    occurredAt: startMs + index * minuteMs,
  }) as Event

const created = (index: number): Event =>
  ({
    type: 'ticket.created',
    tenantId: 'acme',
    eventId: 'e-1',
    ticketId: `ticket-${index}`,
    occurredAt: startMs + index * minuteMs,
  }) as Event

const config = (source: 'clock' | 'events') => ({
  time: { source },
  limits: { batchRecordsMax: 10 },
  scopes: [[]],
  publish: [{ scopes: [[]], windows: ['total'], metrics: ['callsOffered', 'netFlow'], everyMs: 100 }],
})

/** One topic hands out a record only every so many calls. */
const slowTopic = (source: EventSource, { topic, every }: { topic: Topic; every: number }) => {
  const taken: { topic: Topic; atMs: number }[] = []
  let calls = 0
  const slowed: EventSource = {
    ...source,
    take: (shard, from) => {
      if (from === topic && ++calls % every !== 0) return undefined
      const record = source.take(shard, from)
      if (record) taken.push({ topic: from, atMs: record.timestampMs })
      return record
    },
  }
  return { slowed, taken }
}

const goRound = async ({ clock }: Centre, process: Process, rounds: number): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    clock.nowMs += 100
    await process.round()
  }
}

describe('alignment', () => {
  test('while one topic is ten times slower the others wait for it, and nothing is too old', async () => {
    const centre = createCentre({ config: config('clock'), startMs: startMs + 1_000 * minuteMs })
    const indexes = Array.from({ length: 100 }, (_, index) => index)
    centre.feed(indexes.map(queued))
    centre.feed(indexes.map(created))
    let taken: readonly { topic: Topic; atMs: number }[] = []
    const process = await centre.join({
      source: (source) => {
        const slow = slowTopic(source, { topic: 'ticket', every: 10 })
        taken = slow.taken
        return slow.slowed
      },
    })
    await goRound(centre, process, 9)
    for (let round = 0; round < 6_000 && taken.length < 800; round++) {
      await goRound(centre, process, 1)
      const reached = (topic: Topic) =>
        Math.max(startMs, ...taken.filter((one) => one.topic === topic).map(({ atMs }) => atMs))
      const aheadMs = reached('call-queue') - reached('ticket')
      if (taken.some(({ topic }) => topic === 'ticket')) expect(aheadMs).toBeLessThanOrEqual(13 * minuteMs)
      if (reached('ticket') === startMs + 99 * minuteMs) break
      const [head] = await centre.heads()
      expect(head?.asOfMs ?? 0).toBeLessThanOrEqual(Math.max(0, reached('ticket') + minuteMs))
    }
    await goRound(centre, process, 30)
    expect(centre.deadLetters.count()).toBe(0)
    expect(centre.current().get('acme||total')?.metrics).toMatchObject({
      callsOffered: { value: 100 },
      netFlow: { value: 100 },
    })
  })
})
