import type { FileRecord } from './file-record.ts'

type Cursor = {
  readonly source: AsyncGenerator<readonly FileRecord[]>
  batch: readonly FileRecord[]
  index: number
  /** Event time of the next record; that of the one before it where it is no event. */
  timeMs: number
}

/**
 * Several sources as one, by event time: always the source whose next event is oldest. A source out of order stays so within itself. Holds a
 * batch of each.
 */
export async function* mergeByTime(
  sources: readonly AsyncGenerator<readonly FileRecord[]>[],
  batchLinesMax: number,
): AsyncGenerator<readonly FileRecord[]> {
  const cursors = sources.map(
    (source): Cursor => ({ source, batch: [], index: 0, timeMs: Number.NEGATIVE_INFINITY }),
  )
  try {
    let open = await settle(cursors)
    let merged: FileRecord[] = []
    for (let cursor = findOldest(open); cursor !== undefined; cursor = findOldest(open)) {
      const record = cursor.batch[cursor.index]
      if (record !== undefined) merged.push(record)
      cursor.index += 1
      if (merged.length >= batchLinesMax) {
        yield merged
        merged = []
      }
      if (cursor.index < cursor.batch.length) readTime(cursor)
      else if (!(await refill(cursor))) open = open.filter((other) => other !== cursor)
    }
    if (merged.length > 0) yield merged
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)))
  }
}

async function settle(cursors: readonly Cursor[]): Promise<readonly Cursor[]> {
  const filled = await Promise.all(cursors.map(refill))
  return cursors.filter((_, index) => filled[index])
}

/** False at the source's end. */
async function refill(cursor: Cursor): Promise<boolean> {
  const next = await cursor.source.next()
  if (next.done === true) return false
  cursor.batch = next.value
  cursor.index = 0
  readTime(cursor)
  return true
}

function readTime(cursor: Cursor): void {
  const decoded = cursor.batch[cursor.index]?.decoded
  if (decoded?.ok) cursor.timeMs = decoded.event.occurredAt
}

/** Few sources, so looking at each is cheaper than a heap. */
function findOldest(cursors: readonly Cursor[]): Cursor | undefined {
  let oldest = cursors[0]
  for (const cursor of cursors) if (oldest !== undefined && cursor.timeMs < oldest.timeMs) oldest = cursor
  return oldest
}
