import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { partitionFor } from '../src/core/partition.ts'
import { FloorwatchError } from '../src/errors.ts'
import { createMemoryStore } from '../src/memory/store.ts'
import { at, startMs } from './support/ask.ts'
import { type Centre, createCentre } from './support/centre.ts'

const publishing = (scopes: readonly (readonly string[])[], windows: readonly string[]) => ({
  time: { source: 'events' },
  scopes,
  publish: [{ scopes, windows, metrics: ['wait'], everyMs: 100 }],
})

const everything = publishing([[], ['queueId']], ['now', 'today@Asia/Kolkata', 'total'])
const call = (callId: string, queueId: string): Event[] => [
  at('call.queued', 0, { callId, queueId, channel: 'voice' }),
  at('call.answered', 1_000, { callId, queueId }),
]

const settleAll = async (centre: Centre, joined: Parameters<Centre['join']>[0]) => {
  const one = await centre.join(joined)
  for (let step = 0; step < 5; step++) {
    centre.clock.nowMs += 11_000
    await one.settle()
  }
  return one
}

const begin = async (partitions = 1, queues: readonly string[] = [], config: object = everything) => {
  const centre = createCentre({ partitions, config, startMs })
  centre.feed(['billing', 'sales', ...queues].flatMap((queueId) => call(`call of ${queueId}`, queueId)))
  const one = await settleAll(centre, {})
  await one.service.stop()
  return centre
}

const publisherOf = (key: string) => partitionFor(key.slice(0, key.lastIndexOf('|')), 2, 'murmur2')

const keysOf = (centre: Centre) => [...centre.current().keys()].sort()

describe('keys of a former configuration', () => {
  test('get tombstones whatever their tenant is called; heartbeats do not', async () => {
    const centre = createCentre({ partitions: 1, config: everything, startMs })
    centre.feed(call('a call', 'billing').map((event) => ({ ...event, tenantId: '~x' })))
    await (await settleAll(centre, {})).service.stop()
    const sentBefore = centre.sent.length
    await settleAll(centre, { config: publishing([[]], ['now']) })
    const taken = centre.sent.slice(sentBefore).filter(({ value }) => value === null)
    expect(taken.map(({ key }) => key)).toContain('~x|queueId=billing|now')
    expect(taken.filter(({ key }) => key.startsWith('~heartbeat'))).toEqual([])
  })

  test('of sets and windows that are not published any more get tombstones', async () => {
    const centre = await begin()
    expect(keysOf(centre)).toContain('default|queueId=billing|today%40Asia%2FKolkata')
    const sentBefore = centre.sent.length
    await settleAll(centre, { config: publishing([[]], ['now', 'total']) })
    expect(keysOf(centre)).toEqual(['default||now', 'default||total'])
    const taken = centre.sent.slice(sentBefore).filter(({ value }) => value === null)
    expect(taken).toHaveLength(7)
  })

  test('each process takes back those of its own shards alone', async () => {
    const centre = await begin(2, ['cards', 'loans', 'claims', 'support'])
    const before = keysOf(centre).filter((key) => key.includes('queueId='))
    const former = await centre.join({ shards: [0] })
    const latter = await centre.join({ shards: [1], config: publishing([[]], ['now', 'total']) })
    for (let step = 0; step < 5; step++) {
      centre.clock.nowMs += 11_000
      for (const one of [former, latter]) await one.settle()
    }
    const left = keysOf(centre).filter((key) => key.includes('queueId='))
    expect(left.length).toBeGreaterThan(0)
    expect(left.length).toBeLessThan(before.length)
    for (const key of left) expect(publisherOf(key), key).toBe(0)
  })
})

describe('keys of a former state', () => {
  test('whose scopes nobody counts get tombstones, and only those', async () => {
    const centre = await begin()
    await centre.sink.publish([
      { key: 'default|queueId=gone|now', value: '{"metrics":{}}', revision: 1 },
      { key: '~heartbeat|9|now', value: '{}', revision: 1 },
      { key: 'default|queueId=%zz|now', value: '{"metrics":{}}', revision: 1 },
    ])
    const before = keysOf(centre).filter((key) => key !== 'default|queueId=gone|now')
    await settleAll(centre, {})
    expect(keysOf(centre)).toEqual(before)
  })

  test('get tombstones though shares of the others would be there without them', async () => {
    const config = {
      ...publishing([[], ['channel']], ['now', 'total']),
      publish: [{ scopes: [[], ['channel']], windows: ['now', 'total'], metrics: ['all'], everyMs: 100 }],
    }
    const centre = await begin(1, [], config)
    const before = keysOf(centre)
    expect(before).toContain('default|channel=voice|total')
    await centre.sink.publish([{ key: 'default|channel=fax|total', value: '{"metrics":{}}', revision: 1 }])
    await settleAll(centre, { config })
    expect(keysOf(centre)).toEqual(before)
  })

  test('stand until all was read anew: what comes up late is not taken back', async () => {
    const centre = await begin()
    const sentBefore = centre.sent.length
    await settleAll(centre, { store: createMemoryStore({ chainLength: 16 }) })
    expect(centre.sent.slice(sentBefore).filter(({ value }) => value === null)).toEqual([])
  })
})

describe('keys that cannot be listed', () => {
  const config = publishing([[]], ['total'])

  test('for a while are listed later', async () => {
    let asked = 0
    const centre = await begin()
    const standing = async () => {
      asked += 1
      if (asked < 3) throw new FloorwatchError('redis-unavailable', 'no answer')
      return keysOf(centre)
    }
    await settleAll(centre, { sink: { ...centre.sink, standing }, config })
    expect(asked).toBe(3)
    expect(keysOf(centre)).toEqual(['default||total'])
  })

  test('because of a fault of ours end the process', async () => {
    const centre = await begin()
    const standing = () => Promise.reject(new TypeError('a fault'))
    await expect(settleAll(centre, { sink: { ...centre.sink, standing }, config })).rejects.toThrow('a fault')
  })
})
