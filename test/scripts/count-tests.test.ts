import { expect, test } from 'vitest'
import { countTests } from '../../scripts/count-tests.mjs'

const file = (...statuses: readonly string[]) => ({
  name: 'a.test.ts',
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ fullName: `a ${status} test`, status })),
})

test('passed and failed tests are counted over all files', () => {
  const report = { testResults: [file('passed', 'passed'), file('passed', 'failed')] }
  expect(countTests(report, 1)).toEqual({ passed: 3, failed: 1, notes: [] })
})

test.each(['skipped', 'pending', 'todo'])('a test that is %s counts as failed and is named', (status) => {
  const counts = countTests({ testResults: [file('passed', status)] }, 0)
  expect(counts).toMatchObject({ passed: 1, failed: 1 })
  expect(counts.notes).toEqual([`Not run, so counted as failed: a ${status} test`])
})

test('a file that could not be loaded counts as a failure', () => {
  const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [] }
  expect(countTests({ testResults: [file('passed'), broken] }, 1)).toMatchObject({ passed: 1, failed: 1 })
})

test('an error outside of every test counts as a failure', () => {
  expect(countTests({ testResults: [file('passed')] }, 1)).toMatchObject({ passed: 1, failed: 1 })
})

test('a run without tests counts as a failure', () => {
  expect(countTests({ testResults: [] }, 0)).toMatchObject({ passed: 0, failed: 1 })
})
