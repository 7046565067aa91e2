import { addToSlot, type Cell, createCell, readSlot } from './cell.ts'
import { codeAt } from './code-at.ts'
import {
  keyOfOffset,
  type Measure,
  measureByNumber,
  measureOfSlot,
  offsetOfKey,
  offsetOfSlot,
  slotOf,
  slotsPerMeasure,
} from './measures.ts'
import {
  createPackWriter,
  nextSigned,
  nextText,
  nextUnsigned,
  type PackCursor,
  type PackedText,
  toPackedText,
} from './packing.ts'

/** A cell as it is packed: in stored fields, and in memory where it lies still. */
export type PackedCell = PackedText

/** Slices by start, as one stored field holds them; what is older than all tiers is a block with one slice at 0. */
export type Block = ReadonlyMap<number, Cell | PackedCell>

const layoutVersion = 1
const writer = createPackWriter()

const isKeyed = ({ kind }: Measure): boolean => kind === 'tally' || kind === 'levels'

export const packCell = (cell: Cell): PackedCell => {
  writeCell(cell)
  return writer.takeText()
}

/** A slice as it is packed, however it lies. */
export const packSlice = (slice: Cell | PackedCell): PackedCell =>
  typeof slice === 'string' ? slice : packCell(slice)

/** Sorted by slice, measure and key, so that equal cells are equal bytes whatever process packs them. */
export const encodeBlock = (block: Block): Uint8Array => {
  writer.unsigned(layoutVersion)
  writer.unsigned(block.size)
  let before = 0
  for (const [start, slice] of isAscending(block) ? block : [...block].sort(([a], [b]) => a - b)) {
    writer.signed(start - before)
    if (typeof slice === 'string') writer.packed(slice)
    else writeCell(slice)
    before = start
  }
  return writer.take()
}

const isAscending = (block: Block): boolean => {
  let before = Number.NEGATIVE_INFINITY
  for (const start of block.keys()) {
    if (start < before) return false
    before = start
  }
  return true
}

/** Throws where the bytes are of another layout, name unknown measures, or are cut short. */
export const decodeBlock = (bytes: Uint8Array): Map<number, Cell> => {
  const block = new Map<number, Cell>()
  readBlock(bytes, (start, cursor) => {
    const cell = createCell()
    addNextCell(cell, cursor)
    block.set(start, cell)
  })
  return block
}

/** The same with its cells left packed. */
export const splitBlock = (bytes: Uint8Array): Map<number, PackedCell> => {
  const block = new Map<number, PackedCell>()
  readBlock(bytes, (start, cursor) => {
    const { at } = cursor
    skipNextCell(cursor)
    block.set(start, cursor.text.slice(at, cursor.at))
  })
  return block
}

const readBlock = (bytes: Uint8Array, readSlice: (startMs: number, cursor: PackCursor) => void): void => {
  const cursor = { text: toPackedText(bytes), at: 0 }
  const version = nextUnsigned(cursor)
  if (version !== layoutVersion)
    throw new Error(`a cell has layout ${version}, this version reads ${layoutVersion}`)
  let start = 0
  for (let left = nextUnsigned(cursor); left > 0; left--) {
    start += nextSigned(cursor)
    readSlice(start, cursor)
  }
}

/** Slots of the cell being written or listed, ascending: those of one measure stand together, as do its offsets. */
let slots = new Int32Array(1_024)

/** How many slots are not zero. */
const sortSlots = ({ pairs }: Cell): number => {
  if (slots.length < pairs.length) slots = new Int32Array(pairs.length)
  let count = 0
  for (let index = 0; index < pairs.length; index += 2)
    if (pairs[index + 1] !== 0) slots[count++] = pairs[index] as number
  if (count > insertedMax) slots.subarray(0, count).sort()
  else insertSorted({ from: 0, to: count }, (a, b) => a < b)
  return count
}

/** The slots that are not zero, ascending. */
export const listSlots = (cell: Cell): readonly number[] => {
  const count = sortSlots(cell)
  const found: number[] = []
  for (let place = 0; place < count; place++) found.push(slots[place] as number)
  return found
}

/** Inserting so few takes less time than `sort`, and no memory. */
const insertedMax = 32

const insertSorted = ({ from, to }: SlotRange, isBefore: (a: number, b: number) => boolean): void => {
  for (let index = from + 1; index < to; index++) {
    const slot = slots[index] as number
    let place = index
    for (; place > from && isBefore(slot, slots[place - 1] as number); place--)
      slots[place] = slots[place - 1] as number
    slots[place] = slot
  }
}

const writeCell = (cell: Cell): void => {
  const count = sortSlots(cell)
  writer.unsigned(countMeasures(count))
  for (let from = 0, to = 0; from < count; from = to) {
    const measure = measureOfSlot(slots[from] as number)
    if (!measure) throw new Error(`slot ${slots[from]} belongs to no measure`)
    const endSlot = slotOf(measure, slotsPerMeasure)
    while (to < count && (slots[to] as number) < endSlot) to++
    writer.unsigned(measure.number)
    writer.unsigned(to - from)
    if (isKeyed(measure)) writeKeyed(cell, { from, to })
    else writeOffsets(cell, slotOf(measure, 0), { from, to })
  }
}

