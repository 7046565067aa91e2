import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { FileRecord } from '../../src/files/file-record.ts'
import { type NdjsonOptions, readNdjson } from '../../src/files/ndjson.ts'

const folder = mkdtempSync(join(tmpdir(), 'floorwatch-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

function lineOf(eventId: string, occurredAt = 5): string {
  return JSON.stringify({ eventId, type: 'call.ended', occurredAt, callId: 'c' })
}

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function read(files: readonly string[], options: NdjsonOptions = {}): Promise<readonly FileRecord[]> {
  const batches = await readBatches(files, options)
  return batches.flat()
}

async function readBatches(
  files: readonly string[],
  options: NdjsonOptions,
): Promise<readonly (readonly FileRecord[])[]> {
  const batches: (readonly FileRecord[])[] = []
  for await (const batch of readNdjson(files, options)) batches.push(batch)
  return batches
}

function show({ line, decoded }: FileRecord): string {
  return `${line} ${decoded.ok ? decoded.event.eventId : decoded.reason}`
}

describe('one file', () => {
  test('each line is an event or says what is wrong with it, under its number', async () => {
    const content = [
      lineOf('a'),
      '',
      '  ',
      '{"eventId"',
      `${lineOf('b')}\r`,
      '{"type":"x"}',
      '[]',
      lineOf('c'),
    ]
    const records = await read([write('mixed.ndjson', content.join('\n'))])
    expect(records.map(show)).toEqual(['1 a', '4 malformed', '5 b', '6 unknown-type', '7 malformed', '8 c'])
  })

  test('a byte order mark, a newline at the end and none are all the same', async () => {
    const text = `${lineOf('a')}\n${lineOf('b')}`
    for (const content of [text, `${text}\n`, `\ufeff${text}`, `\n${text}\n\n`.slice(1)]) {
      expect((await read([write('end.ndjson', content)])).map(show)).toEqual(['1 a', '2 b'])
    }
    expect(await read([write('empty.ndjson', '')])).toEqual([])
  })

  test('gzip is noticed by its first bytes, several parts included, not by its name', async () => {
    const packed = Buffer.concat([gzipSync(`${lineOf('a')}\n`), gzipSync(lineOf('b'))])
    expect((await read([write('packed.txt', packed)])).map(show)).toEqual(['1 a', '2 b'])
    expect((await read([write('plain.gz', lineOf('a'))])).map(show)).toEqual(['1 a'])
  })

  test('standard input is read as -, packed too', async () => {
    for (const bytes of [Buffer.from(lineOf('a')), gzipSync(lineOf('a'))]) {
      const stdin = Readable.from(Array.from(bytes, (byte) => Buffer.from([byte])))
      expect((await read(['-'], { stdin })).map(show)).toEqual(['1 a'])
    }
  })

  test('a line over the limit is too large, and reading goes on', async () => {
    const huge = JSON.stringify({ eventId: 'x'.repeat(3_000_000) })
    const content = [lineOf('a'), huge, lineOf('b'), 'é'.repeat(60), lineOf('c'), 'y'.repeat(400)].join('\n')
    const records = await read([write('huge.ndjson', content)], { lineBytesMax: 119 })
    expect(records.map(show)).toEqual(['1 a', '2 too-large', '3 b', '4 too-large', '5 c', '6 too-large'])
  })

  test('a line that is not UTF-8 is malformed, its neighbours are not', async () => {
    const content = Buffer.concat([
      Buffer.from(`${lineOf('a')}\n`),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(`${lineOf('\ufffd')}\n`),
    ])
    expect((await read([write('latin.ndjson', content)])).map(show)).toEqual([
      '1 a',
      '2 malformed',
      '3 \ufffd',
    ])
  })

  test('the chunks in which bytes come make no difference', async () => {
    const line = fc.constantFrom(lineOf('a'), lineOf('æ😀'), '', '{', 'z'.repeat(150), '\ufffd')
    const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), cuts, async (lines, sizes) => {
        const bytes = Buffer.from(lines.join('\n'))
        const whole = await read(['-'], { stdin: Readable.from([bytes]), lineBytesMax: 120 })
        const parts = await read(['-'], { stdin: Readable.from(cut(bytes, sizes)), lineBytesMax: 120 })
        expect(parts).toEqual(whole)
        expect(whole.map(({ line }) => line)).toEqual(
          lines.flatMap((text, index) => (text === '' ? [] : [index + 1])),
        )
      }),
    )
  })

  test('batches are bounded and every byte from disk is told', async () => {
    const content = gzipSync(`${lineOf('a')}\n`.repeat(5_000))
    let bytesRead = 0
    const countBytes = (bytes: number): void => {
      bytesRead += bytes
    }
    const options = { batchLinesMax: 100, onBytesRead: countBytes }
    const batches = await readBatches([write('many.gz', content)], options)
    expect(Math.max(...batches.map(({ length }) => length))).toBe(100)
    expect(batches.flat()).toHaveLength(5_000)
    expect(bytesRead).toBe(content.length)
  })

  test.each([
    ['is missing', () => join(folder, 'nowhere.ndjson'), /nowhere\.ndjson.*check the path/],
    ['is a directory', () => folder, /is a directory/],
    [
      'is damaged gzip',
      () => write('bad.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8])),
      /damaged|cut off/,
    ],
    ['is cut-off gzip', () => write('cut.gz', gzipSync(lineOf('a').repeat(99)).subarray(0, 60)), /cut off/],
  ])('a file that %s is told with what to do', async (_, path, message) => {
    await expect(read([path()])).rejects.toMatchObject({
      code: 'file-unreadable',
      message: expect.stringMatching(message),
    })
  })
})

