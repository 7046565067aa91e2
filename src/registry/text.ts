import { isUtf8 } from 'node:buffer'

/** Bytes as UTF-8 text, `undefined` when they are none. Checked only where the text shows a replacement character. */
export function readText(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  return text.includes('\ufffd') && !isUtf8(buffer) ? undefined : text
}
