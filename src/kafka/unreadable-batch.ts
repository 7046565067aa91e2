/**
 * kafkajs gives a codec only the compressed bytes, and whatever it throws stops the whole consumer. So a batch that cannot
 * be decompressed is replaced by as many empty records as it holds, at its offsets, which carry why.
 */
import type { Unreadable } from '../ports.ts'

type UnreadableBatch = Unreadable & {
  /** The compressed bytes of the batch: all that is left of its records. */
  readonly original: Uint8Array
}

/** Known by the memory their (empty) values lie in, which no producer can forge. */
const unreadableBatches: WeakMap<ArrayBufferLike, UnreadableBatch> = new WeakMap()

/** The batch's header lies directly before its records, in the same memory. Offsets from the start of the records. */
const headerBytes = 61
const lengthAt = -53
const magicAt = -45
const lastOffsetDeltaAt = -38
const recordCountAt = -4
const lengthExcludes = 12

/** The records that stand for those in `compressed`; `undefined` when no batch header of format 2 lies before it. */
export function replaceUnreadableBatch(compressed: Buffer, why: Unreadable): Buffer | undefined {
  if (compressed.byteOffset < headerBytes) return undefined
  const header = new DataView(compressed.buffer, compressed.byteOffset - headerBytes, headerBytes)
  const read = (at: number) => header.getInt32(headerBytes + at)
  const isBatch =
    header.getInt8(headerBytes + magicAt) === 2 &&
    read(lengthAt) === headerBytes - lengthExcludes + compressed.length
  if (!isBatch) return undefined
  const records = encodeEmptyRecords(read(recordCountAt), read(lastOffsetDeltaAt))
  unreadableBatches.set(records.buffer, { ...why, original: compressed })
  return records
}

/** Why the record could not be read, and the bytes of its batch; `undefined` for a readable one. */
export function unreadableBatchOf(value: Uint8Array | null): UnreadableBatch | undefined {
  return value === null ? undefined : unreadableBatches.get(value.buffer)
}

/** Records at the last `count` offsets of the batch: no key, an empty value, no headers. */
function encodeEmptyRecords(count: number, lastOffsetDelta: number): Buffer {
  const body: number[] = []
  for (let index = 0; index < count; index += 1) {
    const offsetDelta = encodeVarint(lastOffsetDelta - count + 1 + index)
    const record = [0, 0, ...offsetDelta, 1, 0, 0]
    body.push(...encodeVarint(record.length), ...record)
  }
  const memory = Uint8Array.from(body)
  return Buffer.from(memory.buffer)
}

/** Zigzag, as in protocol buffers; for values of 0 and above. */
function encodeVarint(value: number): readonly number[] {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}
