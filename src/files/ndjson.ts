import { decodeJsonRecord } from '../core/decode.ts'
import { type ChunkOptions, readChunks } from './file-chunks.ts'
import type { FileRecord } from './file-record.ts'
import { createLineSplitter, type Line } from './line-splitter.ts'
import { mergeByTime } from './merge.ts'

export type NdjsonOptions = ChunkOptions & {
  readonly lineBytesMax?: number
  readonly batchLinesMax?: number
}

export const ndjsonDefaults = { lineBytesMax: 1_000_000, batchLinesMax: 2_000 } as const

const noHeaders = {}

/**
 * Events of NDJSON files (`-`: standard input; gzip is noticed by its first bytes), in batches, a line that is no event as a rejection.
 * Several files are merged by event time, each taken in its own order. A file that cannot be read throws `file-unreadable`.
 */
export async function* readNdjson(
  files: readonly string[],
  options: NdjsonOptions = {},
): AsyncGenerator<readonly FileRecord[]> {
  const [only, ...others] = files
  if (only === undefined) return
  const { batchLinesMax = ndjsonDefaults.batchLinesMax } = options
  if (others.length === 0) yield* readFile(only, options)
  else
    yield* mergeByTime(
      files.map((file) => readFile(file, options)),
      batchLinesMax,
    )
}

async function* readFile(file: string, options: NdjsonOptions): AsyncGenerator<readonly FileRecord[]> {
  const { lineBytesMax = ndjsonDefaults.lineBytesMax, batchLinesMax = ndjsonDefaults.batchLinesMax } = options
  const splitter = createLineSplitter(lineBytesMax)
  let lineCount = 0

  function* decode(lines: readonly Line[]): Generator<readonly FileRecord[]> {
    for (let start = 0; start < lines.length; start += batchLinesMax) {
      const batch = decodeLines(lines.slice(start, start + batchLinesMax), {
        file,
        line: lineCount + start + 1,
      })
      if (batch.length > 0) yield batch
    }
    lineCount += lines.length
  }

  for await (const chunk of readChunks(file, options)) yield* decode(splitter.push(chunk))
  yield* decode(splitter.end())
}

function decodeLines(
  lines: readonly Line[],
  first: { readonly file: string; readonly line: number },
): readonly FileRecord[] {
  const records: FileRecord[] = []
  let { line } = first
  for (const text of lines) {
    if (typeof text !== 'string') records.push({ file: first.file, line, decoded: { ok: false, ...text } })
    else if (!isBlank(text)) {
      records.push({ file: first.file, line, decoded: decodeJsonRecord({ text, headers: noHeaders }) })
    }
    line += 1
  }
  return records
}

function isBlank(text: string): boolean {
  return text.length === 0 || (text.charCodeAt(0) <= 32 && text.trim() === '')
}
