import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver } from '../support/driver.ts'
import { type Arrival, arrivalOf, playArrival } from './arrivals.ts'
import { rulesOf } from './oracle-rules.ts'

const sets = [[], ['queueId'], ['channel'], ['agentId']]

describe('law 7: no clock in core', () => {
  const forbid = (name: string) => () => {
    throw new Error(`core asked for ${name}`)
  }
  beforeAll(() => {
    vi.spyOn(Date, 'now').mockImplementation(forbid('Date.now'))
    vi.spyOn(performance, 'now').mockImplementation(forbid('performance.now'))
  })
  afterAll(() => {
    vi.restoreAllMocks()
  })

  test('the same input gives the same stored bytes and the same snapshots', () => {
    const played = fc.tuple(
      history.chain((events) => arrivalOf(events)),
      oracleConfig,
    )
    fc.assert(
      fc.property(played, ([arrival, config]) => {
        const play = () => {
          const driver = createDriver({ rules: rulesOf(config), sets, zone: config.zone })
          playArrival(driver, { ...arrival, shardCount: 1 } satisfies Arrival)
          const scopes = [{}, { queueId: 'billing' }, { agentId: 'anna' }]
          const said = scopes.map((scope) =>
            JSON.stringify(driver.snapshot(scope, '24h', { tenantId: 'acme' })),
          )
          return { said, stores: driver.stores }
        }
        expect(play()).toEqual(play())
      }),
      { numRuns: 1_000 },
    )
  })
})
