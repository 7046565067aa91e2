import { describe, expect, test } from 'vitest'
import { createCell } from '../../src/core/cell.ts'
import { sortCell } from '../../src/core/measure-readings.ts'
import { addValue, measures } from '../../src/core/measures.ts'
import { catalogueFor } from '../../src/core/metrics.ts'
import { isTimeless, type Metrics, type RowContext, readRows } from '../../src/core/row-readings.ts'
import { defaultRules } from '../../src/core/rules.ts'
import { parseWindow } from '../../src/core/windows.ts'
import { openListOf } from '../support/open-lists.ts'

const rows = catalogueFor(defaultRules)
const endAt = Date.parse('2026-03-02T10:15:00Z')
const bounds = { kind: 'calendar', startAt: endAt - 900_000, endAt } as const

const windowNamed = (id: string) => {
  const parsed = parseWindow(id)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.window
}

const contextOf = (own: Partial<RowContext> & { readonly offered?: number } = {}): RowContext => {
  const flows = createCell()
  const offered = { measure: measures.callsOffered, value: own.offered ?? 0, key: '' }
  addValue(flows, offered)
  const empty = sortCell(createCell())
  return {
    set: ['queueId'],
    dimensions: { queueId: 'billing' },
    window: windowNamed('interval-15m'),
    bounds,
    view: {
      flows: sortCell(flows),
      levels: empty,
      open: new Map(),
      asOfMs: endAt,
      without: () => empty,
      lastDays: () => empty,
    },
    standing: new Map(),
    ...own,
  }
}

describe('rows', () => {
  test('are read in their order, whatever cannot be read in the set and window', () => {
    const ids = rows.map(({ id }) => id)
    for (const set of [[], ['queueId'], ['agentId'], ['category', 'channel']])
      for (const id of ['now', 'interval-15m', 'total'])
        expect(Object.keys(readRows(rows, contextOf({ set, window: windowNamed(id) })))).toEqual(ids)
  })

  test('that say nothing are one value in all snapshots, and those that say something stand apart', () => {
    const [silent, other, loud] = [contextOf(), contextOf(), contextOf({ offered: 2 })].map((context) =>
      readRows(rows, context),
    ) as [Metrics, Metrics, Metrics]
    expect(silent.callsOffered).toEqual({ value: 0, unit: 'count', n: 0 })
    expect(silent.callsOffered).toBe(other.callsOffered)
    expect(silent.responseTime).toEqual({ value: null, unit: 'ms', n: 0, reason: 'no-data' })
    expect(silent.responseTime).toBe(loud.responseTime)
    expect(loud.callsOffered).toEqual({ value: 2, unit: 'count', n: 2 })
    expect(other.callsOffered?.value).toBe(0)
  })

  test('of one set are not read as those of another were', () => {
    const isRead = (set: readonly string[]) =>
      readRows(rows, contextOf({ set, offered: 1 })).callsOffered?.reason !== 'not-applicable'
    expect([['agentId'], ['queueId'], ['agentId']].map(isRead)).toEqual([false, true, false])
  })
})

describe('a window', () => {
  const metrics = readRows(rows, contextOf())
  const begun = (sinceMs: number) => new Map([['waiting', openListOf([{ id: 'call-1', sinceMs }])] as const])

  test('in which an open call began to wait says so itself, the windows beside it need not', () => {
    const isAlike = (sinceMs: number) => isTimeless(rows, metrics, { bounds, standing: begun(sinceMs) })
    const { startAt } = bounds
    expect([startAt - 1, startAt, endAt - 1, endAt].map(isAlike)).toEqual([true, false, false, true])
  })

  test('of the whole time holds what a shard ahead of as-of says, also that it waits', () => {
    const cohort = (id: string, kind: 'total' | 'calendar') => {
      const context = { window: windowNamed(id), bounds: { ...bounds, kind }, standing: begun(endAt + 1) }
      return readRows(rows, contextOf(context)).abandonRateCohort
    }
    expect(cohort('total', 'total')?.provisional).toBe(true)
    expect(cohort('interval-15m', 'calendar')).not.toHaveProperty('provisional')
  })

  test('whose numbers have yet to settle says so itself', () => {
    const settling = rows.find(({ settlesAfterMs }) => settlesAfterMs !== undefined)
    const counted = { ...metrics, [settling?.id ?? '']: { value: 1, unit: 'ratio', n: 1 } } as Metrics
    const place = { bounds, standing: new Map() }
    expect([metrics, counted].map((one) => isTimeless(rows, one, place))).toEqual([true, false])
  })
})
