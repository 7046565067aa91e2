import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from '../../src/core/cell-codec.ts'
import { subjectKey } from '../../src/core/events.ts'
import {
  decodeHead,
  decodeOpen,
  decodeScopeFields,
  encodeHead,
  encodeOpen,
  type ShardHead,
} from '../../src/core/shard-codec.ts'
import type { ScopeCells } from '../../src/core/slices.ts'
import { encodeSubject } from '../../src/core/subject-codec.ts'
import { decodeSubject } from '../../src/core/subject-reader.ts'
import { oracleConfig } from '../support/arbitraries/configs.ts'
import { history } from '../support/arbitraries.ts'
import { createDriver, type DriverStore } from '../support/driver.ts'
import { makeEvent } from '../support/oracle/make-event.ts'
import { slicesByTier } from '../support/slices.ts'
import { arrivalOf, playArrival } from './arrivals.ts'
import { readCells } from './cells.ts'
import { rulesOf } from './oracle-rules.ts'

const sets = [[], ['queueId'], ['agentId']]

const played = fc.tuple(
  history.chain((events) => arrivalOf(events)),
  oracleConfig,
)

describe('law 6: round trip', () => {
  test('subjects and open entries are bytes and back the same', () => {
    fc.assert(
      fc.property(played, ([arrival, config]) => {
        const driver = createDriver({ rules: rulesOf(config), sets, zone: config.zone })
        playArrival(driver, { ...arrival, shardCount: 1 })
        const [store] = driver.stores
        for (const [key, bytes] of store?.subjects ?? []) {
          const [tenantId = '', , id = ''] = key.split('|')
          const owner = { tenantId, id }
          const state = decodeSubject(owner, bytes)
          expect(state.events.every((event) => subjectKey(event) === key)).toBe(true)
          expect(decodeSubject(owner, encodeSubject(owner, state))).toEqual(state)
          expect(encodeSubject(owner, state)).toEqual(bytes)
        }
        for (const bytes of store?.open.values() ?? []) expect(encodeOpen(decodeOpen(bytes))).toEqual(bytes)
      }),
      { numRuns: 1_000 },
    )
  })

  test('cells are bytes and back the same, whatever order they were filled in', () => {
    fc.assert(
      fc.property(played, ([arrival, config]) => {
        const driver = createDriver({ rules: rulesOf(config), sets, zone: config.zone })
        playArrival(driver, { ...arrival, shardCount: 1 })
        for (const { cells } of driver.shards().flatMap((shard) => [...shard.scopes.byKey.values()]))
          for (const slices of [...slicesByTier(cells), new Map([[0, cells.running]])]) {
            const bytes = encodeBlock(slices)
            expect(encodeBlock(decodeBlock(bytes))).toEqual(bytes)
          }
      }),
      { numRuns: 1_000 },
    )
  })

  test('a shard restored from what its commits wrote is the shard', () => {
    fc.assert(
      fc.property(played, ([arrival, config]) => {
        const { shardCount } = arrival
        const driver = createDriver({ rules: rulesOf(config), sets, zone: config.zone, shardCount })
        playArrival(driver, arrival)
        const cells = readCells(driver, config.zone)
        const spans = driver.shards().map((shard) => new Map(shard.open.entries()))
        driver.crash()
        expect(readCells(driver, config.zone)).toEqual(cells)
        expect(driver.shards().map((shard) => new Map(shard.open.entries()))).toEqual(spans)
      }),
      { numRuns: 1_000 },
    )
  })

  test('a head is bytes and back the same', () => {
    const instant = fc.oneof(fc.constant(Number.NEGATIVE_INFINITY), fc.integer({ min: 0, max: 4e12 }))
    const head = fc.record({
      asOfMs: instant,
      watermarkMs: instant,
      progressMs: instant,
      next: fc.constantFrom<ShardHead['next']>({}, { 'call-queue': '12', ticket: '900719925474099312' }),
      greatestMs: fc.constantFrom<ShardHead['greatestMs']>({}, { survey: 1_772_445_600_000 }),
      lastEventAtMs: fc.option(fc.integer({ min: 0, max: 4e12 })),
      isCaughtUp: fc.boolean(),
      counters: fc.dictionary(fc.string(), fc.nat()),
      closedMs: fc.option(fc.nat()),
      coveredFromMs: fc.option(fc.nat()),
      revisionTo: fc.option(fc.nat()),
      finalMs: fc.option(fc.nat()),
      settledMs: fc.option(fc.nat()),
      recheckMs: fc.option(fc.nat()),
      handled: fc.constantFrom<ShardHead['handled']>({}, { 0: 1_795_292_860_503_001, 3: 7 }),
      journalSeq: fc.nat(),
      journalRanges: fc.nat(),
      countedUnder: fc.option(
        fc.record({
          fingerprint: fc.string(),
          changedMs: fc.option(fc.nat()),
          generation: fc.nat(),
          sets: fc.constantFrom(
            {},
            { '': { generation: 0, sinceMs: null }, queueId: { generation: 1, sinceMs: 7 } },
          ),
        }),
      ),
    })
    const lagging = fc.record(
      { laggingMs: instant, beginsMs: fc.integer(), recheckedMs: fc.nat() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(head, lagging, (one, laggingMs) => {
        const counters = Object.fromEntries(Object.entries(one.counters))
        const whole = { ...one, ...laggingMs }
        expect(decodeHead(encodeHead(whole))).toEqual({ ...whole, counters })
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the stored layout', () => {
  const scenario = () => {
    const driver = createDriver({ sets: [[], ['queueId']] })
    const atMs = Date.parse('2026-03-02T10:00:00Z')
    const own = (eventId: string, more: Readonly<Record<string, unknown>> = {}) => ({ eventId, ...more })
    driver.feed([
      makeEvent('call.queued', atMs, own('e-1', { attributes: { brand: 'north' } })),
      makeEvent('call.answered', atMs + 14_000, own('e-2')),
      makeEvent('call.queued', atMs + 1_000, own('e-1', { callId: 'waiting' })),
      makeEvent('ticket.created', atMs, own('e-1', { channel: 'e-mail' })),
      makeEvent('survey.answered', atMs + 5_000, {
        ...own('e-2', { surveyId: 's', kind: 'csat', ticketId: 'ticket' }),
        ...{ score: 4, scaleMin: 1, scaleMax: 5 },
      }),
    ])
    driver.advanceTo(atMs + 60_000)
    return driver
  }

  const textOf = ({ subjects, cells, open }: DriverStore): string => {
    const line = (name: string, bytes: Uint8Array) => `${name} ${Buffer.from(bytes).toString('hex')}`
    const lines = [
      ...[...subjects].map(([key, bytes]) => line(`subject ${key}`, bytes)),
      ...[...cells].flatMap(([scope, fields]) =>
        [...fields].map(([field, bytes]) => line(`cell ${scope} ${field}`, bytes)),
      ),
      ...[...open].map(([key, bytes]) => line(`open ${key}`, bytes)),
    ]
    return `${lines.sort().join('\n')}\n`
  }

  test('is the one written down: bytes that change need a layout version of their own, and its reader', async () => {
    const [store] = scenario().stores
    await expect(textOf(store as DriverStore)).toMatchFileSnapshot('../core/golden/state.txt')
  })

  test('is read in the layout before it too, to the same cells', () => {
    expect(cellsIn('state-scopes-1.txt')).toEqual(cellsIn('state.txt'))
  })

  const cellsIn = (file: string): unknown => {
    const text = readFileSync(new URL(`../core/golden/${file}`, import.meta.url), 'utf8')
    const scopes = new Map<string, Map<string, Uint8Array>>()
    for (const line of text.split('\n')) {
      const [kind, scope = '', field = '', hex = ''] = line.split(' ')
      if (kind !== 'cell') continue
      const fields = scopes.get(scope) ?? new Map<string, Uint8Array>()
      scopes.set(scope, fields.set(field, Buffer.from(hex, 'hex')))
    }
    return [...scopes].map(([scope, fields]) => [scope, blocksOf(decodeScopeFields(fields))])
  }

  const blocksOf = (cells: ScopeCells): unknown => [
    cells.edges,
    [
      encodeBlock(new Map([[0, cells.running]])),
      ...slicesByTier(cells).map((block) => encodeBlock(block)),
    ].map((bytes) => Buffer.from(bytes).toString('hex')),
  ]
})
