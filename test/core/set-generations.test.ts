import { expect, test } from 'vitest'
import { carryGenerations } from '../../src/core/set-generations.ts'

const never = Number.NEGATIVE_INFINITY
const nothing: ReadonlySet<string> = new Set()

test('a shard that was never written holds all its sets from the beginning', () => {
  expect(carryGenerations(null, { names: ['', 'queueId'], held: nothing, asOfMs: never })).toEqual({
    generation: 0,
    sets: { '': { generation: 0, sinceMs: null }, queueId: { generation: 0, sinceMs: null } },
  })
})

test('the same sets in another order are the same generation', () => {
  const first = carryGenerations(null, { names: ['', 'queueId'], held: nothing, asOfMs: never })
  expect(carryGenerations(first, { names: ['queueId', ''], held: new Set(['']), asOfMs: 9 })).toBe(first)
})

test('a set that is added begins a generation, and so does one that comes back', () => {
  const first = carryGenerations(null, { names: ['', 'queueId'], held: nothing, asOfMs: never })
  const without = carryGenerations(first, { names: [''], held: new Set(['', 'queueId']), asOfMs: 5 })
  expect(without).toEqual({ generation: 1, sets: { '': { generation: 0, sinceMs: null } } })
  const again = carryGenerations(without, { names: ['', 'queueId'], held: new Set(['']), asOfMs: 9 })
  expect(again).toEqual({
    generation: 2,
    sets: { '': { generation: 0, sinceMs: null }, queueId: { generation: 2, sinceMs: 9 } },
  })
})

test('of a state of the version before, a set without cells may be new', () => {
  expect(
    carryGenerations(null, { names: ['', 'queueId'], held: new Set(['', 'teamId']), asOfMs: 9 }),
  ).toEqual({
    generation: 1,
    sets: { '': { generation: 0, sinceMs: null }, queueId: { generation: 1, sinceMs: null } },
  })
})
