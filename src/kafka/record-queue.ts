import type { SourceRecord } from '../ports.ts'

/** First in, first out, with its size in records and bytes. */
export type RecordQueue = {
  readonly records: () => number
  readonly bytes: () => number
  readonly add: (record: SourceRecord) => void
  readonly first: () => SourceRecord | undefined
  readonly take: () => SourceRecord | undefined
  readonly clear: () => void
}

/** Runs that were taken are dropped from the front once they are more than the rest and this many. */
const compactAt = 256

export function createRecordQueue(): RecordQueue {
  /** Undefined: taken whole; it would keep all that its fetch brought. */
  let runs: (Run | undefined)[] = []
  let head = 0
  let count = 0
  let bytes = 0
  const first = () => {
    const run = runs[head]
    return run && recordAt(run, run.takenCount)
  }
  return {
    records: () => count,
    bytes: () => bytes,
    add: (record) => {
      let run = runs.length > head ? runs.at(-1) : undefined
      if (!run || !belongsTo(run, record)) {
        run = beginRun(record)
        runs.push(run)
      }
      addToRun(run, record)
      count++
      bytes += overheadOf(isPlain(run, record)) + bytesOf(record.key?.length, record.value?.length)
    },
    first,
    take: () => {
      const run = runs[head]
      if (!run) return undefined
      const record = recordAt(run, run.takenCount)
      count--
      bytes -= overheadOf(!run.apart?.delete(run.takenCount))
      const place = run.takenCount++ * fieldCount
      bytes -= bytesOf(run.fields[place + keyLength], run.fields[place + valueLength])
      if (run.takenCount * fieldCount < run.fields.length) return record
      runs[head++] = undefined
      if (head >= compactAt && head * 2 >= runs.length) {
        runs = runs.slice(head)
        head = 0
      }
      return record
    },
    clear: () => {
      runs = []
      head = 0
      count = 0
      bytes = 0
    },
  }
}

/** What a record costs beyond its key and value; and with headers, which are kept as objects. */
const plainOverheadBytes = 50
const apartOverheadBytes = 600

const overheadOf = (plain: boolean): number => (plain ? plainOverheadBytes : apartOverheadBytes)

const bytesOf = (keyBytes = 0, valueBytes = 0): number => Math.max(0, keyBytes) + Math.max(0, valueBytes)

/**
 * Records that follow each other and whose bytes lie in one piece of memory, as a fetch brought them: a few numbers for each, in place
 * of an object, a bigint and two views, which the collector would carry about for as long as they wait. Mutable: owned by the queue,
 * which only ever adds to it and takes from its front.
 */
type Run = {
  readonly origin: Pick<SourceRecord, 'topic' | 'topicName' | 'partition'>
  readonly firstOffset: bigint
  readonly memory: Buffer
  readonly fields: number[]
  /** Those that are more than a key and a value there, by their place. */
  apart: Map<number, SourceRecord> | undefined
  takenCount: number
}

/** The fields of each record, in this order. Lengths are −1 where there is none. */
const [offsetDelta, timestamp, keyStart, keyLength, valueStart, valueLength, fieldCount] = [
  0, 1, 2, 3, 4, 5, 6,
]

const memoryOf = ({ value, key }: SourceRecord): ArrayBufferLike | undefined => (value ?? key)?.buffer

/** What was taken of a run is kept until all of it is. */
const runRecordsMax = 5_000

const belongsTo = ({ memory, fields }: Run, record: SourceRecord): boolean => {
  const own = memoryOf(record)
  return (own === undefined || own === memory.buffer) && fields.length < runRecordsMax * fieldCount
}

const beginRun = (record: SourceRecord): Run => {
  const { topic, topicName, partition, offset: firstOffset } = record
  return {
    origin: { topic, topicName, partition },
    firstOffset,
    memory: Buffer.from(memoryOf(record) ?? new ArrayBuffer(0)),
    fields: [],
    apart: undefined,
    takenCount: 0,
  }
}

const addToRun = (run: Run, record: SourceRecord): void => {
  const { firstOffset, fields } = run
  const { offset, timestampMs, key, value } = record
  if (!isPlain(run, record)) {
    run.apart ??= new Map()
    run.apart.set(fields.length / fieldCount, record)
  }
  fields.push(Number(offset - firstOffset), timestampMs)
  addPlace(fields, key)
  addPlace(fields, value)
}

const isPlain = ({ memory }: Run, { key, headers, unreadable }: SourceRecord): boolean =>
  unreadable === undefined && isEmpty(headers) && (key === null || key.buffer === memory.buffer)

const isEmpty = (headers: SourceRecord['headers']): boolean => {
  for (const _ in headers) return false
  return true
}

const addPlace = (fields: number[], bytes: Uint8Array | null): void => {
  if (bytes === null) fields.push(0, -1)
  else fields.push(bytes.byteOffset, bytes.length)
}

const recordAt = (run: Run, place: number): SourceRecord =>
  run.apart?.get(place) ?? new QueuedRecord(run, place)

export const noHeaders: SourceRecord['headers'] = {}

/** A record that is read out of its run each time it is asked: what holds it holds nothing of its own. */
class QueuedRecord implements SourceRecord {
  readonly #run: Run
  readonly #start: number

  constructor(run: Run, place: number) {
    this.#run = run
    this.#start = place * fieldCount
  }

  get topic(): SourceRecord['topic'] {
    return this.#run.origin.topic
  }

  get topicName(): string {
    return this.#run.origin.topicName
  }

  get partition(): number {
    return this.#run.origin.partition
  }

  get headers(): SourceRecord['headers'] {
    return noHeaders
  }

  get offset(): bigint {
    return this.#run.firstOffset + BigInt(this.#field(offsetDelta))
  }

  get timestampMs(): number {
    return this.#field(timestamp)
  }

  get key(): Uint8Array | null {
    return this.#bytes(this.#field(keyStart), this.#field(keyLength))
  }

  get value(): Uint8Array | null {
    return this.#bytes(this.#field(valueStart), this.#field(valueLength))
  }

  #field(field: number): number {
    return this.#run.fields[this.#start + field] as number
  }

  #bytes(start: number, length: number): Uint8Array | null {
    return length < 0 ? null : this.#run.memory.subarray(start, start + length)
  }
}
