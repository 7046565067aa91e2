import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RejectReason, subjectKey } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import { tenantIds } from '../support/arbitraries/alphabet.ts'
import { type Centre, countersOf, createCentre } from '../support/centre.ts'
import { readCommitted } from '../support/committed-snapshot.ts'
import { findDifferences } from '../support/oracle/compare.ts'
import { defaultOracleConfig } from '../support/oracle/config.ts'
import { canonicalBytes } from '../support/oracle/timeline.ts'
import { createOracle } from '../support/oracle.ts'
import { type MadeRecord, madeRecords } from './made-records.ts'

const limits = { partitions: 2, latenessMs: 1_000 * 86_400_000, skewMs: 60_000 }

type Log = {
  readonly records: readonly MadeRecord[]
  readonly source: 'clock' | 'events'
  /** How long after its last record it is read. */
  readonly readAfterMs: number
}

const logs: fc.Arbitrary<Log> = fc.record({
  records: madeRecords(limits),
  source: fc.constantFrom('clock', 'events'),
  readAfterMs: fc.constantFrom(0, 30_000, 5 * 3_600_000, 50 * 86_400_000),
})

const kept = ['applied', 'duplicate', 'notCounted'] as const
const refused = [
  'malformed',
  'invalid',
  'unknown-type',
  'unknown-schema',
  'too-old',
  'from-the-future',
  'misrouted',
  'conflicting',
] as const satisfies readonly RejectReason[]
type Fate = (typeof kept)[number] | (typeof refused)[number]

const isKept = (fate: Fate): boolean => kept.some((name) => name === fate)

/** What must become of each record, as the log alone says. */
const fatesOf = ({ records, source }: Log): readonly Fate[] => {
  const greatest = new Map<string, number>()
  const standing = new Map<string, Buffer>()
  return records.map((record) => {
    if (!record.event) return record.refusal
    const { topic, partition, key, timestampMs, event } = record
    if (partitionFor(key, limits.partitions, 'murmur2') !== partition) return 'misrouted'
    const lane = `${topic} ${partition}`
    const before = greatest.get(lane) ?? Number.NEGATIVE_INFINITY
    const { occurredAt } = event
    if (occurredAt < (source === 'clock' ? timestampMs : before) - limits.latenessMs) return 'too-old'
    if (source === 'clock' && occurredAt > timestampMs + limits.skewMs) return 'from-the-future'
    greatest.set(lane, Math.max(before, occurredAt))
    if (event.type === 'agent.state_changed') return 'notCounted'
    const name = `${subjectKey(event)} ${event.eventId}`
    const told = canonicalBytes(event)
    const known = standing.get(name)
    if (!known || Buffer.compare(told, known) < 0) standing.set(name, told)
    if (!known) return 'applied'
    return known.equals(told) ? 'duplicate' : 'conflicting'
  })
}

const readLog = async ({ records, source, readAfterMs }: Log): Promise<Centre> => {
  const { partitions, ...time } = limits
  const scopes = [[]]
  const config = {
    time: { source, ...time },
    limits: { batchRecordsMax: 10 },
    scopes,
    publish: [{ scopes, windows: ['total'], metrics: ['callsOffered'], everyMs: 100 }],
  }
  const lastMs = Math.max(...records.map(({ timestampMs }) => timestampMs))
  const centre = createCentre({ partitions, config, startMs: lastMs + readAfterMs })
  for (const [place, { topic, key, value, timestampMs, partition }] of records.entries())
    centre.log.append(topic, { key, value, timestampMs, partition, headers: { place: String(place) } })
  const process = await centre.join()
  for (let turn = 0; turn < 3; turn++) {
    centre.clock.nowMs += 1_000
    await process.settle()
  }
  return centre
}

const expectCounters = async (centre: Centre, fates: readonly Fate[]): Promise<void> => {
  const counters = countersOf(await centre.heads())
  const count = (names: readonly Fate[], counterOf: (fate: Fate) => string) =>
    names.map((fate) => [fate, counters[counterOf(fate)] ?? 0])
  const counted = [...count(kept, (fate) => fate), ...count(refused, (fate) => `deadLetter.${fate}`)]
  const expected = [...kept, ...refused].map((name) => [name, fates.filter((fate) => fate === name).length])
  expect(counted).toEqual(expected)
  expect(counters.records).toBe(fates.length)
}

const expectLetters = ({ deadLetters }: Centre, fates: readonly Fate[]): void => {
  const letters = deadLetters.letters().map(({ record, reason }) => `${record.headers.place} ${reason}`)
  const expected = fates.flatMap((fate, place) => (isKept(fate) ? [] : [`${place} ${fate}`]))
  expect(letters.toSorted()).toEqual(expected.toSorted())
}

/** A payload that another one conflicts with may be the one that stands. */
const expectNumbers = async (centre: Centre, { records }: Log, fates: readonly Fate[]): Promise<void> => {
  const events = records.flatMap(({ event }, place) => {
    const fate = fates[place]
    return event && (fate === 'applied' || fate === 'duplicate' || fate === 'conflicting') ? [event] : []
  })
  const oracle = createOracle(events, defaultOracleConfig)
  for (const [tenantId, snapshot] of await readCommitted(centre.store, { ...limits, tenantIds })) {
    const asOfMs = Date.parse(snapshot.asOf)
    const expected = oracle.snapshot({ tenantId, scope: {}, window: 'total', asOfMs })
    expect(findDifferences(snapshot, expected), tenantId).toEqual([])
  }
}

describe('law 5: conservation of records', () => {
  test('each is applied, a duplicate, not counted, or refused with one letter that says why; what is accepted counts', async () => {
    const seen = new Set<Fate>()
    await fc.assert(
      fc.asyncProperty(logs, async (log) => {
        const fates = fatesOf(log)
        for (const fate of fates) seen.add(fate)
        const centre = await readLog(log)
        await expectCounters(centre, fates)
        expectLetters(centre, fates)
        await expectNumbers(centre, log, fates)
      }),
      { numRuns: 1_000 },
    )
    expect([...seen].toSorted()).toEqual([...kept, ...refused].toSorted())
  })
})
