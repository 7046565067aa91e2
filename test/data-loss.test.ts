import { expect, it } from 'vitest'
import type { Event } from '../src/core/events.ts'
import type { AssignmentListener, EventSource } from '../src/ports.ts'
import { createCentre } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')

it('F11: records lost from the log make partial at once what stands on the topic, also where nothing happens', async () => {
  const publish = [{ scopes: [[]], windows: ['15m'], metrics: ['callsOffered'], everyMs: 100 }]
  const centre = createCentre({ config: { scopes: [[]], publish }, startMs })
  let listener: AssignmentListener | undefined
  const listen = (source: EventSource): EventSource => ({
    ...source,
    start: (given) => {
      listener = given
      return source.start(given)
    },
  })
  const process = await centre.join({ source: listen })
  const call = { tenantId: 'acme', eventId: '1', type: 'call.queued', callId: 'c', queueId: 'q' }
  centre.feed([{ ...call, occurredAt: startMs } as Event])
  const passSeconds = async (count: number) => {
    for (let second = 0; second < count; second++) {
      centre.clock.nowMs += 1_000
      await process.settle()
    }
  }
  const isPartial = () => centre.current().get('acme||15m')?.partial
  await passSeconds(10)
  expect(isPartial()).toBe(false)
  listener?.onDataLoss?.({ topic: 'ticket', partition: 0, expected: 1n, found: 5n })
  await passSeconds(3)
  expect(isPartial()).toBe(true)
  await passSeconds(16 * 60)
  expect(isPartial()).not.toBe(true)
})

it('what was lost is committed with what was read past it, also where both come while queues are filled', async () => {
  const centre = createCentre({ startMs })
  let listener: AssignmentListener | undefined
  const call = { tenantId: 'acme', eventId: '1', type: 'call.queued', callId: 'c', queueId: 'q' }
  /** Far behind; what the first wait brings lies past a gap. */
  const losing = (source: EventSource): EventSource => ({
    ...source,
    start: (given) => {
      listener = given
      return source.start(given)
    },
    lag: (shard) =>
      source
        .lag(shard)
        .map((lane) => (lane.topic === 'call-queue' ? { ...lane, end: lane.position + 10_000n } : lane)),
    wait: async () => {
      if (centre.log.range('call-queue', 0).high > 0n) return
      listener?.onDataLoss?.({ topic: 'call-queue', partition: 0, expected: 1n, found: 5n })
      centre.feed([{ ...call, occurredAt: startMs } as Event])
    },
  })
  const process = await centre.join({ source: losing })
  await process.round()
  const [head] = await centre.heads()
  expect(head?.next).toEqual({ 'call-queue': '1' })
  expect(head?.coveredFromMs).toBe(startMs)
})
