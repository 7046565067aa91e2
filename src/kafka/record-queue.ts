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

/** Taken records are dropped from the front once they are more than the rest and this many. */
const compactAt = 256

export function createRecordQueue(): RecordQueue {
  let items: SourceRecord[] = []
  let head = 0
  let bytes = 0
  const take = () => {
    const record = items[head]
    if (record === undefined) return undefined
    head += 1
    bytes -= bytesOf(record)
    if (head >= compactAt && head * 2 >= items.length) {
      items = items.slice(head)
      head = 0
    }
    return record
  }
  return {
    records: () => items.length - head,
    bytes: () => bytes,
    add: (record) => {
      items.push(record)
      bytes += bytesOf(record)
    },
    first: () => items[head],
    take,
    clear: () => {
      items = []
      head = 0
      bytes = 0
    },
  }
}

/** What a record costs beyond its key and value: the object, its headers, its bigint. */
const recordOverheadBytes = 200

function bytesOf({ key, value }: SourceRecord): number {
  return recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
}
