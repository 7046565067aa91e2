/**
 * LZ4 frames as Kafka carries them. Checksums are not verified: the broker has verified the batch, TCP the transport.
 * Source: lz4/lz4 doc/lz4_Frame_format.md and lz4_Block_format.md.
 */
import { OutputTooLargeError } from './output-too-large.ts'

const frameMagic = 0x184d2204
const skippableMagic = 0x184d2a50
const blockBytesByCode: Readonly<Record<number, number>> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
}

/** One output for all blocks: the blocks of a frame may refer back into each other. */
type Output = { bytes: Uint8Array; length: number; readonly bytesMax: number }
type Frame = {
  readonly blockBytesMax: number
  readonly blockChecksum: boolean
  readonly contentChecksum: boolean
  readonly bodyAt: number
}

export function decompressLz4(input: Uint8Array, bytesMax: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const output: Output = { bytes: new Uint8Array(0), length: 0, bytesMax }
  for (let at = 0; at < input.length; ) {
    const magic = view.getUint32(at, true)
    if ((magic & 0xfffffff0) >>> 0 === skippableMagic) at += 8 + view.getUint32(at + 4, true)
    else if (magic === frameMagic) at = decompressFrame(input, readFrameHeader(view, at), output)
    else throw new Error('the LZ4 frame has no magic number')
  }
  return output.bytes.subarray(0, output.length)
}

function readFrameHeader(view: DataView, at: number): Frame {
  const flags = view.getUint8(at + 4)
  const blockBytesMax = blockBytesByCode[(view.getUint8(at + 5) >>> 4) & 7]
  if (flags >>> 6 !== 1 || blockBytesMax === undefined)
    throw new Error('the LZ4 frame is of an unknown version')
  const contentSizeBytes = flags & 8 ? 8 : 0
  const dictionaryBytes = flags & 1 ? 4 : 0
  return {
    blockBytesMax,
    blockChecksum: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
    bodyAt: at + 7 + contentSizeBytes + dictionaryBytes,
  }
}

/** Returns where the next frame begins. */
function decompressFrame(input: Uint8Array, frame: Frame, output: Output): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let at = frame.bodyAt
  for (;;) {
    const header = view.getUint32(at, true)
    at += 4
    if (header === 0) return at + (frame.contentChecksum ? 4 : 0)
    const end = at + (header & 0x7fffffff)
    if (end > input.length) throw new Error('an LZ4 block is cut off')
    growOutput(output, frame.blockBytesMax)
    const block = input.subarray(at, end)
    if (header >>> 31 === 1) appendBytes(output, block)
    else decompressBlock(block, output)
    at = end + (frame.blockChecksum ? 4 : 0)
  }
}

function growOutput(output: Output, blockBytesMax: number): void {
  const wanted = Math.min(output.length + blockBytesMax, output.bytesMax)
  if (output.bytes.length >= wanted) return
  const grown = new Uint8Array(Math.min(Math.max(wanted, output.bytes.length * 2), output.bytesMax))
  grown.set(output.bytes.subarray(0, output.length))
  output.bytes = grown
}

function overrunError(output: Output): Error {
  return output.bytes.length === output.bytesMax
    ? new OutputTooLargeError(output.bytesMax)
    : new Error('an LZ4 block is larger than its frame allows')
}

function appendBytes(output: Output, bytes: Uint8Array): void {
  if (output.length + bytes.length > output.bytes.length) throw overrunError(output)
  output.bytes.set(bytes, output.length)
  output.length += bytes.length
}

function decompressBlock(block: Uint8Array, output: Output): void {
  const reader = { block, at: 0 }
  while (reader.at < block.length) {
    const token = block[reader.at++] ?? 0
    const literals = readLength(reader, token >>> 4)
    if (reader.at + literals > block.length) throw new Error('an LZ4 literal runs over')
    appendBytes(output, block.subarray(reader.at, reader.at + literals))
    reader.at += literals
    if (reader.at >= block.length) return
    const distance = (block[reader.at] ?? 0) | ((block[reader.at + 1] ?? 0) << 8)
    reader.at += 2
    repeatBytes(output, distance, readLength(reader, token & 15) + 4)
  }
}

function readLength(reader: { readonly block: Uint8Array; at: number }, nibble: number): number {
  if (nibble < 15) return nibble
  let length = nibble
  for (;;) {
    const byte = reader.block[reader.at++]
    if (byte === undefined) throw new Error('an LZ4 length is cut off')
    length += byte
    if (byte < 255) return length
  }
}

function repeatBytes(output: Output, distance: number, length: number): void {
  const { bytes, length: from } = output
  if (distance === 0 || distance > from) throw new Error('an LZ4 match points outside the frame')
  if (from + length > bytes.length) throw overrunError(output)
  if (distance >= length) bytes.copyWithin(from, from - distance, from - distance + length)
  else for (let to = from; to < from + length; to += 1) bytes[to] = bytes[to - distance] ?? 0
  output.length += length
}
