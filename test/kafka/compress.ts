/** Compressions that floorwatch reads but does not write. */

import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import lz4js from 'lz4js'
import { compress as compressSnappy } from 'snappyjs'

/** The blocks of snappy-java, which Kafka's Java client and librdkafka write. */
export function wrapXerial(payload: Uint8Array, blockBytes = 32 * 1024): Buffer {
  const parts = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])]
  for (let at = 0; at < payload.length; at += blockBytes) {
    const block = Buffer.from(compressSnappy(payload.slice(at, at + blockBytes)))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

const xxh32 = createRequire(import.meta.url)('lz4js/xxh32.js') as {
  hash(seed: number, bytes: Uint8Array, at: number, length: number): number
}
const independentBlocks = 0x20

/** One block, which the frame says is independent: Kafka refuses the dependent ones that lz4js announces. */
function compressLz4(bytes: Uint8Array): Uint8Array {
  const frame = lz4js.compress(bytes)
  frame[4] = (frame[4] ?? 0) | independentBlocks
  frame[6] = (xxh32.hash(0, frame, 4, 2) >>> 8) & 0xff
  return frame
}

type Codec = {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

/** Lets this process's producers write snappy and lz4; reading stays as it is. */
export function allowWriting(): void {
  const registry = kafkajs.CompressionCodecs as Record<number, () => Codec>
  const write = (type: number, compress: (bytes: Buffer) => Uint8Array) => {
    const codec = registry[type]?.()
    if (!codec) throw new Error(`codec ${type} is not registered`)
    const writing = {
      ...codec,
      compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(compress(buffer)),
    }
    registry[type] = () => writing
  }
  write(kafkajs.CompressionTypes.Snappy, (bytes) => wrapXerial(bytes))
  write(kafkajs.CompressionTypes.LZ4, compressLz4)
}
