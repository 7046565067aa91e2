import { codeAt } from './code-at.ts'

/** How a producer turns a key into a partition: Java's default or librdkafka's. */
export type Partitioner = 'murmur2' | 'crc32'

/**
 * The partition a keyed record belongs to, 0 … partitions − 1.
 * `murmur2`: org.apache.kafka.common.utils.Utils#murmur2 and toPositive; `crc32`: librdkafka's `consistent`.
 */
export function partitionFor(key: Uint8Array | string, partitions: number, partitioner: Partitioner): number {
  const bytes = typeof key === 'string' ? encodeKey(key) : key
  const hash = partitioner === 'murmur2' ? murmur2(bytes) & 0x7fffffff : crc32(bytes)
  return hash % partitions
}

const utf8 = new TextEncoder()
/** Holds the key looked up last: each record's is. */
const scratch = new Uint8Array(1_024)

function encodeKey(key: string): Uint8Array {
  if (key.length * 3 > scratch.length) return utf8.encode(key)
  for (let at = 0; at < key.length; at += 1) {
    const code = codeAt(key, at)
    if (code >= 0x80) return utf8.encode(key)
    scratch[at] = code
  }
  return scratch.subarray(0, key.length)
}

const murmurSeed = 0x9747b28c
const murmurFactor = 0x5bd1e995

/** The 32-bit hash of Kafka's Java client, as a signed integer. */
export function murmur2(bytes: Uint8Array): number {
  const tailStart = bytes.length & ~3
  let hash = murmurSeed ^ bytes.length
  for (let at = 0; at < tailStart; at += 4) {
    hash = Math.imul(hash, murmurFactor) ^ scramble(readInt32LittleEndian(bytes, at))
  }
  if (tailStart < bytes.length) {
    hash = Math.imul(hash ^ readInt32LittleEndian(bytes, tailStart), murmurFactor)
  }
  hash = Math.imul(hash ^ (hash >>> 13), murmurFactor)
  return hash ^ (hash >>> 15)
}

function scramble(word: number): number {
  const product = Math.imul(word, murmurFactor)
  return Math.imul(product ^ (product >>> 24), murmurFactor)
}

/** Bytes past the end count as zero. */
function readInt32LittleEndian(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})

/** CRC-32 (ISO-HDLC), unsigned. */
function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = (value >>> 8) ^ (crcTable[(value ^ byte) & 0xff] ?? 0)
  return (value ^ 0xffffffff) >>> 0
}
