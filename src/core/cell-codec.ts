import { addToSlot, type Cell, createCell, readSlot } from './cell.ts'
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
import { createPackReader, createPackWriter, type PackReader } from './packing.ts'

/** Slices by start, as one stored field holds them: the running cell alone is a block with one slice at 0. */
export type Block = ReadonlyMap<number, Cell>

const layoutVersion = 1
const writer = createPackWriter()

const isKeyed = ({ kind }: Measure): boolean => kind === 'tally' || kind === 'levels'

/** Slices by start, each as it was packed. */
export type PackedSlices = ReadonlyMap<number, Uint8Array>

export const packSlice = (cell: Cell): Uint8Array => {
  writeCell(cell)
  return writer.take().slice()
}

/**
 * Sorted by slice, measure and key, so that equal cells are equal bytes whatever process packs them. What is `packed` already is
 * not packed again.
 */
export const encodeBlock = (block: Block, packed?: PackedSlices): Uint8Array => {
  writer.unsigned(layoutVersion)
  writer.unsigned(block.size)
  let before = 0
  for (const [start, cell] of block.size > 1 ? [...block].sort(([a], [b]) => a - b) : block) {
    writer.signed(start - before)
    const known = packed?.get(start)
    if (known) writer.packed(known)
    else writeCell(cell)
    before = start
  }
  return writer.take()
}

/** Throws where the bytes are of another layout, name unknown measures, or are cut short. */
export const decodeBlock = (bytes: Uint8Array): Map<number, Cell> => {
  const reader = createPackReader(bytes)
  const version = reader.unsigned()
  if (version !== layoutVersion)
    throw new Error(`a cell has layout ${version}, this version reads ${layoutVersion}`)
  const block = new Map<number, Cell>()
  let start = 0
  for (let left = reader.unsigned(); left > 0; left--) {
    start += reader.signed()
    block.set(start, readCell(reader))
  }
  return block
}

/** Slots of the cell being written, ascending: those of one measure stand together, as do its offsets. */
let slots = new Int32Array(1_024)

/** How many slots are not zero. */
const sortSlots = ({ pairs }: Cell): number => {
  if (slots.length < pairs.length) slots = new Int32Array(pairs.length)
  let count = 0
  for (let index = 0; index < pairs.length; index += 2)
    if (pairs[index + 1] !== 0) slots[count++] = pairs[index] as number
  slots.subarray(0, count).sort()
  return count
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
    if (isKeyed(measure)) writeKeyed(cell, slots.slice(from, to))
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
const writeKeyed = (cell: Cell, keyed: Int32Array): void => {
  const entries = Array.from(keyed, (slot) => ({ key: keyOfOffset(offsetOfSlot(slot)), slot }))
  if (entries.length > 1) entries.sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const { key, slot } of entries) {
    writer.text(key)
    writer.signed(readSlot(cell, slot))
  }
}

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

const readCell = (reader: PackReader): Cell => {
  const cell = createCell()
  for (let measuresLeft = reader.unsigned(); measuresLeft > 0; measuresLeft--) {
    const number = reader.unsigned()
    const measure = measureByNumber[number]
    if (!measure) throw new Error(`a cell names measure ${number}, which this version does not know`)
    let offset = 0
    for (let left = reader.unsigned(); left > 0; left--) {
      offset = isKeyed(measure) ? offsetOfKey(reader.text()) : offset + reader.unsigned()
      addToSlot(cell, slotOf(measure, offset), reader.signed())
    }
  }
  return cell
}
