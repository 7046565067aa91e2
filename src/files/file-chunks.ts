import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FloorwatchError } from '../errors.ts'

export type ChunkOptions = {
  /** What `-` reads. */
  readonly stdin?: Readable
  /** Told as bytes come from disk, before they are unpacked: the part of a progress bar. */
  readonly onBytesRead?: (bytes: number) => void
}

const chunkBytes = 256 * 1024
const gzipMagic = [0x1f, 0x8b] as const

/** A file's bytes (`-`: standard input), unpacked when they begin as gzip does, whatever the name. Throws `file-unreadable`. */
export async function* readChunks(file: string, options: ChunkOptions): AsyncGenerator<Buffer> {
  const { stdin = process.stdin } = options
  const source = file === '-' ? stdin : createReadStream(file, { highWaterMark: chunkBytes })
  try {
    const counted = countBytes(source, options)
    const first = await readFirst(counted)
    yield* isGzip(first) ? unpack(chain(first, counted)) : chain(first, counted)
  } catch (error) {
    throw describeFailure(error, file)
  } finally {
    if (file !== '-') source.destroy()
  }
}

async function* countBytes(source: Readable, { onBytesRead }: ChunkOptions): AsyncGenerator<Buffer> {
  for await (const chunk of source as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    onBytesRead?.(bytes.length)
    yield bytes
  }
}

/** At least two bytes, or all there are. */
async function readFirst(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0)
  while (first.length < gzipMagic.length) {
    const next = await chunks.next()
    if (next.done === true) break
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value])
  }
  return first
}

function isGzip(bytes: Buffer): boolean {
  return gzipMagic.every((byte, index) => bytes[index] === byte)
}

async function* chain(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first
  yield* rest
}

async function* unpack(packed: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(packed)
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  source.on('error', (error) => gunzip.destroy(error))
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Buffer>
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'it may not be read; check its permissions',
  EISDIR: 'it is a directory; name the files in it',
  Z_DATA_ERROR: 'it begins as gzip and is damaged; fetch or pack it again',
  Z_BUF_ERROR: 'it is gzip that was cut off; fetch or pack it again',
}

function describeFailure(error: unknown, file: string): unknown {
  const { code } = error as { readonly code?: string }
  if (code === undefined || error instanceof FloorwatchError) return error
  const name = file === '-' ? 'standard input' : file
  return new FloorwatchError('file-unreadable', `cannot read ${name}: ${remedies[code] ?? code}`, error)
}
