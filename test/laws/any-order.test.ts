import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver } from '../support/driver.ts'
import { arrivalOf, playArrival } from './arrivals.ts'
import { readCells } from './cells.ts'
import { rulesOf } from './oracle-rules.ts'

const sets = [[], ['queueId'], ['channel'], ['agentId'], ['direction']]

const twoArrivals = history.chain((events) =>
  fc.record({ events: fc.constant(events), first: arrivalOf(events), second: arrivalOf(events) }),
)

describe('law 1: any order', () => {
  test('every order, repetition and batching of the same events ends in the same cells', () => {
    fc.assert(
      fc.property(twoArrivals, oracleConfig, ({ events, first, second }, config) => {
        const options = { rules: rulesOf(config), sets, zone: config.zone }
        const straight = createDriver(options)
        straight.feed(events)
        straight.advanceTo(Math.max(first.asOfMs, second.asOfMs))
        const cells = readCells(straight, config.zone)
        for (const arrival of [first, second]) {
          const driver = createDriver(options)
          playArrival(driver, arrival)
          driver.advanceTo(Math.max(first.asOfMs, second.asOfMs))
          expect(readCells(driver, config.zone)).toEqual(cells)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('a capped set holds the same in sum', () => {
    fc.assert(
      fc.property(twoArrivals, ({ first, second }) => {
        const asOfMs = Math.max(first.asOfMs, second.asOfMs)
        const [one, other] = [first, second].map((arrival) => {
          const driver = createDriver({ sets: [['queueId']], shard: { scopeKeysMax: 1 } })
          playArrival(driver, { ...arrival, shardCount: 1 })
          driver.advanceTo(asOfMs)
          return sumCells(readCells(driver))
        })
        expect(one).toEqual(other)
      }),
      { numRuns: 1_000 },
    )
  })
})

/** All scopes of a tenant as one: slice and slot → sum. */
const sumCells = (cells: ReadonlyMap<string, ReadonlyMap<string, number>>): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>()
  for (const [key, entries] of cells)
    for (const [entry, value] of entries) {
      const name = `${key.split('|')[0]} ${entry}`
      sums.set(name, (sums.get(name) ?? 0) + value)
    }
  return new Map([...sums].filter(([, sum]) => sum !== 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}