const countMeasures = (count: number): number => {
  let measureCount = 0
  let last = -1
  for (let index = 0; index < count; index++) {
    const number = Math.floor((slots[index] as number) / slotsPerMeasure)
    if (number !== last) measureCount++
    last = number
  }
  return measureCount
}

/** Keys have other offsets in another process: they stand in the order of their texts. */
const writeKeyed = (cell: Cell, { from, to }: SlotRange): void => {
  if (to - from > insertedMax) slots.subarray(from, to).sort((a, b) => (keyOfSlot(a) < keyOfSlot(b) ? -1 : 1))
  else insertSorted({ from, to }, (a, b) => keyOfSlot(a) < keyOfSlot(b))
  for (let index = from; index < to; index++) {
    const slot = slots[index] as number
    writer.text(keyOfSlot(slot))
    writer.signed(readSlot(cell, slot))
  }
}

const keyOfSlot = (slot: number): string => keyOfOffset(offsetOfSlot(slot))

type SlotRange = { readonly from: number; readonly to: number }

const writeOffsets = (cell: Cell, firstSlot: number, { from, to }: SlotRange): void => {
  let before = firstSlot
  for (let index = from; index < to; index++) {
    const slot = slots[index] as number
    writer.unsigned(slot - before)
    writer.signed(readSlot(cell, slot))
    before = slot
  }
}

/** Whether what stands of a measure is wanted, by one of its slots. */
export type SlotTest = (slot: number) => boolean

/** About so many, the numbers of measures included. */
const bytesPerSlot = 3

export const unpackCell = (packed: PackedCell): Cell => {
  const cell = createCell(Math.floor(packed.length / bytesPerSlot))
  addNextCell(cell, { text: packed, at: 0 })
  return cell
}

/** Adds the cell that stands at the cursor, or of some measures alone. */
export const addNextCell = (into: Cell, cursor: PackCursor, isWanted?: SlotTest): void => {
  for (let measuresLeft = nextSmall(cursor); measuresLeft > 0; measuresLeft--) {
    const measure = nextMeasure(cursor)
    const first = slotOf(measure, 0)
    const count = nextSmall(cursor)
    if (isWanted && !isWanted(first)) skipMeasure(cursor, isKeyed(measure), count)
    else if (isKeyed(measure)) addKeyed(into, cursor, { first, count })
    else addOffsets(into, cursor, { first, count })
  }
}

type PackedMeasure = { readonly first: number; readonly count: number }

const addKeyed = (into: Cell, cursor: PackCursor, { first, count }: PackedMeasure): void => {
  for (let left = count; left > 0; left--) {
    const slot = first + offsetOfKey(nextText(cursor))
    addToSlot(into, slot, nextSmallSigned(cursor))
  }
}

const addOffsets = (into: Cell, cursor: PackCursor, { first, count }: PackedMeasure): void => {
  let slot = first
  for (let left = count; left > 0; left--) {
    slot += nextSmall(cursor)
    addToSlot(into, slot, nextSmallSigned(cursor))
  }
}

/** Most numbers of a cell take a byte. */
const nextSmall = (cursor: PackCursor): number => {
  const byte = codeAt(cursor.text, cursor.at)
  if (!(byte < 0x80)) return nextUnsigned(cursor)
  cursor.at++
  return byte
}

const nextSmallSigned = (cursor: PackCursor): number => {
  const byte = codeAt(cursor.text, cursor.at)
  if (!(byte < 0x80)) return nextSigned(cursor)
  cursor.at++
  return byte % 2 === 0 ? byte >>> 1 : -((byte + 1) >>> 1)
}

const skipNextCell = (cursor: PackCursor): void => {
  for (let measuresLeft = nextSmall(cursor); measuresLeft > 0; measuresLeft--) {
    const keyed = isKeyed(nextMeasure(cursor))
    skipMeasure(cursor, keyed, nextSmall(cursor))
  }
}

const skipMeasure = (cursor: PackCursor, keyed: boolean, count: number): void => {
  if (!keyed) return skipNumbers(cursor, 2 * count)
  for (let left = count; left > 0; left--) {
    const length = nextSmall(cursor)
    cursor.at += length
    skipNumbers(cursor, 1)
  }
}

/** Each ends with a byte below 128. */
const skipNumbers = (cursor: PackCursor, count: number): void => {
  const { text } = cursor
  let { at } = cursor
  for (let left = count; left > 0; at++) {
    if (at >= text.length) throw new Error('a packed cell ends in the middle of a value')
    if (codeAt(text, at) < 0x80) left--
  }
  cursor.at = at
}

const nextMeasure = (cursor: PackCursor): Measure => {
  const number = nextSmall(cursor)
  const measure = measureByNumber[number]
  if (!measure) throw new Error(`a cell names measure ${number}, which this version does not know`)
  return measure
}
