import { countRanges, decodeJournal, encodeJournal, type JournalEntry, mergeEntries } from './core/journal.ts'
import type { Bytes, Epoch } from './ports.ts'

/** What a shard has changed where windows may be closed, until every publisher has said it again. */
export type ShardJournal = {
  /** What stands, by sequence. */
  readonly entries: () => ReadonlyMap<number, JournalEntry>
  readonly lastSeq: () => number
  readonly rangeCount: () => number
  /** As-of before the oldest of them was written; Infinity: none stands. */
  readonly sinceMs: () => number
  /** Drops what is handled. */
  drop(handledSeq: number): void
  /** Adds what changed, as-of having stood there before; returns what the commit must write: all since the last call. */
  add(changed: JournalEntry, asOfMs: number): ReadonlyMap<string, Bytes | null>
}

export type ShardJournalOptions = {
  readonly stored: ReadonlyMap<string, Bytes>
  /** What is known of as-of before what stands was written. */
  readonly storedSinceMs: number
  /** Sequences begin above it. */
  readonly fromSeq: number
  /** Past so many ranges everything is merged into one entry, a range a scope. */
  readonly rangesMax: number
}

export const createShardJournal = (options: ShardJournalOptions): ShardJournal => {
  const { stored, storedSinceMs, fromSeq, rangesMax } = options
  const entries = decodeEntries(stored)
  let lastSeq = Math.max(fromSeq, ...entries.keys())
  let rangeCount = countAll(entries)
  let writes = new Map<string, Bytes | null>()
  const since = new Map([...entries.keys()].map((seq) => [seq, storedSinceMs]))
  const sinceMs = () => Math.min(Number.POSITIVE_INFINITY, ...since.values())
  const remove = (seq: number) => {
    entries.delete(seq)
    since.delete(seq)
    writes.set(String(seq), null)
  }
  const append = (entry: JournalEntry) => {
    entries.set(++lastSeq, entry)
    writes.set(String(lastSeq), encodeJournal(entry))
  }
  return {
    entries: () => entries,
    lastSeq: () => lastSeq,
    rangeCount: () => rangeCount,
    sinceMs,
    drop: (handledSeq) => {
      for (const seq of [...entries.keys()]) if (seq <= handledSeq) remove(seq)
      rangeCount = countAll(entries)
    },
    add: (changed, asOfMs) => {
      if (changed.size > 0) {
        // What stands may be merged into it.
        const oldestMs = Math.min(sinceMs(), asOfMs)
        append(makeRoom(entries, changed, { rangesMax, remove }))
        since.set(lastSeq, since.size === 0 ? oldestMs : asOfMs)
      }
      rangeCount = countAll(entries)
      const written = writes
      writes = new Map()
      return written
    },
  }
}

/** After a lost tail of the store no sequence is given twice: the epoch's counter has gone on with the clock. */
const seqsPerEpoch = 1_000

export const firstSeq = (lastSeq: number, { counter }: Epoch): number =>
  Math.max(lastSeq, counter * seqsPerEpoch)

type Room = { readonly rangesMax: number; readonly remove: (seq: number) => void }

/** What is appended: with it all that stands, where together they would be too many. */
const makeRoom = (
  entries: ReadonlyMap<number, JournalEntry>,
  changed: JournalEntry,
  { rangesMax, remove }: Room,
): JournalEntry => {
  if (countAll(entries) + countRanges(changed) <= rangesMax) return changed
  const merged = mergeEntries([...entries.values(), changed], rangesMax)
  for (const seq of [...entries.keys()]) remove(seq)
  return merged
}

export const decodeEntries = (stored: ReadonlyMap<string, Bytes>): Map<number, JournalEntry> => {
  const sorted = [...stored].map(([seq, bytes]) => [Number(seq), bytes] as const).sort(([a], [b]) => a - b)
  return new Map(sorted.map(([seq, bytes]) => [seq, decodeJournal(bytes)]))
}

const countAll = (entries: ReadonlyMap<number, JournalEntry>): number =>
  [...entries.values()].reduce((sum, entry) => sum + countRanges(entry), 0)
