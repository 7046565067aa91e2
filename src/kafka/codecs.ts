/** Kafka's four compressions with bounded output, for kafkajs, which has only gzip and no bound (hazards K10, K14). */

import { promisify } from 'node:util'
import { gunzip, gzip, type ZlibOptions, zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import { decompressLz4 } from './lz4.ts'
import { OutputTooLargeError } from './output-too-large.ts'
import { decompressSnappy } from './snappy.ts'
import { replaceUnreadableBatch } from './unreadable-batch.ts'

export type CodecLimits = {
  /** Records of one batch, decompressed; a larger batch becomes dead letters `too-large`. */
  readonly batchBytesMax: number
  /** All batches of one fetch response, decompressed; what lies beyond is fetched again later. */
  readonly responseBytesMax: number
}

type Codec = {
  readonly name: string
  readonly decompress: (input: Buffer, bytesMax: number) => Promise<Uint8Array>
  readonly compress?: (input: Buffer) => Promise<Buffer>
}

const gunzipAsync = promisify(gunzip)
const gzipAsync = promisify<Buffer, ZlibOptions, Buffer>(gzip)
/** Of JSON it makes 23 % instead of 20 %, for half the CPU. */
const gzipLevel = 1
const zstdDecompressAsync = promisify(zstdDecompress)

/** By the three codec bits of a batch's attributes. 5 to 7 are not assigned; kafkajs would read them as uncompressed. */
const codecs: Readonly<Record<number, Codec>> = {
  1: {
    name: 'gzip',
    decompress: (input, bytesMax) => boundOutput(gunzipAsync(input, { maxOutputLength: bytesMax }), bytesMax),
    compress: (input) => gzipAsync(input, { level: gzipLevel }),
  },
  2: { name: 'snappy', decompress: async (input, bytesMax) => decompressSnappy(input, bytesMax) },
  3: { name: 'lz4', decompress: async (input, bytesMax) => decompressLz4(input, bytesMax) },
  4: {
    name: 'zstd',
    decompress: (input, bytesMax) =>
      boundOutput(zstdDecompressAsync(input, { maxOutputLength: bytesMax }), bytesMax),
    compress: promisify<Buffer, Buffer>(zstdCompress),
  },
  5: unassignedCodec(5),
  6: unassignedCodec(6),
  7: unassignedCodec(7),
}

function unassignedCodec(attribute: number): Codec {
  const name = `number ${attribute}`
  return {
    name,
    decompress: () =>
      Promise.reject(new Error('this compression is unknown; use none, gzip, snappy, lz4 or zstd')),
  }
}

async function boundOutput(output: Promise<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  try {
    return await output
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw tooLarge ? new OutputTooLargeError(bytesMax) : error
  }
}

/**
 * Registers all codecs with kafkajs, whose registry is one for the whole process. A batch that cannot be decompressed
 * does not stop its partition: each of its records comes out as unreadable.
 */
export function registerCodecs(limits: CodecLimits): void {
  const registry = kafkajs.CompressionCodecs as Record<number, () => unknown>
  const spentBytes: WeakMap<ArrayBufferLike, number> = new WeakMap()
  for (const [attribute, codec] of Object.entries(codecs)) {
    const entry = {
      compress: async (encoder: { readonly buffer: Buffer }) => {
        if (!codec.compress) throw new Error(`floorwatch does not write ${codec.name}, only gzip and zstd`)
        return codec.compress(encoder.buffer)
      },
      decompress: (input: Buffer) => decompressBatch(codec, input, { limits, spentBytes }),
    }
    registry[Number(attribute)] = () => entry
  }
}

type Budget = { readonly limits: CodecLimits; readonly spentBytes: WeakMap<ArrayBufferLike, number> }

async function decompressBatch(codec: Codec, input: Buffer, budget: Budget): Promise<Buffer> {
  const spent = budget.spentBytes.get(input.buffer) ?? 0
  if (spent >= budget.limits.responseBytesMax) throw partialBatchError()
  try {
    const output = await codec.decompress(input, budget.limits.batchBytesMax)
    budget.spentBytes.set(input.buffer, spent + output.length)
    return Buffer.from(output.buffer, output.byteOffset, output.length)
  } catch (error) {
    const placeholder = replaceUnreadableBatch(input, {
      reason: error instanceof OutputTooLargeError ? 'too-large' : 'malformed',
      detail: `compression ${codec.name}: ${error instanceof Error ? error.message : String(error)}`,
    })
    if (!placeholder) throw error
    return placeholder
  }
}

/** kafkajs takes this name for the cut-off end of a response: it keeps what it has and fetches the rest again. */
function partialBatchError(): Error {
  const error = new Error('the fetch response decompresses to more than its limit')
  error.name = 'KafkaJSPartialMessageError'
  return error
}

const sampleText = 'floorwatch '.repeat(8)

/** The sample text as the Java client 4.1.0 compresses it. */
const samples: Readonly<Record<number, string>> = {
  1: 'H4sIAAAAAAAA/0vLyc8vKk8sSc5QSKMmEwC7/fhYWAAAAA==',
  2: 'glNOQVBQWQAAAAABAAAAAQAAABNYKGZsb29yd2F0Y2gg/gsAMgsA',
  3: 'BCJNGGBAghUAAAC/Zmxvb3J3YXRjaCALADVQYXRjaCAAAAAA',
  4: 'KLUv/QBYlAAAWGZsb29yd2F0Y2ggAQBqtHgBAQAA',
}

/** Decompresses a known sample under each of the four compressions; throws naming the first that fails. */
export async function testCodecs(): Promise<void> {
  for (const [attribute, base64] of Object.entries(samples)) {
    const codec = codecs[Number(attribute)]
    const output = await codec?.decompress(Buffer.from(base64, 'base64'), sampleText.length)
    if (!output || Buffer.from(output).toString() !== sampleText) {
      throw new Error(`the ${codec?.name} compression does not work in this build of Node`)
    }
  }
}
