import { describe, expect, test } from 'vitest'
import { listMeasures, listOpen } from '../../src/core/open-index.ts'
import { oldestItems } from '../../src/core/open-list.ts'
import { createScopeCells } from '../../src/core/slices.ts'
import { ask, at, hour, minute, second, startMs } from '../support/ask.ts'
import { createDriver } from '../support/driver.ts'
import { openTableOf } from '../support/open-lists.ts'

const calls = ['one', 'two', 'three', 'four'].map((callId, index) =>
  at('call.queued', index * second, { callId }),
)

describe('shards', () => {
  test('a scope is the sum over all of them', () => {
    const single = createDriver()
    const several = createDriver({ shardCount: 3 })
    for (const driver of [single, several]) {
      driver.feed(calls)
      driver.advanceTo(startMs + minute)
    }
    expect(several.shards().filter((shard) => shard.subjectCount() > 0).length).toBeGreaterThan(1)
    for (const window of ['total', '15m', 'now'])
      expect(several.snapshot({}, window)).toEqual(single.snapshot({}, window))
  })

  test('a shard with nothing of a scope adds nothing', () => {
    const driver = createDriver({ shardCount: 3 })
    driver.feed(calls.slice(0, 1))
    driver.advanceTo(startMs + minute)
    expect(driver.snapshot({}, 'total').metrics.callsOffered?.value).toBe(1)
  })
})

describe('what is open', () => {
  test('is listed by scope, the oldest first, from all shards', () => {
    const driver = createDriver({ shardCount: 3 })
    driver.feed([...calls].reverse())
    driver.advanceTo(startMs + minute)
    const waiting = driver.open().get('default|queueId=billing')?.get('waiting')
    expect(waiting && oldestItems(waiting, 9).map(({ id }) => id)).toEqual(['one', 'two', 'three', 'four'])
  })

  test('is what is open at as-of: not yet before it began, no longer when it is over', () => {
    const driver = createDriver()
    driver.feed([at('call.queued', 0), at('call.answered', minute)])
    const listed = () => driver.open().get('default|')?.get('waiting')?.count ?? 0
    driver.advanceTo(startMs)
    expect(listed()).toBe(0)
    driver.advanceTo(startMs + 1)
    expect(listed()).toBe(1)
    driver.advanceTo(startMs + minute)
    expect(listed()).toBe(1)
    driver.advanceTo(startMs + minute + 1)
    expect(listed()).toBe(0)
  })

  test('stands under the key that its cells stand under, past a cap under the other one', () => {
    const driver = createDriver({ sets: [['queueId']], shard: { scopeKeysMax: 1 } })
    driver.feed([
      at('call.queued', 0, { callId: 'first', queueId: 'a' }),
      at('call.queued', second, { callId: 'second', queueId: 'b' }),
    ])
    driver.advanceTo(startMs + minute)
    const keys = [...driver.open().keys()].sort()
    expect(keys).toEqual(['default|queueId=__other__', 'default|queueId=a'])
  })

  test('a subject id with a bar in it comes back whole', () => {
    const shard = {
      asOfMs: 10,
      cellsOf: () => createScopeCells([0, 0, 0, 0]),
      open: openTableOf([
        [
          'ten%7Cant|call|a%7Cb',
          [{ list: 'waiting', fromMs: 0, untilMs: 99, sinceMs: 0, dimensions: { direction: 'inbound' } }],
        ],
      ]),
    }
    const waiting = [...listOpen([shard], [[]]).values()][0]?.get('waiting')
    expect(waiting && oldestItems(waiting, 9)).toEqual([{ id: 'a|b', sinceMs: 0 }])
    expect(listMeasures.waiting.name).toBe('waiting')
  })
})

test('a level at the end of a closed window is what it was then', () => {
  const driver = createDriver()
  driver.feed([at('call.queued', 10 * minute), at('call.answered', 20 * minute)])
  driver.advanceTo(startMs + hour)
  const closed = (containing: number) =>
    driver.snapshot({}, 'interval-15m', { containing }).metrics.waitingNow?.value
  expect([closed(startMs), closed(startMs + 15 * minute)]).toEqual([1, 0])
  expect(ask(calls, { window: 'now', afterMs: minute }).waitingNow?.value).toBe(4)
})
