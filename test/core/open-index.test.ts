import { expect, test } from 'vitest'
import { createOpenIndex } from '../../src/core/open-index.ts'
import { type OpenItem, oldestItems } from '../../src/core/open-list.ts'
import { viewShard } from '../../src/core/rollup.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { createScopeCells, type ScopeCells } from '../../src/core/slices.ts'
import { createDriver } from '../support/driver.ts'
import { openTableOf } from '../support/open-lists.ts'
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

test('an item is listed under a scope that comes up after it was entered, as soon as its subject is settled', () => {
  const span = {
    list: 'waiting',
    fromMs: 1,
    untilMs: 9,
    sinceMs: 1,
    dimensions: { direction: 'inbound' },
  } as const
  const open = openTableOf([['acme|call|one', [span]]])
  const standing = new Map<string, ScopeCells>()
  const index = createOpenIndex([[]])
  const listed = () =>
    index
      .follow([{ asOfMs: 5, cellsOf: (key) => standing.get(key), open }])
      .get('acme|')
      ?.get('waiting')?.count
  expect(listed()).toBeUndefined()
  standing.set('acme|', createScopeCells([0, 0, 0, 0]))
  open.set('acme|call|one', [{ ...span }])
  expect(listed()).toBe(1)
})

test('what is restored as open has one object for equal dimensions', () => {
  const driver = createDriver()
  driver.feed(['a', 'b'].map((ticketId) => on('ticket.created', monday, { ticketId, channel: 'email' })))
  driver.advanceTo(monday + minute)
  driver.crash()
  const entries = driver.shards().flatMap(({ open }) => [...open.entries()])
  const [first, second] = entries.map(([, [span]]) => span?.dimensions)
  expect(first).toEqual({ channel: 'email' })
  expect(second).toBe(first)
})
