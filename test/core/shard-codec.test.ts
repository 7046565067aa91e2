import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addToSlot, type Cell, readSlot } from '../../src/core/cell.ts'
import { encodeBlock } from '../../src/core/cell-codec.ts'
import { measures, slotOf } from '../../src/core/measures.ts'
import {
  createGrowingBlock,
  decodeHead,
  decodeOpen,
  decodeScopeFields,
  encodeHead,
  encodeOpen,
  encodeScopeFields,
} from '../../src/core/shard-codec.ts'
import { createScopeCells, edgesAt, placeAt, sliceAt, sliceStart, tierOf } from '../../src/core/slices.ts'
import { emptyHead } from '../../src/shard-head.ts'
import { zoneNamed } from '../support/driver.ts'
import { slicesByTier } from '../support/slices.ts'

const zone = zoneNamed('UTC')
const asOfMs = Date.parse('2026-03-30T12:00:03Z')
const edges = edgesAt(asOfMs, { zone, finestTier: 0 })
const count = slotOf(measures.callsOffered, 0)

test('the head of a shard that has seen nothing comes back', () => {
  const head = emptyHead(null)
  expect(decodeHead(encodeHead(head))).toEqual(head)
})

test('an open entry comes back', () => {
  const span = {
    list: 'openTickets',
    fromMs: 5,
    untilMs: 9,
    sinceMs: 3,
    dimensions: { teamId: 'ü' },
  } as const
  const entry = { dueMs: 7, spans: [span] }
  expect(decodeOpen(encodeOpen(entry))).toEqual(entry)
})

describe('the fields of a scope', () => {
  const placedAt = (...instants: readonly number[]) => {
    const cells = createScopeCells(edges)
    const touched = instants.map((atMs) => {
      const slice = sliceAt(cells, placeAt(cells.edges, atMs, zone))
      if (slice) addToSlot(slice, count, 1)
      addToSlot(cells.running, count, 1)
      const tier = tierOf(edges, atMs)
      return { tier, startMs: tier < 0 ? 0 : sliceStart(tier, atMs, zone) }
    })
    return { cells, touched }
  }
  const kept = (fields: ReadonlyMap<string, Uint8Array | null>) =>
    new Map([...fields].flatMap(([name, bytes]) => (bytes ? [[name, bytes] as const] : [])))

  test('come back with their edges, running cell and slices', () => {
    const ages = [0, 3_600_000, 4 * 3_600_000, 3 * 86_400_000, 100 * 86_400_000, 2_000 * 86_400_000]
    const { cells, touched } = placedAt(...ages.map((age) => asOfMs - age))
    const again = decodeScopeFields(kept(encodeScopeFields(cells, touched, { zone })))
    expect(again.edges).toEqual(edges)
    expect(readSlot(again.running, count)).toBe(ages.length)
    expect(slicesByTier(again)).toEqual(slicesByTier(cells))
  })

  test('of layout 1, which stored the running cell, come back with what is older than their slices', () => {
    const { cells, touched } = placedAt(asOfMs, asOfMs - 3_600_000, asOfMs - 2_000 * 86_400_000)
    const stored = kept(encodeScopeFields(cells, touched, { zone }))
    stored.delete('older')
    stored.set('edges', new TextEncoder().encode(edges.join()))
    stored.set('running', encodeBlock(new Map([[0, cells.running]])))
    const again = decodeScopeFields(stored)
    expect(readSlot(again.running, count)).toBe(3)
    expect(again.older && readSlot(again.older, count)).toBe(1)
    const rewritten = kept(encodeScopeFields(again, touched, { zone }))
    expect(readSlot(decodeScopeFields(rewritten).running, count)).toBe(3)
  })

  test('of a newer layout are refused', () => {
    const fields = new Map([['edges', new TextEncoder().encode('0,0,0,0,3')]])
    expect(() => decodeScopeFields(fields)).toThrow('has layout 3')
  })

  test('slices of one block share a field, and only touched blocks are written', () => {
    const { cells, touched } = placedAt(asOfMs, asOfMs + 5_000, asOfMs - 600_000)
    const names = [...encodeScopeFields(cells, touched, { zone }).keys()]
    expect(names.filter((name) => name.startsWith('0:'))).toHaveLength(2)
    expect([...encodeScopeFields(cells, touched.slice(0, 1), { zone }).keys()].sort()).toHaveLength(2)
  })

  test('a block that nothing is left in is deleted', () => {
    const { cells, touched } = placedAt(asOfMs)
    cells.tiers[0]?.clear()
    const fields = encodeScopeFields(cells, touched, { zone })
    expect([...fields].find(([name]) => name.startsWith('0:'))?.[1]).toBeNull()
  })

  test('what was remembered of a commit changes no byte of the next, whatever is touched between them', () => {
    const commits = fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(commits, (list) => {
        const cells = createScopeCells(edges)
        const growing = createGrowingBlock()
        for (const steps of list) {
          const touched = steps.map((step) => placeAt(edges, asOfMs + step * 5_000, zone))
          for (const place of touched) addToSlot(sliceAt(cells, place) as Cell, count, 1)
          const remembering = encodeScopeFields(cells, touched, { zone, growing })
          expect(remembering).toEqual(encodeScopeFields(cells, touched, { zone }))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('without edges they are refused', () => {
    expect(() => decodeScopeFields(new Map())).toThrow('has no edges')
  })
})
