import { expect, it } from 'vitest'
import { createCoverage } from '../src/coverage.ts'

const none = new Set<never>()

it('F11: by the clock, records lost make incomplete at once what began before now', () => {
  const coverage = createCoverage(null, 'clock')
  coverage.settle({ taken: none, nowMs: 1_000 })
  expect(coverage.fromMs()).toBeNull()
  coverage.noteLoss('ticket')
  coverage.settle({ taken: none, nowMs: 2_000 })
  expect(coverage.fromMs()).toBe(2_000)
  coverage.settle({ taken: none, nowMs: 3_000 })
  expect(coverage.fromMs()).toBe(2_000)
})

it('F11: by events, the first record after the gap says up to when', () => {
  const coverage = createCoverage(null, 'events')
  coverage.noteLoss('ticket')
  coverage.settle({ taken: new Set(['survey'] as const), nowMs: 2_000 })
  expect(coverage.fromMs()).toBeNull()
  coverage.settle({ taken: new Set(['ticket'] as const), nowMs: 5_000 })
  expect(coverage.fromMs()).toBe(5_000)
})

it('F11: an earlier beginning never comes back', () => {
  const coverage = createCoverage(9_000, 'clock')
  coverage.noteLoss('ticket')
  coverage.settle({ taken: none, nowMs: 2_000 })
  expect(coverage.fromMs()).toBe(9_000)
})
