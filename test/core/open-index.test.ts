import { expect, test } from 'vitest'
import { createOpenIndex } from '../../src/core/open-index.ts'
import { type OpenItem, oldestItems } from '../../src/core/open-list.ts'
import { viewShard } from '../../src/core/rollup.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { createDriver } from '../support/driver.ts'
import { hour, minute, monday } from './contributions/business-days.ts'
import { on } from './contributions/filed-facts.ts'

test('an item is listed by its new age from the instant on at which it begins anew, whenever that was filed', () => {
  const targets = {
    firstResponse: [{ withinMs: hour }],
    nextReply: [],
    resolution: [{ withinMs: hour + 30 * minute }],
  }
  const driver = createDriver({ rules: { ...defaultRules, targets, atRiskMs: 2 * hour } })
  const index = createOpenIndex([[]])
  const atRisk = (): readonly OpenItem[] => {
    const items = index.follow(driver.shards().map(viewShard)).get('default|')?.get('atRisk')
    return items ? oldestItems(items, 9) : []
  }
  driver.feed([on('ticket.created', monday), on('ticket.handed_off', monday + 50 * minute)])
  driver.advanceTo(monday + 50 * minute)
  expect(atRisk()).toEqual([{ id: 't', sinceMs: monday + hour }])
  driver.advanceTo(monday + 50 * minute + 1)
  expect(atRisk()).toEqual([{ id: 't', sinceMs: monday + hour + 30 * minute }])
})
