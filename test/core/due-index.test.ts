import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDueIndex } from '../../src/core/due-index.ts'

const minute = 60_000
const never = Number.POSITIVE_INFINITY

test('what is due before an instant is taken once, in order of time and key', () => {
  const due = createDueIndex()
  due.set('b', 5)
  due.set('a', 5)
  due.set('c', 3)
  due.set('later', 10)
  expect(due.takeBefore(10, 100)).toEqual({ keys: ['c', 'a', 'b'], reachedMs: 10 })
  expect(due.takeBefore(10, 100).keys).toEqual([])
  expect(due.takeBefore(11, 100).keys).toEqual(['later'])
})

test('a subject has one entry: the latest', () => {
  const due = createDueIndex()
  due.set('a', 5)
  due.set('a', 90 * minute)
  expect(due.takeBefore(minute, 100).keys).toEqual([])
  due.set('a', never)
  expect(due.size()).toBe(0)
  expect(due.takeBefore(200 * minute, 100).keys).toEqual([])
})

test('a subject may come back into a minute that all had left', () => {
  const due = createDueIndex()
  for (const atMs of [90 * minute, 5, 90 * minute + 1, never, 90 * minute + 2]) due.set('a', atMs)
  expect(due.takeBefore(90 * minute + 2, 100).keys).toEqual([])
  expect(due.takeBefore(90 * minute + 3, 100).keys).toEqual(['a'])
})

test('a step takes whole minutes and says how far it came', () => {
  const due = createDueIndex()
  for (const [key, atMs] of [
    ['a', 0],
    ['b', 1],
    ['c', minute],
    ['d', 5 * minute],
  ] as const)
    due.set(key, atMs)
  expect(due.takeBefore(10 * minute, 2)).toEqual({ keys: ['a', 'b'], reachedMs: minute })
  expect(due.takeBefore(10 * minute, 2)).toEqual({ keys: ['c', 'd'], reachedMs: 10 * minute })
})

test('steps of any size together take what one step takes', () => {
  const entries = fc.array(fc.tuple(fc.stringMatching(/^[a-f]$/), fc.nat({ max: 20 * minute })), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(
      entries,
      fc.integer({ min: 1, max: 5 }),
      fc.nat({ max: 20 * minute }),
      (list, limit, toMs) => {
        const stepped = createDueIndex()
        const whole = createDueIndex()
        for (const [key, atMs] of list) {
          stepped.set(key, atMs)
          whole.set(key, atMs)
        }
        const taken: string[] = []
        for (let reachedMs = -1; reachedMs < toMs; ) {
          const step = stepped.takeBefore(toMs, limit)
          taken.push(...step.keys)
          reachedMs = step.reachedMs
        }
        expect(taken).toEqual(toMs > 0 ? whole.takeBefore(toMs, 1_000).keys : [])
      },
    ),
    { numRuns: 500 },
  )
})

test('however subjects are moved and taken by turns, what is due is what was said last', () => {
  const key = fc.stringMatching(/^[a-f]$/)
  const instants = fc.constantFrom(0, 1, 2, minute, minute + 1, minute + 2, never)
  const move = fc.record({ key, dueMs: instants })
  const take = fc.record({ toMs: fc.constantFrom(1, 2, minute, minute + 1, 2 * minute) })
  const steps = fc.array(fc.oneof({ weight: 8, arbitrary: move }, { weight: 1, arbitrary: take }), {
    minLength: 10,
    maxLength: 40,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const due = createDueIndex()
      const said = new Map<string, number>()
      for (const step of all)
        if ('toMs' in step) {
          const before = [...said].filter(([, dueMs]) => dueMs < step.toMs)
          before.sort(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1))
          expect(due.takeBefore(step.toMs, 100).keys).toEqual(before.map(([name]) => name))
          for (const [name] of before) said.delete(name)
        } else {
          due.set(step.key, step.dueMs)
          if (step.dueMs === never) said.delete(step.key)
          else said.set(step.key, step.dueMs)
          expect(due.size()).toBe(said.size)
        }
    }),
    { numRuns: 500 },
  )
})
