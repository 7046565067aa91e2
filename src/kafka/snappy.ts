/** Snappy as Kafka carries it: raw, or in xerial's blocks (snappy-java, librdkafka). Source: google/snappy format_description.txt. */
import { OutputTooLargeError } from './output-too-large.ts'

const xerialMagic = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0)
const xerialHeaderBytes = 16

export function decompressSnappy(input: Uint8Array, bytesMax: number): Uint8Array {
  if (!xerialMagic.every((byte, at) => input[at] === byte)) return decompressBlock(input, bytesMax)
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const blocks: Uint8Array[] = []
  let total = 0
  for (let at = xerialHeaderBytes; at < input.length; ) {
    const blockBytes = view.getUint32(at)
    const start = at + 4
    if (start + blockBytes > input.length) throw new Error('a snappy block is cut off')
    const block = decompressBlock(input.subarray(start, start + blockBytes), bytesMax - total)
    blocks.push(block)
    total += block.length
    at = start + blockBytes
  }
  return Buffer.concat(blocks, total)
}

type Block = { readonly input: Uint8Array; at: number; output: Uint8Array; written: number }

function decompressBlock(input: Uint8Array, bytesMax: number): Uint8Array {
  const block: Block = { input, at: 0, output: new Uint8Array(0), written: 0 }
  const length = readVarint(block)
  if (length > bytesMax) throw new OutputTooLargeError(bytesMax)
  block.output = new Uint8Array(length)
  while (block.at < input.length) {
    const tag = input[block.at++] ?? 0
    if ((tag & 3) === 0) copyLiteral(block, tag)
    else copyBack(block, tag)
  }
  if (block.written !== length) throw new Error('a snappy block is shorter than it says')
  return block.output
}

function copyLiteral(block: Block, tag: number): void {
  const code = tag >>> 2
  const length = code < 60 ? code + 1 : readLittleEndian(block, code - 59) + 1
  const end = block.at + length
  if (end > block.input.length || block.written + length > block.output.length) {
    throw new Error('a snappy literal runs over')
  }
  block.output.set(block.input.subarray(block.at, end), block.written)
  block.at = end
  block.written += length
}

function copyBack(block: Block, tag: number): void {
  const kind = tag & 3
  const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
  const highBits = kind === 1 ? (tag >>> 5) << 8 : 0
  const distance = highBits + readLittleEndian(block, kind === 3 ? 4 : kind)
  const { output, written } = block
  if (distance === 0 || distance > written || written + length > output.length) {
    throw new Error('a snappy copy points outside the block')
  }
  for (let to = written; to < written + length; to += 1) output[to] = output[to - distance] ?? 0
  block.written += length
}

function readLittleEndian(block: Block, bytes: number): number {
  let value = 0
  for (let index = 0; index < bytes; index += 1) value += (block.input[block.at++] ?? 0) * 2 ** (8 * index)
  return value
}

function readVarint(block: Block): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = block.input[block.at++]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return value
  }
  throw new Error('a snappy block has no length')
}
