import fc from 'fast-check'
import kafkajs from 'kafkajs'
import lz4js from 'lz4js'
import { compress as compressSnappy } from 'snappyjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { registerCodecs, testCodecs } from '../../src/kafka/codecs.ts'
import { decompressLz4 } from '../../src/kafka/lz4.ts'
import { OutputTooLargeError } from '../../src/kafka/output-too-large.ts'
import { decompressSnappy } from '../../src/kafka/snappy.ts'
import { unreadableBatchOf } from '../../src/kafka/unreadable-batch.ts'
import { wrapXerial } from './compress.ts'
import { decodeBatches, encodeBatch, encodeValues } from './record-batch.ts'

/** Bytes with runs and repeats, as events have, up to several blocks of either format. */
const payloads = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 3000 })).map(([byte, times]) => {
        return new Uint8Array(times).fill(byte)
      }),
      fc
        .integer({ min: 1, max: 2000 })
        .map((times) => new TextEncoder().encode('{"type":"call.queued","queueId":"billing"}'.repeat(times))),
    ),
    { maxLength: 12 },
  )
  .map((parts) => new Uint8Array(Buffer.concat(parts)))

const roomy = 4 * 1024 * 1024

describe('snappy and lz4', () => {
  test('what another implementation compresses comes back byte for byte', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const snappy = new Uint8Array(compressSnappy(payload))
        expect(Buffer.from(decompressSnappy(snappy, roomy)).equals(payload)).toBe(true)
        expect(Buffer.from(decompressSnappy(wrapXerial(payload, 1000), roomy)).equals(payload)).toBe(true)
        if (payload.length === 0) return
        expect(Buffer.from(decompressLz4(lz4js.compress(payload), roomy)).equals(payload)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test('no more than the limit is ever put out', () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: 0, max: 5000 }), (payload, bytesMax) => {
        fc.pre(payload.length > bytesMax)
        const snappy = new Uint8Array(compressSnappy(payload))
        expect(() => decompressSnappy(snappy, bytesMax)).toThrow(OutputTooLargeError)
        expect(() => decompressSnappy(wrapXerial(payload, 500), bytesMax)).toThrow(OutputTooLargeError)
        expect(() => decompressLz4(lz4js.compress(payload), bytesMax)).toThrow(OutputTooLargeError)
      }),
      { numRuns: 60 },
    )
  })

  test('broken bytes end in an error or in bytes within the limit, never in a hang', () => {
    const broken = fc.tuple(payloads, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat())
    const damage = (bytes: Uint8Array, edits: [number, number][], cut: number) => {
      const copy = bytes.slice(0, bytes.length - (cut % (bytes.length + 1)))
      for (const [at, byte] of edits) if (copy.length > 0) copy[at % copy.length] = byte
      return copy
    }
    const lengthOrError = (decompress: () => Uint8Array) => {
      try {
        return decompress().length
      } catch (error) {
        return error instanceof Error ? 0 : Number.POSITIVE_INFINITY
      }
    }
    fc.assert(
      fc.property(broken, ([payload, edits, cut]) => {
        const snappy = damage(new Uint8Array(compressSnappy(payload)), edits, cut)
        const lz4 = damage(lz4js.compress(payload), edits, cut)
        expect(lengthOrError(() => decompressSnappy(snappy, 10_000))).toBeLessThanOrEqual(10_000)
        expect(lengthOrError(() => decompressLz4(lz4, 10_000))).toBeLessThanOrEqual(10_000)
      }),
      { numRuns: 300 },
    )
  })

  test('K10: all four codecs pass the test at boot', async () => {
    await expect(testCodecs()).resolves.toBeUndefined()
  })
})

describe('K10: a batch that cannot be decompressed', () => {
  beforeAll(() => registerCodecs({ batchBytesMax: 100_000, responseBytesMax: 250_000 }))
  const { CompressionTypes } = kafkajs

  test.each([
    [2, 'compression snappy:'],
    [3, 'compression lz4:'],
    [4, 'compression zstd:'],
    [5, 'compression number 5: this compression is unknown; use none, gzip, snappy, lz4 or zstd'],
    [7, 'compression number 7: this compression is unknown; use none, gzip, snappy, lz4 or zstd'],
  ])(
    'under codec %i becomes as many unreadable records, at their offsets, and the next batch is read',
    async (codec, detail) => {
      const rubbish = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9])
      const records = await decodeBatches([
        encodeBatch({ baseOffset: 40n, codec, count: 3, body: rubbish }),
        await encodeValues({ baseOffset: 43n, compression: CompressionTypes.GZIP, values: ['fine'] }),
      ])
      expect(records.map(({ offset }) => offset)).toEqual(['40', '41', '42', '43'])
      const lost = records.slice(0, 3).map(({ value }) => unreadableBatchOf(value))
      for (const batch of lost) {
        expect(batch).toMatchObject({ reason: 'malformed' })
        expect(batch?.detail.startsWith(detail)).toBe(true)
        expect(Buffer.from(batch?.original ?? []).equals(rubbish)).toBe(true)
      }
      expect(unreadableBatchOf(records[3]?.value ?? null)).toBeUndefined()
      expect(records[3]?.value?.toString()).toBe('fine')
    },
  )

  test.each([CompressionTypes.GZIP, CompressionTypes.ZSTD])(
    'because it would be too large says so (codec %i)',
    async (compression) => {
      const values = ['x'.repeat(60_000), 'x'.repeat(60_000)]
      const records = await decodeBatches([await encodeValues({ baseOffset: 0n, compression, values })])
      expect(records.map(({ offset }) => offset)).toEqual(['0', '1'])
      expect(unreadableBatchOf(records[1]?.value ?? null)).toMatchObject({
        reason: 'too-large',
        detail: expect.stringMatching(
          /: the decompressed batch is larger than 100000 bytes; let its producer send smaller batches$/,
        ),
      })
    },
  )

  test('K14: what goes over the limit of one response is left for the next', async () => {
    const batchAt = (baseOffset: bigint) =>
      encodeValues({ baseOffset, compression: CompressionTypes.GZIP, values: ['y'.repeat(90_000)] })
    const batches = await Promise.all([0n, 1n, 2n, 3n, 4n].map(batchAt))
    const records = await decodeBatches(batches)
    expect(records.map(({ offset }) => offset)).toEqual(['0', '1', '2'])
    expect((await decodeBatches(batches.slice(3))).map(({ offset }) => offset)).toEqual(['3', '4'])
  })

  test('a record that no one marked is never taken for unreadable', () => {
    expect(unreadableBatchOf(null)).toBeUndefined()
    expect(unreadableBatchOf(Buffer.alloc(0))).toBeUndefined()
  })
})
