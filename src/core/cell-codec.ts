import { addToSlot, type Cell, createCell, forEachSlot } from './cell.ts'
import {
  keyOfOffset,
  type Measure,
  measureByNumber,
  measureOfSlot,
  offsetOfKey,
  offsetOfSlot,
  slotOf,
} from './measures.ts'
import { createPackReader, createPackWriter, type PackReader } from './packing.ts'

/** Slices by start, as one stored field holds them: the running cell alone is a block with one slice at 0. */
export type Block = ReadonlyMap<number, Cell>

const layoutVersion = 1
const writer = createPackWriter()

const isKeyed = ({ kind }: Measure): boolean => kind === 'tally' || kind === 'levels'

/** Sorted by slice, measure and key, so that equal cells are equal bytes whatever process packs them. */
export const encodeBlock = (block: Block): Uint8Array => {
  writer.unsigned(layoutVersion)
  writer.unsigned(block.size)
  let before = 0
  for (const [start, cell] of [...block].sort(([a], [b]) => a - b)) {
    writer.signed(start - before)
    writeCell(cell)
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

type Entry = { readonly offset: number; readonly key: string; readonly value: number }

const writeCell = (cell: Cell): void => {
  const byMeasure = new Map<Measure, Entry[]>()
  forEachSlot(cell, (slot, value) => {
    const measure = measureOfSlot(slot)
    if (!measure) throw new Error(`slot ${slot} belongs to no measure`)
    const offset = offsetOfSlot(slot)
    const entry = { offset, key: isKeyed(measure) ? keyOfOffset(offset) : '', value }
    const entries = byMeasure.get(measure)
    if (entries) entries.push(entry)
    else byMeasure.set(measure, [entry])
  })
  writer.unsigned(byMeasure.size)
  for (const [measure, entries] of [...byMeasure].sort(([a], [b]) => a.number - b.number)) {
    writer.unsigned(measure.number)
    writeEntries(measure, entries)
  }
}

const writeEntries = (measure: Measure, entries: Entry[]): void => {
  writer.unsigned(entries.length)
  if (isKeyed(measure)) {
    entries.sort((a, b) => (a.key < b.key ? -1 : 1))
    for (const { key, value } of entries) {
      writer.text(key)
      writer.signed(value)
    }
    return
  }
  entries.sort((a, b) => a.offset - b.offset)
  let before = 0
  for (const { offset, value } of entries) {
    writer.unsigned(offset - before)
    writer.signed(value)
    before = offset
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