describe('several files', () => {
  test('are merged by event time, each in its own order', async () => {
    const a = write('a.ndjson', [lineOf('a1', 1), lineOf('a5', 5), 'oops', lineOf('a3', 3)].join('\n'))
    const b = write('b.ndjson', [lineOf('b2', 2), lineOf('b4', 4), lineOf('b9', 9)].join('\n'))
    const records = await read([a, b, write('none.ndjson', '')])
    expect(records.map(show)).toEqual(['1 a1', '1 b2', '2 b4', '2 a5', '3 malformed', '4 a3', '3 b9'])
    expect(records.map(({ file }) => file)).toEqual([a, b, b, a, a, a, b])
  })

  test('in order make one in order, whatever their lengths and batches', async () => {
    const times = fc.array(fc.nat({ max: 50 }), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 2, maxLength: 5 }), async (files) => {
        const paths = files.map((file, index) =>
          write(
            `merge-${index}.ndjson`,
            file
              .toSorted((a, b) => a - b)
              .map((time, line) => lineOf(`${index}-${line}`, time))
              .join('\n'),
          ),
        )
        const records = await read(paths, { batchLinesMax: 7 })
        const merged = records.map(({ decoded }) => (decoded.ok ? decoded.event.occurredAt : -1))
        expect(merged).toEqual(files.flat().toSorted((a, b) => a - b))
      }),
      { numRuns: 30 },
    )
  })

  test('stop being read when the reader stops', async () => {
    const paths = ['p', 'q'].map((name) => write(`${name}.ndjson`, `${lineOf(name)}\n`.repeat(9_000)))
    for await (const batch of readNdjson(paths)) {
      expect(batch.length).toBeGreaterThan(0)
      break
    }
  })

  test('fail together when one cannot be read', async () => {
    const missing = join(folder, 'gone.ndjson')
    await expect(read([write('here.ndjson', lineOf('a')), missing])).rejects.toMatchObject({
      code: 'file-unreadable',
    })
  })
})

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const parts: Buffer[] = []
  let start = 0
  for (let index = 0; start < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1
    parts.push(bytes.subarray(start, start + size))
    start += size
  }
  return parts
}
