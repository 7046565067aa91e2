import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { createCentre } from './support/centre.ts'
import { makeEvent } from './support/oracle/make-event.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')
const queues = Array.from({ length: 400 }, (_, index) => `q-${index}`)

const queued = (callId: string, queueId: string, occurredAt: number): Event =>
  makeEvent('call.queued', occurredAt, { tenantId: 'acme', callId, queueId })

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

const openWorn = async () => {
  const centre = createCentre({ config, startMs })
  const worn = Object.getOwnPropertyDescriptor(createWornClock(), 'nowMs') as PropertyDescriptor
  Object.defineProperty(centre.clock, 'nowMs', worn)
  const process = await centre.join()
  const feedAll = (number: number) =>
    centre.feed(queues.map((queueId) => queued(`${queueId}-${number}`, queueId, centre.clock.nowMs)))
  return { centre, process, feedAll }
}

describe('a publisher whose scopes take long to read', () => {
  test('tells each second what is read at once, and rests from the rest', async () => {
    const { centre, process, feedAll } = await openWorn()
    for (let second = 0; second < 30; second++) {
      feedAll(second)
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
    const { centre, process, feedAll } = await openWorn()
    for (let turn = 0; turn < 60; turn++) {
      feedAll(turn)
      await process.settle()
    }
    const told = centre.sent.map(({ key }) => key).filter((key) => key.includes('queueId='))
    expect(new Set(told).size).toBe(queues.length)
    for (let place = 0; place + queues.length <= told.length; place += queues.length)
      expect(new Set(told.slice(place, place + queues.length)).size).toBe(queues.length)
  })
})

describe('a publisher that catches up', () => {
  test('says all anew once it has, however lately it said how things stood long before', async () => {
    const publish = [{ ...config.publish[0], windows: ['today'], metrics: ['callsOffered'], everyMs: 5_000 }]
    const centre = createCentre({ config: { ...config, publish, limits: { batchRecordsMax: 10 } }, startMs })
    const process = await centre.join()
    const calls = Array.from({ length: 100 }, (_, index) => index)
    centre.feed(calls.map((index) => queued(`call-${index}`, 'q-1', startMs - 3_600_000 + index * 30_000)))
    const offered = () => centre.current().get('acme||today')?.metrics.callsOffered?.value
    await process.round()
    await process.round()
    expect(offered()).toBeLessThan(100)
    await process.settle()
    centre.clock.nowMs += 1_000
    await process.settle()
    expect(offered()).toBe(100)
  })
})
