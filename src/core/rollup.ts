import { addCell, type Cell, createCell } from './cell.ts'
import type { Span, SpanList } from './contribution.ts'
import { parseSubjectKey } from './events.ts'
import { type Measure, measures } from './measures.ts'
import { type GroupingSet, scopeKeysOf } from './scopes.ts'
import type { Shard } from './shard.ts'
import { addSlices, levelsAt, type ScopeCells } from './slices.ts'
import type { Zone } from './zone.ts'

/** One shard as a reader sees it: its own live state, or another owner's as last read. */
export type ShardView = {
  readonly asOfMs: number
  readonly cellsOf: (scopeKey: string) => ScopeCells | undefined
  readonly open: Iterable<readonly [subjectKey: string, spans: readonly Span[]]>
}

/** A live shard, read where it stands. */
export const viewShard = (shard: Shard): ShardView => ({
  asOfMs: shard.asOfMs(),
  cellsOf: (key) => shard.scopes.byKey.get(key)?.cells,
  open: shard.openSpans(),
})

/** An item that is open at as-of. */
export type OpenItem = { readonly id: string; readonly sinceMs: number }

/** What is open in one scope, by list. */
export type OpenLists = ReadonlyMap<SpanList, readonly OpenItem[]>

/** The sum of a scope over shards. `flows`: Σ over [startMs, endMs); `levels`: gauges at endMs. */
export type WindowSum = { readonly flows: Cell; readonly levels: Cell }

export type SumRange = {
  /** −Infinity: from the beginning. */
  readonly startMs: number
  /** Half-open; `Infinity`: up to each shard's as-of. */
  readonly endMs: number
}

type Within = { readonly range: SumRange; readonly zone: Zone }

/** Adds a scope's cells up over all shards; one with nothing there adds nothing. */
export const sumScope = (
  shards: readonly ShardView[],
  scopeKey: string,
  { range, zone }: Within,
): WindowSum => {
  const flows = createCell()
  const levels = createCell()
  for (const shard of shards) {
    const cells = shard.cellsOf(scopeKey)
    if (!cells) continue
    if (range.startMs === Number.NEGATIVE_INFINITY) addCell(flows, cells.running)
    else addSlices(flows, cells, { ...range, zone })
    levelsAt(levels, cells, { atMs: Math.min(range.endMs, shard.asOfMs), zone })
  }
  return { flows, levels }
}

/** The measure that decides which scopes an open item belongs to: the gauge it keeps up. */
export const listMeasures: Readonly<Record<SpanList, Measure>> = {
  waiting: measures.waiting,
  callbacks: measures.callbacksWaiting,
  openTickets: measures.openByStatus,
  unanswered: measures.unanswered,
  atRisk: measures.atRisk,
  overdue: measures.overdue,
}

/** Everything open at each shard's as-of, by scope and list, the oldest first. */
export const listOpen = (
  shards: readonly ShardView[],
  sets: readonly GroupingSet[],
): ReadonlyMap<string, OpenLists> => {
  const found = new Map<string, Map<SpanList, OpenItem[]>>()
  for (const shard of shards)
    for (const [subjectKey, spans] of shard.open) {
      const { tenantId, kind, id } = parseSubjectKey(subjectKey)
      for (const span of spans) {
        if (span.fromMs >= shard.asOfMs || span.untilMs < shard.asOfMs) continue
        const fact = {
          tenantId,
          kind,
          measure: listMeasures[span.list],
          dimensions: span.dimensions,
        }
        for (const { key, other } of scopeKeysOf(sets, fact)) {
          const scopeKey = shard.cellsOf(key) ? key : shard.cellsOf(other) ? other : undefined
          if (scopeKey !== undefined) enter(found, scopeKey, span.list).push({ id, sinceMs: span.sinceMs })
        }
      }
    }
  for (const lists of found.values())
    for (const items of lists.values()) items.sort((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1))
  return found
}

const enter = (
  found: Map<string, Map<SpanList, OpenItem[]>>,
  scopeKey: string,
  list: SpanList,
): OpenItem[] => {
  let lists = found.get(scopeKey)
  if (!lists) {
    lists = new Map()
    found.set(scopeKey, lists)
  }
  let items = lists.get(list)
  if (!items) {
    items = []
    lists.set(list, items)
  }
  return items
}
