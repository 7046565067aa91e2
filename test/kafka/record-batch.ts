/** Record batches (format 2) as they lie in a fetch response, and kafkajs's own decoder for them. */
import { createRequire } from 'node:module'
import kafkajs, { type KafkaMessage } from 'kafkajs'

type DecodeMessages = (decoder: unknown) => Promise<KafkaMessage[]>
type DecoderClass = new (bytes: Buffer) => unknown

const require = createRequire(import.meta.url)
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as DecodeMessages
const Decoder = require('kafkajs/src/protocol/decoder.js') as DecoderClass

export async function decodeBatches(batches: readonly Buffer[]): Promise<KafkaMessage[]> {
  const body = Buffer.concat(batches)
  // As when it comes off the socket: one piece of memory for one response.
  const response = Buffer.from(new ArrayBuffer(4 + body.length))
  response.writeInt32BE(body.length)
  body.copy(response, 4)
  return decodeMessages(new Decoder(response))
}

export type RawBatch = {
  readonly baseOffset: bigint
  readonly codec: number
  readonly count: number
  readonly body: Buffer
}

const headerBytes = 61

export function encodeBatch({ baseOffset, codec, count, body }: RawBatch): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeBigInt64BE(baseOffset, 0)
  header.writeInt32BE(headerBytes - 12 + body.length, 8)
  header.writeInt8(2, 16)
  header.writeInt16BE(codec, 21)
  header.writeInt32BE(count - 1, 23)
  header.writeBigInt64BE(-1n, 43)
  header.writeInt32BE(count, 57)
  return Buffer.concat([header, body])
}

export type ValueBatch = {
  readonly baseOffset: bigint
  readonly compression: number
  readonly values: readonly string[]
}

export async function encodeValues({ baseOffset, compression, values }: ValueBatch): Promise<Buffer> {
  const records = Buffer.concat(values.map((value, index) => encodeRecord(index, Buffer.from(value))))
  const registry = kafkajs.CompressionCodecs as Record<
    number,
    () => { compress(encoder: object): Promise<Buffer> }
  >
  const body = (await registry[compression]?.().compress({ buffer: records })) ?? records
  return encodeBatch({ baseOffset, codec: compression, count: values.length, body })
}

function encodeRecord(offsetDelta: number, value: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 0]),
    varint(offsetDelta),
    Buffer.from([1]),
    varint(value.length),
    value,
    Buffer.from([0]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}
