import { expect, test } from 'vitest'
import { parseWindow } from '../src/core/windows.ts'
import { FloorwatchError } from '../src/errors.ts'
import { createDesk, type Desk } from '../src/publish-desk.ts'
import { createPublishLanes } from '../src/publish-lanes.ts'

const parsed = parseWindow('now')
if (!parsed.ok) throw new Error(parsed.detail)
const desk = createDesk({ set: [], window: parsed.window, rows: [], everyMs: 1_000 })
const load = { desks: new Set([desk]), startMs: 0 }
const heartbeat = { desks: new Set<Desk>(), startMs: 0 }

const answer = () => Promise.withResolvers<void>()
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a lane is free while the other sends, and a desk is held until its answer has come', async () => {
  const lanes = createPublishLanes()
  const { promise, resolve } = answer()
  lanes.begin('bulk', promise, load)
  expect([lanes.isFree('urgent'), lanes.isFree('bulk'), lanes.holds(desk)]).toEqual([true, false, true])
  lanes.settle(1)
  expect(lanes.holds(desk)).toBe(true)
  resolve()
  await settled()
  lanes.settle(2)
  expect([lanes.isFree('bulk'), lanes.holds(desk), lanes.sendCount()]).toEqual([true, false, 1])
})

test('what failed is thrown once, and its lane is free again', async () => {
  const lanes = createPublishLanes()
  const { promise, reject } = answer()
  lanes.begin('urgent', promise, load)
  reject(new Error('no broker'))
  await settled()
  expect(() => lanes.settle(1)).toThrow('no broker')
  lanes.settle(2)
  expect(lanes.isFree('urgent')).toBe(true)
})

test.each(['bulk', 'urgent'] as const)(
  'what failed in bulk is whole again once it went out in %s, not before',
  async (lane) => {
    const lanes = createPublishLanes()
    lanes.begin('bulk', Promise.reject(new Error('no broker')), load)
    await settled()
    expect(() => lanes.settle(1)).toThrow('no broker')
    lanes.begin('urgent', Promise.resolve(), heartbeat)
    await settled()
    lanes.settle(2)
    expect([lanes.sendCount(), lanes.isWhole()]).toEqual([0, false])
    lanes.begin(lane, Promise.resolve(), load)
    await settled()
    lanes.settle(3)
    expect([lanes.sendCount(), lanes.isWhole()]).toEqual([1, true])
  },
)

test('a failure of what was under way at a reset is thrown, and nobody waits for it to go out', async () => {
  const lanes = createPublishLanes()
  const { promise, reject } = answer()
  lanes.begin('bulk', promise, load)
  lanes.reset()
  reject(new Error('no broker'))
  await settled()
  expect(() => lanes.settle(1)).toThrow('no broker')
  expect(lanes.isWhole()).toBe(true)
})

test('of two failures the one that ends the process is thrown', async () => {
  const lanes = createPublishLanes()
  lanes.begin('urgent', Promise.reject(new FloorwatchError('kafka-unavailable', 'no broker')), heartbeat)
  lanes.begin('bulk', Promise.reject(new Error('a defect')), load)
  await settled()
  expect(() => lanes.settle(1)).toThrow('a defect')
})

test('the other lane is looked after when one has come through, and what failed is wanted no more after a reset', async () => {
  const lanes = createPublishLanes()
  lanes.begin('bulk', new Promise(() => {}), load)
  for (let second = 0; second <= 10; second++) lanes.settle(second * 1_000)
  expect(() => lanes.settle(11_000)).toThrow('no answer to snapshots')
  lanes.begin('urgent', Promise.reject(new Error('no broker')), heartbeat)
  await settled()
  expect(() => lanes.settle(11_000)).toThrow('no broker')
  lanes.reset()
  lanes.begin('urgent', Promise.resolve(), heartbeat)
  await settled()
  expect(() => lanes.settle(11_000)).toThrow('no answer to snapshots')
  expect(lanes.sendCount()).toBe(1)
})
