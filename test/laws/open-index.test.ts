import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareEvents, subjectKey, subjectOf } from '../../src/core/events.ts'
import { stateFacts } from '../../src/core/facts.ts'
import { createOpenIndex, listMeasures, listOpen, type OpenByScope } from '../../src/core/open-index.ts'
import { oldestItems } from '../../src/core/open-list.ts'
import { viewShard } from '../../src/core/rollup.ts'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver } from '../support/driver.ts'
import { arrivalOf } from './arrivals.ts'
import { rulesOf } from './oracle-rules.ts'

const sets = [[], ['queueId'], ['channel'], ['agentId']]

const shown = (open: OpenByScope): unknown =>
  new Map(
    [...open].map(([scopeKey, lists]) => [
      scopeKey,
      new Map([...lists].map(([list, items]) => [list, oldestItems(items, 1_000)])),
    ]),
  )

const arrivals = fc.tuple(
  history.chain((events) => arrivalOf(events)),
  oracleConfig,
  fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
)

test('what is open, followed from change to change, is what is listed of it at once', () => {
  fc.assert(
    fc.property(arrivals, ([{ steps, asOfMs, shardCount }, config, follows]) => {
      const driver = createDriver({ rules: rulesOf(config), zone: config.zone, sets, shardCount })
      const index = createOpenIndex(sets)
      const views = () => driver.shards().map(viewShard)
      const compare = () => expect(shown(index.follow(views()))).toEqual(shown(listOpen(views(), sets)))
      steps.forEach(({ events, toMs, mishap }, place) => {
        driver.feed(events)
        if (mishap === 'crash') driver.crash()
        driver.advanceTo(toMs)
        if (mishap === 'evict') driver.evict(1)
        if (follows[place]) compare()
      })
      driver.advanceTo(asOfMs)
      compare()
      expect(shown(index.follow(views().slice(1)))).toEqual(shown(listOpen(views().slice(1), sets)))
    }),
    { numRuns: 1_000 },
  )
})

test('where a span begins and ends its level does, so that its subject is due there and is listed otherwise', () => {
  fc.assert(
    fc.property(history, oracleConfig, (events, config) => {
      for (const timeline of Map.groupBy(events, subjectKey).values()) {
        const context = { rules: rulesOf(config), intern: <Value>(value: Value) => value }
        const { kind } = subjectOf(timeline[0] as (typeof timeline)[number])
        const { contributions, spans } = stateFacts(kind, timeline.toSorted(compareEvents), context)
        const steps = new Set(
          contributions.map(({ atMs, measure, value }) => `${measure.name} ${value} ${atMs}`),
        )
        for (const { list, fromMs, untilMs } of spans) {
          const { name } = listMeasures[list]
          expect([steps.has(`${name} 1 ${fromMs}`), steps.has(`${name} -1 ${untilMs}`)]).toEqual([true, true])
        }
      }
    }),
    { numRuns: 1_000 },
  )
})
