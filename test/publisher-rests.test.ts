import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { createCentre } from './support/centre.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const queues = Array.from({ length: 400 }, (_, index) => `q-${index}`)

const queued = (callId: string, queueId: string, occurredAt: number): Event =>
  ({
    tenantId: 'acme',
    type: 'call.queued',
    eventId: '1',
    callId,
    queueId,
    direction: 'inbound',
    occurredAt,
  }) as Event

const config = {
  scopes: [[], ['queueId']],
  publish: [{ scopes: [[], ['queueId']], windows: ['now'], metrics: ['waitingNow'], everyMs: 100 }],
}

/** A clock that moves whenever somebody looks: what looks often takes long. */
const createWornClock = () => {
  let nowMs = startMs
  return {
    get nowMs() {
      nowMs += 2
      return nowMs
    },
    set nowMs(ms: number) {
      nowMs = ms
    },
  }
}

describe('a publisher whose scopes take long to read', () => {
  test('tells each second what is read at once, and rests four times as long from the rest', async () => {
    const centre = createCentre({ config, startMs })
    const worn = createWornClock()
    Object.defineProperty(
      centre.clock,
      'nowMs',
      Object.getOwnPropertyDescriptor(worn, 'nowMs') as PropertyDescriptor,
    )
    const process = await centre.join()
    for (let second = 0; second < 30; second++) {
      centre.feed(queues.map((queueId) => queued(`${queueId}-${second}`, queueId, worn.nowMs)))
      for (let tenth = 0; tenth < 10; tenth++) {
        centre.clock.nowMs += 100
        await process.round()
      }
    }
    const countOf = (key: string) => centre.sent.filter((record) => record.key === key).length
    expect(countOf('acme||now')).toBeGreaterThan(20)
    expect(countOf('acme|queueId=q-1|now')).toBeLessThan(20)
    expect(countOf('acme|queueId=q-1|now')).toBeGreaterThan(3)
  })

  test('reads every scope once in a pass, turn by turn, before any of them again', async () => {
    const centre = createCentre({ config, startMs })
    const worn = createWornClock()
    Object.defineProperty(
      centre.clock,
      'nowMs',
      Object.getOwnPropertyDescriptor(worn, 'nowMs') as PropertyDescriptor,
    )
    const process = await centre.join()
    for (let turn = 0; turn < 60; turn++) {
      centre.feed(queues.map((queueId) => queued(`${queueId}-${turn}`, queueId, worn.nowMs)))
      await process.settle()
    }
    const told = centre.sent.map(({ key }) => key).filter((key) => key.includes('queueId='))
    expect(new Set(told).size).toBe(queues.length)
    for (let place = 0; place + queues.length <= told.length; place += queues.length)
      expect(new Set(told.slice(place, place + queues.length)).size).toBe(queues.length)
  })
})
