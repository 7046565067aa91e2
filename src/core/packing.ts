/**
 * Packed state: unsigned varints (7 bits a byte, integers to 2^53), zigzag for signed ones, UTF-8 text with its
 * length. A writer grows its buffer and is used again; what it returns is a copy, cut from a slab that it shares with the
 * values written before and after it: who keeps values for long copies them once more.
 */
export type PackWriter = {
  unsigned(value: number): void
  signed(value: number): void
  text(value: string): void
  bytes(value: Uint8Array): void
  /** What was packed before, as it stands: without its length. */
  packed(value: PackedText): void
  /** Copies what was written and begins anew. */
  take(): Uint8Array
  /** The same as a text. */
  takeText(): PackedText
  /** Bytes written so far. */
  readonly size: () => number
  /** What was written from there on, as a text; nothing is taken. */
  textFrom(start: number): PackedText
}

/**
 * Bytes as a text with a character for each: of all that holds bytes the lightest, and nothing the collector has to look into.
 * Good for what is kept in memory in large numbers.
 */
export type PackedText = string

/** A text that was cut out of a packed one keeps all of that in memory: this is for what is kept long. */
export const ownText = (text: string): string => Buffer.from(text).toString()

export type PackReader = {
  unsigned(): number
  signed(): number
  text(): string
  bytes(): Uint8Array
  readonly isAtEnd: () => boolean
}

const lowBits = 28
const lowRange = 2 ** lowBits

const utf8Encoder = new TextEncoder()
/** Texts begin with whatever they begin with: a byte order mark is part of them. */
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export const createPackWriter = (): PackWriter => {
  let buffer = new Uint8Array(1024)
  let texts = Buffer.from(buffer.buffer)
  let length = 0
  const reserve = (more: number) => {
    if (length + more <= buffer.length) return
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + more))
    grown.set(buffer)
    buffer = grown
    texts = Buffer.from(buffer.buffer)
  }
  const small = (value: number) => {
    let rest = value
    for (; rest >= 0x80; rest >>>= 7) buffer[length++] = (rest & 0x7f) | 0x80
    buffer[length++] = rest
  }
  const unsigned = (value: number) => {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw new Error(`${value} is no unsigned integer`)
    reserve(8)
    if (value < lowRange) return small(value)
    // An instant has 41 bits: what lies above 28 goes by itself, so that both are 32-bit arithmetic.
    const high = Math.floor(value / lowRange)
    const low = value - high * lowRange
    for (let shift = 0; shift < lowBits; shift += 7) buffer[length++] = ((low >>> shift) & 0x7f) | 0x80
    small(high)
  }
  const bytes = (value: Uint8Array) => {
    unsigned(value.length)
    reserve(value.length)
    buffer.set(value, length)
    length += value.length
  }
  return {
    unsigned,
    bytes,
    packed: (value) => {
      reserve(value.length)
      length += texts.write(value, length, 'latin1')
    },
    signed: (value) => {
      unsigned(value >= 0 ? value * 2 : -value * 2 - 1)
    },
    text: (value) => {
      const start = length
      unsigned(value.length)
      reserve(value.length)
      for (let index = 0; index < value.length; index++) {
        const code = value.charCodeAt(index)
        if (code >= 0x80) {
          length = start
          bytes(utf8Encoder.encode(value))
          return
        }
        buffer[length++] = code
      }
    },
    take: () => {
      const taken = cutFromSlab(length)
      taken.set(buffer.subarray(0, length))
      length = 0
      return taken
    },
    size: () => length,
    textFrom: (start) => texts.toString('latin1', start, length),
    takeText: () => {
      const taken = texts.toString('latin1', 0, length)
      length = 0
      return taken
    },
  }
}

const slabBytes = 65_536
let slab = new Uint8Array(slabBytes)
let slabUsed = 0

/** Memory of its own for each of many small values would cost more than writing them. */
const cutFromSlab = (byteLength: number): Uint8Array => {
  if (byteLength > slabBytes / 8) return new Uint8Array(byteLength)
  if (slabUsed + byteLength > slabBytes) {
    slab = new Uint8Array(slabBytes)
    slabUsed = 0
  }
  slabUsed += byteLength
  return slab.subarray(slabUsed - byteLength, slabUsed)
}

const truncated = (): Error => new Error('packed state ends in the middle of a value')

/** Throws on truncated input: packed state that cannot be read is a defect, never data. */
export const createPackReader = (buffer: Uint8Array): PackReader => {
  let at = 0
  const unsigned = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = buffer[at++]
      if (byte === undefined) throw truncated()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }
  const bytes = (): Uint8Array => {
    const length = unsigned()
    if (at + length > buffer.length) throw truncated()
    at += length
    return buffer.subarray(at - length, at)
  }
  return {
    unsigned,
    bytes,
    signed: () => {
      const value = unsigned()
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    },
    text: () => utf8Decoder.decode(bytes()),
    isAtEnd: () => at >= buffer.length,
  }
}

export const toPackedText = ({ buffer, byteOffset, byteLength }: Uint8Array): PackedText =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

/** Where a packed text is read next. Mutable: every read moves it on. */
export type PackCursor = { text: PackedText; at: number }

/** All of these throw on truncated input, as a reader does. */
export const nextUnsigned = (cursor: PackCursor): number => {
  const { text } = cursor
  let value = 0
  let scale = 1
  for (let at = cursor.at; at < text.length; at++) {
    const byte = text.charCodeAt(at)
    if (byte < 0x80) {
      cursor.at = at + 1
      return value + byte * scale
    }
    value += (byte & 0x7f) * scale
    scale *= 0x80
  }
  throw truncated()
}

export const nextSigned = (cursor: PackCursor): number => {
  const value = nextUnsigned(cursor)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

export const nextText = (cursor: PackCursor): string => {
  const end = nextUnsigned(cursor) + cursor.at
  if (end > cursor.text.length) throw truncated()
  const start = cursor.at
  cursor.at = end
  for (let at = start; at < end; at++)
    if (cursor.text.charCodeAt(at) >= 0x80)
      return utf8Decoder.decode(Buffer.from(cursor.text.slice(start, end), 'latin1'))
  return cursor.text.slice(start, end)
}
