import { addToSlot, type Cell, createCell, forEachSlot, isEmptyCell } from './cell.ts'
import { isLevelSlot } from './measures.ts'
import { createPackReader, createPackWriter } from './packing.ts'

/** A stretch of time, half-open, epoch ms: whole quarters of an hour, which every calendar window is made of. */
export type ChangedRange = { readonly startMs: number; readonly endMs: number }

/** Where scopes changed although windows may be closed there: by scope key, ranges disjoint and in order. */
export type JournalEntry = ReadonlyMap<string, readonly ChangedRange[]>

export const quarterMs = 900_000

export const quarterStart = (atMs: number): number => Math.floor(atMs / quarterMs) * quarterMs

/** What was added to a scope, by quarter of an hour. */
export type QuarterChanges = ReadonlyMap<number, Cell>

/**
 * Where a window would read otherwise: quarters whose sums changed, and those at whose end a level did. What came to zero
 * changed nothing; a level that stays changed does so up to `untilMs`.
 */
export const listChangedRanges = (changes: QuarterChanges, untilMs: number): readonly ChangedRange[] => {
  const ranges: ChangedRange[] = []
  const levels = createCell()
  const starts = [...changes.keys()].sort((a, b) => a - b)
  for (const [index, startMs] of starts.entries()) {
    const cell = changes.get(startMs) as Cell
    forEachSlot(cell, (slot, value) => {
      if (isLevelSlot(slot)) addToSlot(levels, slot, value)
    })
    const next = starts[index + 1] ?? Math.max(untilMs, startMs + quarterMs)
    if (!isEmptyCell(levels)) ranges.push({ startMs, endMs: next })
    else if (!isEmptyCell(cell)) ranges.push({ startMs, endMs: startMs + quarterMs })
  }
  return joinRanges(ranges)
}

/** Sorted, with what touches or overlaps in one. */
export const joinRanges = (ranges: readonly ChangedRange[]): readonly ChangedRange[] => {
  const joined: ChangedRange[] = []
  for (const range of [...ranges].sort((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1)
    if (last && range.startMs <= last.endMs)
      joined[joined.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, range.endMs) }
    else joined.push(range)
  }
  return joined
}

export const countRanges = (entry: JournalEntry): number => {
  let count = 0
  for (const ranges of entry.values()) count += ranges.length
  return count
}

/** All of them in one; past `rangesMax` ranges each scope keeps one, from its first change to its last. */
export const mergeEntries = (entries: readonly JournalEntry[], rangesMax: number): JournalEntry => {
  const found = new Map<string, ChangedRange[]>()
  for (const entry of entries)
    for (const [scopeKey, ranges] of entry) {
      const known = found.get(scopeKey) ?? []
      known.push(...ranges)
      found.set(scopeKey, known)
    }
  const merged = new Map([...found].map(([scopeKey, ranges]) => [scopeKey, joinRanges(ranges)]))
  if (countRanges(merged) <= rangesMax) return merged
  return new Map([...merged].map(([scopeKey, ranges]) => [scopeKey, spanRanges(ranges)]))
}

const spanRanges = (ranges: readonly ChangedRange[]): readonly ChangedRange[] => {
  const [first, last] = [ranges[0], ranges.at(-1)]
  return first && last ? [{ startMs: first.startMs, endMs: last.endMs }] : []
}

const layoutVersion = 1
const writer = createPackWriter()

export const encodeJournal = (entry: JournalEntry): Uint8Array => {
  writer.unsigned(layoutVersion)
  writer.unsigned(entry.size)
  for (const [scopeKey, ranges] of entry) {
    writer.text(scopeKey)
    writer.unsigned(ranges.length)
    let quarter = 0
    for (const { startMs, endMs } of ranges) {
      const first = startMs / quarterMs
      const count = (endMs - startMs) / quarterMs
      writer.unsigned(first - quarter)
      writer.unsigned(count)
      quarter = first + count
    }
  }
  return writer.take()
}

/** Throws where the bytes are of another layout. */
export const decodeJournal = (bytes: Uint8Array): JournalEntry => {
  const reader = createPackReader(bytes)
  const version = reader.unsigned()
  if (version !== layoutVersion) throw new Error(`a journal entry has layout ${version}`)
  const entry = new Map<string, readonly ChangedRange[]>()
  for (let scopes = reader.unsigned(); scopes > 0; scopes--) {
    const scopeKey = reader.text()
    const ranges: ChangedRange[] = []
    let quarter = 0
    for (let left = reader.unsigned(); left > 0; left--) {
      const first = quarter + reader.unsigned()
      quarter = first + reader.unsigned()
      ranges.push({ startMs: first * quarterMs, endMs: quarter * quarterMs })
    }
    entry.set(scopeKey, ranges)
  }
  return entry
}
