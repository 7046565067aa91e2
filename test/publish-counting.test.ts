import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { type Centre, createCentre, type Process } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const minuteMs = 60_000

const queued = (callId: string, occurredAt: number): Event =>
  ({
    tenantId: 'acme',
    type: 'call.queued',
    eventId: 'e-1',
    callId,
    queueId: 'billing',
    channel: 'voice',
    occurredAt,
  }) as Event
const abandoned = (callId: string, occurredAt: number): Event =>
  ({ tenantId: 'acme', type: 'call.abandoned', eventId: 'e-2', callId, occurredAt }) as Event

const settingsOf = (sets: readonly (readonly string[])[], more: object = {}) => ({
  scopes: sets,
  publish: [
    {
      scopes: sets,
      windows: ['15m', 'total', 'interval-15m'],
      metrics: ['callsOffered', 'waitingNow'],
      everyMs: 100,
    },
  ],
  ...more,
})

const passTime = async (centre: Centre, processes: readonly Process[], forMs: number): Promise<void> => {
  for (let passed = 0; passed < forMs; passed += 5_000) {
    centre.clock.nowMs += 5_000
    for (const process of processes) await process.settle()
  }
}

const toldOf = (centre: Centre, key: string) =>
  centre.current().get(key) as unknown as
    | { readonly changedAt?: string; readonly partial: boolean }
    | undefined

describe('what is counted under a configuration that changed', () => {
  test('says when, where the window began before', async () => {
    const centre = createCentre({ config: settingsOf([[]]), startMs })
    const first = await centre.join()
    centre.feed([queued('call-1', startMs + minuteMs)])
    await passTime(centre, [first], 5 * minuteMs)
    expect(toldOf(centre, 'acme||15m')?.changedAt).toBeUndefined()
    await first.service.stop()
    const changedMs = centre.clock.nowMs
    const strict = settingsOf([[]], { serviceLevel: { default: { thresholdMs: 1_000 } } })
    const second = await centre.join({ config: strict })
    expect(centre.logged.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'warn: configuration changed',
    ])
    centre.feed([queued('call-2', startMs + 6 * minuteMs)])
    await passTime(centre, [second], 5 * minuteMs)
    expect(Date.parse(toldOf(centre, 'acme||15m')?.changedAt ?? '')).toBeLessThanOrEqual(changedMs)
    await passTime(centre, [second], 30 * minuteMs)
    centre.feed([queued('call-3', centre.clock.nowMs)])
    await passTime(centre, [second], minuteMs)
    expect(toldOf(centre, 'acme||15m')?.changedAt).toBeUndefined()
    expect(Date.parse(toldOf(centre, 'acme||total')?.changedAt ?? '')).toBeLessThanOrEqual(changedMs)
  })

  test('a set that is added later says so, and takes nothing back that it never held', async () => {
    const centre = createCentre({ config: settingsOf([[]]), startMs })
    const first = await centre.join()
    centre.feed([queued('call-1', startMs + minuteMs), queued('call-2', startMs + minuteMs)])
    await passTime(centre, [first], 20 * minuteMs)
    await first.service.stop()
    const second = await centre.join({ config: settingsOf([[], ['queueId']]) })
    await passTime(centre, [second], minuteMs)
    centre.feed([abandoned('call-1', centre.clock.nowMs)])
    await passTime(centre, [second], minuteMs)
    const total = centre.current().get('acme|queueId=billing|total')
    expect(total?.metrics.callsOffered?.value).toBe(1)
    expect(total?.metrics.waitingNow?.value).toBe(0)
    expect(toldOf(centre, 'acme|queueId=billing|total')?.changedAt).toBeDefined()
    expect(toldOf(centre, 'acme||total')?.changedAt).toBeUndefined()
    expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(2)
    const closed = centre.closed.map(({ key }) => key).filter((key) => key.includes('queueId'))
    expect(closed).toEqual([])
  })

  test.each([
    {
      label: 'whose dimension others named before',
      before: [[], ['channel', 'queueId']],
      added: ['channel'],
    },
    { label: 'of a dimension of its own', before: [[]], added: ['channel'] },
  ])('a set $label holds all of a subject or nothing of it', async ({ before, added }) => {
    const centre = createCentre({ config: settingsOf(before), startMs })
    const first = await centre.join()
    const ids = ['call-1', 'call-2', 'call-3']
    centre.feed(ids.map((id) => queued(id, startMs + minuteMs)))
    await passTime(centre, [first], 20 * minuteMs)
    await first.service.stop()
    const second = await centre.join({ config: settingsOf([...before, added]) })
    await passTime(centre, [second], minuteMs)
    centre.feed([abandoned('call-1', centre.clock.nowMs), queued('call-4', centre.clock.nowMs)])
    await passTime(centre, [second], minuteMs)
    const total = centre.current().get('acme|channel=voice|total')?.metrics
    expect([total?.callsOffered?.value, total?.waitingNow?.value]).toEqual([2, 1])
    centre.feed([abandoned('call-2', centre.clock.nowMs)])
    await passTime(centre, [second], minuteMs)
    const later = centre.current().get('acme|channel=voice|total')?.metrics
    expect([later?.callsOffered?.value, later?.waitingNow?.value]).toEqual([3, 1])
  })

  test('is partial while processes count by different configurations', async () => {
    const centre = createCentre({ config: settingsOf([[]]), startMs, partitions: 2 })
    const strict = settingsOf([[]], { serviceLevel: { default: { thresholdMs: 1_000 } } })
    const [changed, unchanged] = [
      await centre.join({ shards: [0], config: strict }),
      await centre.join({ shards: [1] }),
    ]
    centre.feed([queued('call-1', startMs + 1_000), queued('call-2', startMs + 1_000)])
    await passTime(centre, [changed, unchanged], minuteMs)
    expect(toldOf(centre, 'acme||total')?.partial).toBe(true)
    await unchanged.service.stop()
    const replaced = await centre.join({ shards: [1], config: strict })
    await passTime(centre, [changed, replaced], minuteMs)
    expect(toldOf(centre, 'acme||total')?.partial).toBe(false)
    expect(centre.current().get('acme||total')?.metrics.callsOffered?.value).toBe(2)
  })
})
