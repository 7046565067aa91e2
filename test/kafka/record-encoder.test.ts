import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Encoded,
  encodeRecord,
  type ProducedRecord,
  useOwnRecordEncoder,
} from '../../src/kafka/record-encoder.ts'

const require = createRequire(import.meta.url)
const recordModule = 'kafkajs/src/protocol/recordBatch/record/v0/index.js'
const encodeByKafkajs = require(recordModule) as typeof encodeRecord

const textOrBytes = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)
const record: fc.Arbitrary<ProducedRecord> = fc.record(
  {
    offsetDelta: fc.nat(2_000),
    timestampDelta: fc.oneof(
      fc.integer({ min: -(2 ** 48), max: 2 ** 48 }),
      fc.integer({ min: -70_000, max: 70_000 }),
    ),
    key: fc.option(textOrBytes),
    value: fc.option(textOrBytes),
    headers: fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(textOrBytes, fc.array(textOrBytes))),
  },
  { requiredKeys: [] },
)

const bytesOf = ({ buffer, offset }: Encoded): Buffer => {
  expect(offset).toBe(buffer.length)
  return buffer
}

test('a record is written in the bytes that kafkajs writes', () => {
  fc.assert(
    fc.property(record, (one) => {
      expect(bytesOf(encodeRecord(one)).equals(encodeByKafkajs(one).buffer)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('records of many sizes follow each other and stay as they were written', () => {
  const sizes = [1, 60, 63, 64, 5_000, 8_000, 700_000, 400_000, 2_000_000, 20]
  const records = sizes.flatMap((size, offsetDelta) =>
    ['x', 'ü'].map((letter) => ({ offsetDelta, key: 'ü', value: letter.repeat(size) })),
  )
  const written = records.map((one) => encodeRecord(one))
  for (const [place, one] of records.entries())
    expect(written[place]?.buffer.equals(encodeByKafkajs(one).buffer)).toBe(true)
})

test('kafkajs makes its produce requests with it, byte for byte as without', async () => {
  const encode = async (): Promise<Buffer> => {
    const name = require.resolve('kafkajs/src/protocol/requests/produce/v3/request.js')
    delete require.cache[name]
    const messages = ['a', 'b', 'c'].map((key, place) => ({
      key,
      value: key.repeat(50_000),
      headers: { place: String(place) },
      timestamp: '1700000000000',
    }))
    const topicData = [{ topic: 't', partitions: [{ partition: 0, firstSequence: 0, messages }] }]
    return (await require(name)({ acks: -1, timeout: 1_000, topicData }).encode()).buffer
  }
  const before = await encode()
  useOwnRecordEncoder()
  expect(require(recordModule)).toBe(encodeRecord)
  expect((await encode()).equals(before)).toBe(true)
})
