import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCell, forEachSlot } from '../../src/core/cell.ts'
import { readCount, sortCell, sumTally } from '../../src/core/measure-readings.ts'
import { listMeasures } from '../../src/core/open-index.ts'
import { sumScope, viewShard } from '../../src/core/rollup.ts'
import { addAll } from '../../src/core/slice-sums.ts'
import { queueIds, tenantIds } from '../support/arbitraries/alphabet.ts'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver, type Driver, zoneNamed } from '../support/driver.ts'
import { arrivalOf, playArrival } from './arrivals.ts'
import { rulesOf } from './oracle-rules.ts'

const sets = [[], ['queueId'], ['channel'], ['direction']]
const everything = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY }

const played = fc
  .tuple(
    history.chain((events) => arrivalOf(events)),
    oracleConfig,
  )
  .map(([arrival, config]) => ({ arrival, rules: rulesOf(config), zone: config.zone }))

const play = ({ arrival, rules, zone }: typeof played extends fc.Arbitrary<infer T> ? T : never): Driver => {
  const driver = createDriver({ rules, zone, sets, shardCount: arrival.shardCount })
  playArrival(driver, arrival)
  return driver
}

const levelsOf = (driver: Driver, scopeKey: string) => {
  return sumScope(driver.shards().map(viewShard), scopeKey, { range: everything, zone: zoneNamed('UTC') })
    .levels
}

describe('law 5: conservation', () => {
  test('what was offered in each queue was answered, abandoned, diverted, has expired, or waits', () => {
    fc.assert(
      fc.property(played, (one) => {
        const driver = play(one)
        for (const tenantId of tenantIds)
          for (const scope of [{}, ...queueIds.map((queueId) => ({ queueId }))]) {
            const { metrics } = driver.snapshot(scope, 'total', { tenantId })
            expect(metrics.reconciliationResidual?.value).toBe(0)
            const offered = metrics.callsOffered?.value ?? 0
            expect(metrics.serviceLevel?.n ?? 0).toBeLessThanOrEqual(offered)
          }
      }),
      { numRuns: 1_000 },
    )
  })

  test('every event filed is applied, a duplicate, or conflicting', () => {
    fc.assert(
      fc.property(
        history.chain((events) => fc.shuffledSubarray([...events, ...events], { minLength: events.length })),
        (events) => {
          const driver = createDriver()
          const [shard] = driver.shards()
          const counted = new Map<string, number>()
          for (const event of events) {
            const insertion = shard?.fileEvent(event) ?? 'lost'
            counted.set(insertion, (counted.get(insertion) ?? 0) + 1)
          }
          const sum = [...counted.values()].reduce((a, b) => a + b, 0)
          expect(sum).toBe(events.length)
          const kinds = ['applied', 'duplicate', 'conflicting-kept', 'conflicting-replaced']
          expect(kinds).toEqual(expect.arrayContaining([...counted.keys()]))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('what is listed as open is as much as the gauges say, in every scope', () => {
    fc.assert(
      fc.property(played, (one) => {
        const driver = play(one)
        const open = driver.open()
        const keys = new Set(driver.shards().flatMap((shard) => [...shard.scopes.byKey.keys()]))
        for (const key of keys) {
          const levels = sortCell(levelsOf(driver, key))
          for (const [list, measure] of Object.entries(listMeasures)) {
            const gauge = measure.kind === 'levels' ? sumTally(levels, measure) : readCount(levels, measure)
            const listed = open.get(key)?.get(list as keyof typeof listMeasures)?.count ?? 0
            expect(`${key} ${list} ${listed}`).toBe(`${key} ${list} ${gauge}`)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('no count and no level is ever below zero', () => {
    fc.assert(
      fc.property(played, (one) => {
        for (const shard of play(one).shards())
          for (const { cells } of shard.scopes.byKey.values()) {
            const sum = createCell()
            addAll(sum, cells)
            forEachSlot(sum, (_, value) => {
              expect(value).toBeGreaterThan(0)
            })
          }
      }),
      { numRuns: 1_000 },
    )
  })
})
