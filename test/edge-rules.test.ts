import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalogueFor } from '../src/core/metrics.ts'
import { defaultRules } from '../src/core/rules.ts'

const folder = new URL('./', import.meta.url)
const tested = readdirSync(folder)
  .filter((name) => /^(edge-rules|worked-values).*\.test\.ts$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n')

test('every metric has its rules tested by name', () => {
  const ids = catalogueFor(defaultRules).map(({ id }) => id)
  expect(ids.filter((id) => !new RegExp(`\\b${id}\\b`).test(tested))).toEqual([])
})
