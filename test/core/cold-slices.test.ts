import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addToSlot, createCell, forEachSlot } from '../../src/core/cell.ts'
import { keyOfOffset, measures, offsetOfKey, slotOf } from '../../src/core/measures.ts'
import { createGrowingBlock, decodeScopeFields, encodeScopeFields } from '../../src/core/shard-codec.ts'
import { foldSlices } from '../../src/core/slice-blocks.ts'
import { addAll, addSlices, isEmptied, levelsAt, sliceStartsFrom } from '../../src/core/slice-sums.ts'
import {
  createScopeCells,
  edgesAt,
  placeAt,
  type ScopeCells,
  type SlicePlace,
  sliceAt,
} from '../../src/core/slices.ts'
import { zoneNamed } from '../support/driver.ts'
import { slicesByTier } from '../support/slices.ts'

const zone = zoneNamed('Europe/Copenhagen')
const tiering = { zone, finestTier: 0 }
const beginMs = Date.parse('2026-03-28T12:00:03Z')
const minute = 60_000
const day = 24 * 60 * minute

const slots = [
  slotOf(measures.callsOffered, 0),
  slotOf(measures.waiting, 0),
  slotOf(measures.blockedBy, offsetOfKey('busy')),
  slotOf(measures.blockedBy, offsetOfKey('besetzt, ü')),
  slotOf(measures.handle, 700),
]

type Step =
  | { readonly kind: 'add'; readonly ageMs: number; readonly slot: number; readonly value: number }
  | { readonly kind: 'move'; readonly byMs: number }
  | { readonly kind: 'commit' }
  | { readonly kind: 'read'; readonly ageMs: number }

/** Some again and again, so that what lies packed is often changed. */
const ages = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1, 7_000, 65_000, 70_000, 3 * 60 * minute, 28 * 60 * minute) },
  fc.integer({ min: 1, max: 3 * minute }),
  fc.integer({ min: 1, max: 30 * 60 * minute }),
  fc.integer({ min: 1, max: 70 * day }),
)
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        ageMs: ages,
        slot: fc.nat(slots.length - 1),
        value: fc.constantFrom(-1, 1, 3, 2 ** 40),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), byMs: ages }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), ageMs: ages }) },
  ),
  { maxLength: 60 },
)

/** A scope as a shard keeps it; with `packs` each commit leaves packed what does not grow. */
const play = (list: readonly Step[], packs: boolean) => {
  let asOfMs = beginMs
  const cells = createScopeCells(edgesAt(asOfMs, tiering))
  const growing = createGrowingBlock()
  const store = new Map<string, Uint8Array>()
  const reads: (readonly string[])[] = []
  let touched: SlicePlace[] = []
  const add = (place: SlicePlace, slot: number, value: number) => {
    touched.push(place)
    for (const cell of [cells.running, sliceAt(cells, place)]) if (cell) addToSlot(cell, slot, value)
  }
  const commit = () => {
    const fields = encodeScopeFields(cells, touched, packs ? { zone, growing } : { zone })
    touched = []
    for (const [name, bytes] of fields)
      if (bytes) store.set(name, bytes.slice())
      else store.delete(name)
  }
  for (const step of list)
    if (step.kind === 'add')
      add(placeAt(cells.edges, asOfMs - step.ageMs, zone), slots[step.slot] as number, step.value)
    else if (step.kind === 'commit') commit()
    else if (step.kind === 'read') {
      const range = { startMs: asOfMs - step.ageMs, endMs: Number.POSITIVE_INFINITY, zone }
      reads.push(entriesOf((into) => addSlices(into, cells, range)))
    } else {
      asOfMs += step.byMs
      const to = edgesAt(asOfMs, tiering)
      foldSlices(cells, { to, zone, touched: (tier, startMs) => touched.push({ tier, startMs }) })
    }
  return { asOfMs, cells, store, commit, reads }
}

const entriesOf = (fill: (into: ReturnType<typeof createCell>) => void): readonly string[] => {
  const cell = createCell()
  fill(cell)
  const entries: string[] = []
  forEachSlot(cell, (slot, value) => entries.push(`${slot} ${value}`))
  return entries.sort()
}

const readingsOf = (cells: ScopeCells, asOfMs: number, pastMs: readonly number[]): unknown => [
  entriesOf((into) => addAll(into, cells)),
  isEmptied(cells),
  slicesByTier(cells).map((slices) =>
    [...slices].map(([startMs, cell]) => [startMs, entriesOf((into) => addSlice(into, cell))]).sort(byStart),
  ),
  pastMs.map((ageMs) => [
    entriesOf((into) => addSlices(into, cells, { startMs: asOfMs - ageMs, endMs: asOfMs - ageMs / 2, zone })),
    entriesOf((into) => levelsAt(into, cells, { atMs: asOfMs - ageMs, zone })),
    [...sliceStartsFrom(cells, asOfMs - ageMs)].sort(),
  ]),
]

const addSlice = (into: ReturnType<typeof createCell>, cell: ReturnType<typeof createCell>): void =>
  forEachSlot(cell, (slot, value) => addToSlot(into, slot, value))

const byStart = ([a]: readonly unknown[], [b]: readonly unknown[]): number => (a as number) - (b as number)

test('what lies packed reads, folds, changes and is written as if it did not', () => {
  expect(keyOfOffset(offsetOfKey('besetzt, ü'))).toBe('besetzt, ü')
  fc.assert(
    fc.property(steps, fc.array(ages, { minLength: 1, maxLength: 3 }), (list, pastMs) => {
      const plain = play(list, false)
      const packed = play(list, true)
      expect(packed.reads).toEqual(plain.reads)
      expect(readingsOf(packed.cells, packed.asOfMs, pastMs)).toEqual(
        readingsOf(plain.cells, plain.asOfMs, pastMs),
      )
      packed.commit()
      plain.commit()
      expect(packed.store).toEqual(plain.store)
      expect(readingsOf(packed.cells, packed.asOfMs, pastMs)).toEqual(
        readingsOf(plain.cells, plain.asOfMs, pastMs),
      )
      const restored = decodeScopeFields(packed.store)
      expect(slicesByTier(restored)).toEqual(slicesByTier(decodeScopeFields(plain.store)))
      expect(readingsOf(restored, packed.asOfMs, pastMs)).toEqual(
        readingsOf(plain.cells, plain.asOfMs, pastMs),
      )
    }),
    { numRuns: 2_000 },
  )
})

test('of a scope that rests, only the block that grew last lies as cells', () => {
  const list: Step[] = []
  for (let ageMs = 40 * minute; ageMs > 0; ageMs -= 7_000)
    list.push({ kind: 'add', ageMs, slot: 0, value: 1 }, { kind: 'commit' })
  const { cells, commit } = play(list, true)
  commit()
  expect(cells.tiers[0]?.size).toBeLessThanOrEqual(12)
  expect(cells.cold[0]?.keys.length).toBeGreaterThan(38)
})
