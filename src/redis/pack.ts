/** What a script's argument is made of. Strings travel as UTF-8; Lua sees raw bytes either way. */
export type Packable = string | Uint8Array | readonly Packable[]

/**
 * MessagePack of nested arrays of strings and bytes, for Lua's `cmsgpack.unpack`. Bytes are written as `str`, not `bin`:
 * Redis's cmsgpack gives both as a Lua string, but reads `str` in every version.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export const packArgument = (value: Packable): Buffer => {
  const end = writeValue(value, 0)
  return Buffer.from(packed.subarray(0, end))
}

/** Written anew for each argument: it grows to the largest. */
let packed = Buffer.allocUnsafe(1 << 20)

/** Bytes of the longest header. */
const headerBytesMax = 5

const reserve = (at: number, more: number): void => {
  if (at + more <= packed.length) return
  const grown = Buffer.allocUnsafe(Math.max(packed.length * 2, at + more))
  packed.copy(grown, 0, 0, at)
  packed = grown
}

/** Returns the position after the value. */
const writeValue = (value: Packable, at: number): number => {
  if (typeof value === 'string') return writeString(value, at)
  reserve(at, headerBytesMax + value.length)
  if (value instanceof Uint8Array) {
    const start = writeTextHeader(packed, value.length, at)
    packed.set(value, start)
    return start + value.length
  }
  let next = writeArrayHeader(packed, value.length, at)
  for (const item of value) next = writeValue(item, next)
  return next
}

const writeString = (value: string, at: number): number => {
  const length = Buffer.byteLength(value)
  reserve(at, headerBytesMax + length)
  const start = writeTextHeader(packed, length, at)
  // Most are ASCII: then each character is one byte as it is.
  packed.write(value, start, length, length === value.length ? 'latin1' : 'utf8')
  return start + length
}

const writeTextHeader = (packed: Buffer, length: number, at: number): number => {
  if (length < 32) return packed.writeUInt8(0xa0 | length, at)
  if (length < 0x100) return packed.writeUInt8(length, packed.writeUInt8(0xd9, at))
  if (length < 0x10000) return packed.writeUInt16BE(length, packed.writeUInt8(0xda, at))
  return packed.writeUInt32BE(length, packed.writeUInt8(0xdb, at))
}

const writeArrayHeader = (packed: Buffer, length: number, at: number): number => {
  if (length < 16) return packed.writeUInt8(0x90 | length, at)
  if (length < 0x10000) return packed.writeUInt16BE(length, packed.writeUInt8(0xdc, at))
  return packed.writeUInt32BE(length, packed.writeUInt8(0xdd, at))
}
