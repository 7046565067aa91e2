import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { murmur2, partitionFor } from '../../src/core/partition.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('murmur2', () => {
  // From org.apache.kafka.common.utils.UtilsTest#testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (key, hash) => {
    expect(murmur2(bytesOf(key))).toBe(hash)
  })

  test('a negative hash loses its sign bit before the division', () => {
    expect(partitionFor('21', 12, 'murmur2')).toBe((-973932308 & 0x7fffffff) % 12)
  })
})

describe('crc32', () => {
  test('is the standard CRC-32, unsigned', () => {
    expect(partitionFor('123456789', 2 ** 32, 'crc32')).toBe(0xcbf43926)
  })

  test('agrees with zlib on keys of every length', () => {
    for (let length = 1; length < 200; length += 1) {
      const key = 'ø9k'.repeat(length).slice(0, length)
      expect(partitionFor(key, 17, 'crc32')).toBe(crc32(bytesOf(key)) % 17)
    }
  })
})

test('text and its UTF-8 bytes go to one partition', () => {
  for (const partitioner of ['murmur2', 'crc32'] as const) {
    expect(partitionFor('opkald-æøå', 12, partitioner)).toBe(
      partitionFor(bytesOf('opkald-æøå'), 12, partitioner),
    )
  }
})
