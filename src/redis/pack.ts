/** What a script's argument is made of. Strings travel as UTF-8; Lua sees raw bytes either way. */
export type Packable = string | Uint8Array | readonly Packable[]

/**
 * MessagePack of nested arrays of strings and bytes, for Lua's `cmsgpack.unpack`. Bytes are written as `str`, not `bin`:
 * Redis's cmsgpack gives both as a Lua string, but reads `str` in every version.
 * Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export const packArgument = (value: Packable): Buffer => {
  const packed = Buffer.allocUnsafe(measureValue(value))
  writeValue(packed, value, 0)
  return packed
}

const measureValue = (value: Packable): number => {
  if (typeof value === 'string') return measureText(Buffer.byteLength(value))
  if (value instanceof Uint8Array) return measureText(value.length)
  return value.reduce((bytes: number, item) => bytes + measureValue(item), arrayHeaderBytes(value.length))
}

const measureText = (length: number): number => textHeaderBytes(length) + length

const textHeaderBytes = (length: number): number => {
  if (length < 32) return 1
  if (length < 0x100) return 2
  return length < 0x10000 ? 3 : 5
}

const arrayHeaderBytes = (length: number): number => {
  if (length < 16) return 1
  return length < 0x10000 ? 3 : 5
}

/** Returns the position after the value. */
const writeValue = (packed: Buffer, value: Packable, at: number): number => {
  if (typeof value === 'string') {
    const length = Buffer.byteLength(value)
    const start = writeTextHeader(packed, length, at)
    packed.write(value, start, length, 'utf8')
    return start + length
  }
  if (value instanceof Uint8Array) {
    const start = writeTextHeader(packed, value.length, at)
    packed.set(value, start)
    return start + value.length
  }
  let next = writeArrayHeader(packed, value.length, at)
  for (const item of value) next = writeValue(packed, item, next)
  return next
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
