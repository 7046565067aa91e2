import { expect, test } from 'vitest'
import { createOpenTable } from '../../src/core/open-table.ts'

const span = { list: 'waiting', fromMs: 1, untilMs: 9, sinceMs: 1, dimensions: {} } as const

test('says what changed since it was last asked, and first that all may have', () => {
  const table = createOpenTable()
  table.set('a', [span])
  expect(table.takeChanges()).toBeUndefined()
  table.set('a', [])
  table.set('b', [span])
  table.set('never there', [])
  expect([...(table.takeChanges() ?? [])]).toEqual(['a', 'b'])
  expect(table.takeChanges()?.size).toBe(0)
  table.clear()
  expect(table.takeChanges()).toBeUndefined()
  expect(table.size()).toBe(0)
})

test('remembers no more changes than it pays to follow one by one', () => {
  const table = createOpenTable()
  table.takeChanges()
  for (let number = 0; number < 100_100; number++) {
    table.set(`${number}`, [span])
    table.set(`${number}`, [])
  }
  expect(table.takeChanges()).toBeUndefined()
})
