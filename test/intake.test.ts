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

test('a batch ends where a topic that has more in the log has no more at hand', async () => {
  const centre = createCentre({ config: config('clock'), startMs: startMs + 1_000 * minuteMs })
  const indexes = Array.from({ length: 100 }, (_, index) => index)
  centre.feed(indexes.map(queued))
  centre.feed(indexes.map(created))
  const greatestMs: Partial<Record<Topic, number>> = {}
  let handed = 0
  const process = await centre.join({
    source: (source) => ({
      ...source,
      take: (shard, topic) => {
        if (topic === 'ticket' && handed === 0) return undefined
        const record = source.take(shard, topic)
        if (record && topic === 'ticket') handed--
        if (record) greatestMs[topic] = record.timestampMs
        return record
      },
    }),
  })
  for (let round = 0; round < 40; round++) {
    handed = 3
    await goRound(centre, process, 1)
    const { ticket, 'call-queue': calls } = greatestMs
    if (ticket === undefined || calls === undefined) continue
    expect(Math.abs(ticket - calls)).toBeLessThanOrEqual(minuteMs)
  }
  const [head] = await centre.heads()
  expect(head?.counters.records).toBe(200)
})

describe('events of one instant', () => {
  /** Of two payloads under one eventId the one that is read first is counted: late it is, or not. */
  const events = (): readonly Event[] => {
    const at = (seconds: number) => startMs + seconds * 1_000
    const ticket = { tenantId: 'acme', ticketId: 'ticket-1' }
    const message = { ...ticket, type: 'message.sent', messageId: 'm-1', author: 'customer', public: true }
    return [
      { ...created(0), occurredAt: at(-60) },
      { ...created(1), occurredAt: at(0) },
      { ...created(1), eventId: 'e-9', occurredAt: at(-10) },
      { ...message, eventId: 'e-2', occurredAt: at(0) },
      { ...message, eventId: 'e-9', occurredAt: at(-2) },
    ] as unknown as readonly Event[]
  }

  const lateAfter = async (restarts: number): Promise<number | undefined> => {
    const centre = createCentre({ config: { time: { source: 'events' }, limits: { batchRecordsMax: 1 } } })
    centre.feed(events())
    for (let restart = 0; restart < restarts; restart++) await goRound(centre, await centre.join(), 1)
    await goRound(centre, await centre.join(), 10)
    const [head] = await centre.heads()
    expect(head?.counters.records).toBe(5)
    return head?.counters.late ?? 0
  }

  test('are taken in the same order after a restart', async () => {
    const untouched = await lateAfter(0)
    for (const restarts of [1, 2, 3, 4]) expect(await lateAfter(restarts)).toBe(untouched)
  })
})
