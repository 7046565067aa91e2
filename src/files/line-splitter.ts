import { isUtf8 } from 'node:buffer'
import { describeTooLarge } from '../core/decode.ts'

/** A line's text, or why it has none. */
export type Line = string | { readonly reason: 'too-large' | 'malformed'; readonly detail: string }

export type LineSplitter = {
  /** The lines that end in this chunk. */
  readonly push: (chunk: Buffer) => readonly Line[]
  /** The last line, where no newline ends the file. */
  readonly end: () => readonly Line[]
}

const newline = 10
const byteOrderMark = '\ufeff'

/**
 * Cuts bytes into lines, many at once: a chunk's lines are decoded together and then split. A line over the limit is skipped
 * without being held, and told of where it ends.
 */
export function createLineSplitter(lineBytesMax: number): LineSplitter {
  let rest: Buffer[] = []
  let restBytes = 0
  let isFirst = true

  function keep(bytes: Buffer): void {
    if (restBytes <= lineBytesMax) rest.push(bytes)
    restBytes += bytes.length
    if (restBytes > lineBytesMax) rest = []
  }

  function split(bytes: Buffer): readonly Line[] {
    const lines = splitLines(bytes, lineBytesMax)
    if (!isFirst || lines.length === 0) return lines
    isFirst = false
    return [dropByteOrderMark(lines[0] ?? ''), ...lines.slice(1)]
  }

  function takeRest(end: Buffer): readonly Line[] {
    keep(end)
    const isTooLarge = restBytes > lineBytesMax
    const bytes = Buffer.concat(rest)
    const lines = isTooLarge ? [refuseLength(restBytes, lineBytesMax)] : split(bytes)
    rest = []
    restBytes = 0
    return lines
  }

  return {
    push: (chunk) => {
      const last = chunk.lastIndexOf(newline)
      if (last < 0) {
        keep(chunk)
        return []
      }
      const start = restBytes > 0 ? chunk.indexOf(newline) + 1 : 0
      const head = start > 0 ? takeRest(chunk.subarray(0, start - 1)) : []
      const body = start <= last ? split(chunk.subarray(start, last)) : []
      if (last + 1 < chunk.length) keep(chunk.subarray(last + 1))
      return head.length === 0 ? body : [...head, ...body]
    },
    end: () => (restBytes > 0 ? takeRest(Buffer.alloc(0)) : []),
  }
}

function splitLines(bytes: Buffer, lineBytesMax: number): readonly Line[] {
  const text = bytes.toString('utf8')
  const lines = text.split('\n')
  if (text.includes('\ufffd') && !isUtf8(bytes)) return splitDoubtful(bytes, lineBytesMax)
  if (bytes.length <= lineBytesMax) return lines
  return lines.map((line) => boundLine(line, lineBytesMax))
}

function boundLine(line: string, lineBytesMax: number): Line {
  const bytesAtMost = line.length * 3
  if (bytesAtMost <= lineBytesMax) return line
  const bytes = Buffer.byteLength(line)
  return bytes > lineBytesMax ? refuseLength(bytes, lineBytesMax) : line
}

/** Line by line, where some are not UTF-8. */
function splitDoubtful(bytes: Buffer, lineBytesMax: number): readonly Line[] {
  const lines: Line[] = []
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(newline, start)
    const end = found < 0 ? bytes.length : found
    const line = bytes.subarray(start, end)
    lines.push(
      isUtf8(line)
        ? boundLine(line.toString('utf8'), lineBytesMax)
        : { reason: 'malformed', detail: 'the line is not UTF-8; write it in UTF-8' },
    )
    start = end + 1
  }
  return lines
}

function dropByteOrderMark(line: Line): Line {
  return typeof line === 'string' && line.startsWith(byteOrderMark) ? line.slice(1) : line
}

function refuseLength(bytes: number, lineBytesMax: number): Line {
  return { reason: 'too-large', detail: describeTooLarge(bytes, lineBytesMax) }
}
