/**
 * Packed state: unsigned varints (7 bits a byte, integers to 2^53), zigzag for signed ones, UTF-8 text with its
 * length. A writer grows its buffer and is used again; what it returns is a copy.
 */
export type PackWriter = {
  unsigned(value: number): void
  signed(value: number): void
  text(value: string): void
  bytes(value: Uint8Array): void
  /** Copies what was written and begins anew. */
  take(): Uint8Array
}

export type PackReader = {
  unsigned(): number
  signed(): number
  text(): string
  bytes(): Uint8Array
  readonly isAtEnd: () => boolean
}

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder()

export const createPackWriter = (): PackWriter => {
  let buffer = new Uint8Array(1024)
  let length = 0
  const reserve = (more: number) => {
    if (length + more <= buffer.length) return
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + more))
    grown.set(buffer)
    buffer = grown
  }
  const unsigned = (value: number) => {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) throw new Error(`${value} is no unsigned integer`)
    reserve(8)
    let rest = value
    while (rest >= 0x80) {
      buffer[length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    buffer[length++] = rest
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
    signed: (value) => {
      unsigned(value >= 0 ? value * 2 : -value * 2 - 1)
    },
    text: (value) => {
      reserve(value.length * 3 + 8)
      const byteLength = asciiLength(value)
      if (byteLength < 0) {
        bytes(utf8Encoder.encode(value))
        return
      }
      unsigned(byteLength)
      for (let index = 0; index < byteLength; index++) buffer[length++] = value.charCodeAt(index)
    },
    take: () => {
      const taken = buffer.slice(0, length)
      length = 0
      return taken
    },
  }
}

/** Its length where all of it is ASCII, else −1. */
const asciiLength = (value: string): number => {
  for (let index = 0; index < value.length; index++) if (value.charCodeAt(index) >= 0x80) return -1
  return value.length
}

/** Throws on truncated input: packed state that cannot be read is a defect, never data. */
export const createPackReader = (buffer: Uint8Array): PackReader => {
  let at = 0
  const unsigned = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = buffer[at++]
      if (byte === undefined) throw new Error('packed state ends in the middle of a value')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }
  const bytes = (): Uint8Array => {
    const length = unsigned()
    if (at + length > buffer.length) throw new Error('packed state ends in the middle of a value')
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
