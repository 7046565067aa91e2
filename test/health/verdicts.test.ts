import { describe, expect, test } from 'vitest'
import { judgeLiveness, judgeReadiness } from '../../src/health/verdicts.ts'
import type { ServiceStatus } from '../../src/ports.ts'
import { madeAtMs, madeOutage, madeShard, madeStatus } from './made-status.ts'

const limits = { readyLagMs: 60_000 }

describe('readiness', () => {
  test('a member with its shards caught up and nothing out is ready, and so is one that stands by without shards', () => {
    expect(judgeReadiness(madeStatus(), limits)).toEqual({ isGood: true, reasons: [] })
    expect(judgeReadiness(madeStatus({ shards: [] }), limits).isGood).toBe(true)
  })

  const behind = (ageMs: number | null) =>
    madeShard({ watermarkMs: ageMs === null ? null : madeAtMs - ageMs, isCaughtUp: false })

  test.each<[string, Partial<ServiceStatus>, string]>([
    ['told to stop', { isDraining: true }, 'draining: told to stop'],
    ['outside the group', { isJoined: false }, 'not yet a member of the consumer group'],
    ['still loading', { isLoaded: false }, 'partitions are being loaded from the store'],
    ['without Redis', { outages: [madeOutage('redis', madeAtMs)] }, 'redis is out: connection refused'],
    ['behind by more than the limit', { shards: [behind(61_000)] }, 'partition 3 is 61 s behind'],
    [
      'without an answer of Kafka',
      { shards: [madeShard({ lag: [{ topic: 'ticket', recordCount: null, queuedCount: 0 }] })] },
      'of partition 3 Kafka has not said where its log ends',
    ],
    ['at the beginning', { shards: [behind(null)] }, 'partition 3 has not begun'],
  ])('%s it is not ready, and says why', (_, fields, reason) => {
    expect(judgeReadiness(madeStatus(fields), limits)).toEqual({ isGood: false, reasons: [reason] })
  })

  test('before the service is there it is starting; several reasons are all told', () => {
    expect(judgeReadiness(undefined, limits).reasons).toEqual(['starting'])
    expect(judgeReadiness(madeStatus({ isDraining: true, isJoined: false }), limits).reasons).toHaveLength(2)
  })

  test('being behind by exactly the limit is ready, and under events nobody is behind a clock', () => {
    expect(judgeReadiness(madeStatus({ shards: [behind(60_000)] }), limits).isGood).toBe(true)
    expect(judgeReadiness(madeStatus({ shards: [behind(1e12)] }), { readyLagMs: null }).isGood).toBe(true)
  })
})

test('alive is who made a turn within the limit', () => {
  expect(judgeLiveness(5_000, 5_000)).toEqual({ isGood: true, reasons: [] })
  expect(judgeLiveness(5_001, 5_000)).toEqual({
    isGood: false,
    reasons: ['the loop has made no turn for 5 s'],
  })
})
