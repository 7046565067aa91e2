import { expect, test } from 'vitest'
import { addToSlot, createCell, forEachSlot } from '../../src/core/cell.ts'
import { addNextCell, decodeBlock, encodeBlock, packCell, splitBlock } from '../../src/core/cell-codec.ts'
import { addValue, measureOfSlot, measures } from '../../src/core/measures.ts'

const filled = (order: 1 | -1) => {
  const cell = createCell()
  const values = [
    { measure: measures.callsOffered, value: 3, key: '' },
    { measure: measures.waiting, value: -2, key: '' },
    { measure: measures.blockedBy, value: 1, key: 'ünïcode' },
    { measure: measures.blockedBy, value: 1, key: 'busy' },
    { measure: measures.handle, value: 2 ** 40, key: '' },
  ]
  for (const value of order === 1 ? values : values.reverse()) addValue(cell, value)
  return cell
}

const entriesOf = (bytes: Uint8Array) =>
  [...decodeBlock(bytes)].map(([startMs, cell]) => {
    const entries: [number, number][] = []
    forEachSlot(cell, (slot, value) => entries.push([slot, value]))
    return [startMs, entries.sort(([a], [b]) => a - b)]
  })

test('a block comes back with its slices, negative sums and keys in any script', () => {
  const expected: [number, number][] = []
  forEachSlot(filled(1), (slot, value) => expected.push([slot, value]))
  expected.sort(([a], [b]) => a - b)
  const bytes = encodeBlock(
    new Map([
      [1_772_445_600_000, filled(1)],
      [1_772_445_605_000, filled(1)],
    ]),
  )
  expect(entriesOf(bytes)).toEqual([
    [1_772_445_600_000, expected],
    [1_772_445_605_000, expected],
  ])
})

test.each(['callsOffered', 'waiting', 'blockedBy', 'handle'] as const)(
  'of a packed cell %s alone is read, wherever it stands',
  (name) => {
    const { number } = measures[name]
    const isWanted = (slot: number) => measureOfSlot(slot)?.number === number
    const expected = createCell()
    forEachSlot(filled(1), (slot, value) => isWanted(slot) && addToSlot(expected, slot, value))
    const cursor = { text: `before${packCell(filled(1))}`, at: 6 }
    const read = createCell()
    addNextCell(read, cursor, isWanted)
    expect(read.pairs.length).toBeGreaterThan(0)
    expect(packCell(read)).toBe(packCell(expected))
    expect(cursor.at).toBe(cursor.text.length)
  },
)

test('what is passed over may not be cut short', () => {
  const packed = packCell(filled(1))
  for (let length = 0; length < packed.length; length++)
    expect(() => addNextCell(createCell(), { text: packed.slice(0, length), at: 0 }, () => false)).toThrow()
})

test('a block is cut into its packed slices', () => {
  const bytes = encodeBlock(new Map([5, 10, 15].map((startMs) => [startMs, filled(1)])))
  expect([...splitBlock(bytes)]).toEqual([5, 10, 15].map((startMs) => [startMs, packCell(filled(1))]))
})

test('equal cells are equal bytes, whatever order they were filled in', () => {
  expect(encodeBlock(new Map([[0, filled(1)]]))).toEqual(encodeBlock(new Map([[0, filled(-1)]])))
})

test.each([3, 70])('%i keys of a tally stand in the order of their texts', (count) => {
  const keys = Array.from({ length: count }, (_, index) => `key ${count - index} of ${count}`)
  const cell = createCell()
  for (const key of keys) addValue(cell, { measure: measures.blockedBy, value: 1, key })
  const text = Buffer.from(encodeBlock(new Map([[0, cell]]))).toString('latin1')
  const places = keys.toSorted().map((key) => text.indexOf(key))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

test('bytes of another layout, or cut short, are refused', () => {
  const bytes = encodeBlock(new Map([[0, filled(1)]]))
  expect(() => decodeBlock(new Uint8Array([99, ...bytes.slice(1)]))).toThrow('has layout 99')
  expect(() => decodeBlock(bytes.slice(0, -3))).toThrow()
})

test('a measure of a newer version is refused by its number', () => {
  expect(() => decodeBlock(new Uint8Array([1, 1, 0, 1, 0xff, 0x07, 0]))).toThrow('names measure 1023')
})
