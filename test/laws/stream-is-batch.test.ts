import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Event } from '../../src/core/events.ts'
import { catalogueFor } from '../../src/core/metrics.ts'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver, type Driver } from '../support/driver.ts'
import { findDifferences } from '../support/oracle/compare.ts'
import { defaultOracleConfig, type OracleConfig } from '../support/oracle/config.ts'
import { oracleWindow } from '../support/oracle/windows.ts'
import { createOracle, type Oracle } from '../support/oracle.ts'
import { type Arrival, arrivalOf, latenessMs, playArrival, timelyArrivalOf } from './arrivals.ts'
import { rulesOf } from './oracle-rules.ts'

const tenantId = 'acme'
const sets = [[], ['queueId'], ['channel'], ['category'], ['agentId'], ['channel', 'queueId'], ['direction']]
const scopes: readonly Readonly<Record<string, string>>[] = [
  {},
  { queueId: 'billing' },
  { channel: 'email' },
  { category: 'fault' },
  { agentId: 'anna' },
  { channel: 'voice', queueId: 'sales' },
  { direction: 'outbound' },
  { direction: 'inbound' },
]
const abroad = ['today@America/St_Johns', 'hour@Asia/Kathmandu']
const calendarWindows = ['interval-15m', 'hour', 'today', 'week', ...abroad]
const currentWindows = ['now', 'total', '15m', '4h', '24h', '7d', ...calendarWindows]
const closedWindows = ['interval-15m', 'interval-30m', 'hour', 'today', ...abroad]

/** Quarters of an hour can be cut for 62 days. */
const cutReachMs = 60 * 86_400_000

type Question = {
  readonly scope: Readonly<Record<string, string>>
  readonly windowId: string
  /** A closed window: the one that holds this instant. */
  readonly containing?: number
}

const questionsAbout = (events: readonly Event[], asOfMs: number): fc.Arbitrary<readonly Question[]> => {
  const past = events
    .map(({ occurredAt }) => occurredAt)
    .filter((atMs) => atMs < asOfMs - 86_400_000 && atMs > asOfMs - cutReachMs)
  const scope = fc.constantFrom(...scopes)
  const current = fc.record({ scope, windowId: fc.constantFrom(...currentWindows) })
  const closed = () =>
    fc.record({
      scope,
      windowId: fc.constantFrom(...closedWindows),
      containing: fc.constantFrom(...past),
    })
  const some = fc.array(past.length > 0 ? fc.oneof(current, current, closed()) : current, {
    minLength: 7,
    maxLength: 7,
  })
  return some.map((questions) => [{ scope: {}, windowId: 'total' }, ...questions])
}

type Case = {
  readonly events: readonly Event[]
  readonly config: OracleConfig
  readonly arrival: Arrival
  readonly questions: readonly Question[]
}

const caseOf = (arrivals: (events: readonly Event[]) => fc.Arbitrary<Arrival>): fc.Arbitrary<Case> =>
  history.chain((events) =>
    arrivals(events).chain((arrival) =>
      fc.record({
        events: fc.constant(events),
        arrival: fc.constant(arrival),
        config: oracleConfig,
        questions: questionsAbout(events, arrival.asOfMs),
      }),
    ),
  )

type Asked = { readonly question: Question; readonly config: OracleConfig; readonly asOfMs: number }

const compareAnswer = (driver: Driver, oracle: Oracle, { question, config, asOfMs }: Asked) => {
  const { scope, windowId, containing } = question
  const wanted = containing === undefined ? { tenantId } : { tenantId, containing }
  const window = oracleWindow(windowId, containing === undefined ? asOfMs : containing + 1, config)
  const snapshot = driver.snapshot(scope, windowId, wanted)
  const expected = oracle.snapshot({ tenantId, scope, window, asOfMs })
  return findDifferences(snapshot, expected)
}

const expectAgreement = (driver: Driver, { events, config, arrival, questions }: Case): void => {
  const oracle = createOracle(events, config)
  for (const question of questions) {
    const differences = compareAnswer(driver, oracle, { question, config, asOfMs: arrival.asOfMs })
    expect(differences, JSON.stringify(question)).toEqual([])
  }
}

describe('law 2: stream = batch', () => {
  test('however its events arrived, every snapshot is what a recomputation over all of them says', () => {
    fc.assert(
      fc.property(caseOf(arrivalOf), (one) => {
        const { arrival, config } = one
        const { shardCount } = arrival
        const driver = createDriver({ rules: rulesOf(config), sets, zone: config.zone, shardCount })
        playArrival(driver, arrival)
        expectAgreement(driver, one)
      }),
      { numRuns: 1_000 },
    )
  })

  test('it stays so where ended subjects are forgotten and too old events refused', () => {
    fc.assert(
      fc.property(caseOf(timelyArrivalOf), (one) => {
        const { arrival, config } = one
        const shard = { latenessMs }
        const driver = createDriver({ rules: rulesOf(config), sets, zone: config.zone, shard })
        playArrival(driver, arrival)
        const events = arrival.steps.flatMap((step) => step.events)
        expectAgreement(driver, { ...one, events })
      }),
      { numRuns: 1_000 },
    )
  })

  test('the oracle leaves no metric of the catalogue out but orphans', () => {
    const config = { ...defaultOracleConfig }
    const snapshot = createOracle([], config).snapshot({ tenantId, scope: {}, window: 'total', asOfMs: 0 })
    const known = new Set(Object.keys(snapshot.metrics))
    const ids = catalogueFor(rulesOf(config)).map(({ id }) => id)
    expect(ids.filter((id) => !known.has(id))).toEqual(['orphans'])
    expect([...known].filter((id) => !ids.includes(id))).toEqual([])
  })
})
