import { type Cell, createCell } from './cell.ts'
import { type Dimensions, type Span, type SpanList, spanLists } from './contribution.ts'
import { parseSubjectKey, type SubjectKind } from './events.ts'
import { type Measure, measures } from './measures.ts'
import { type GroupingSet, type PlacedSubject, scopeKeysOf } from './scopes.ts'
import type { Shard } from './shard.ts'
import { addAll, addSlices, levelsAt } from './slice-sums.ts'
import type { ScopeCells } from './slices.ts'
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
    if (range.startMs === Number.NEGATIVE_INFINITY) addAll(flows, cells)
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

/** What a subject keeps open, made ready to be listed; one item a span. */
type Listing = { readonly subject: PlacedSubject; readonly items: readonly OpenItem[] }

/** What is open is listed again and again and seldom changes: names are taken apart once … */
const listings = new WeakMap<readonly Span[], Listing>()

const listingOf = (subjectKey: string, spans: readonly Span[]): Listing => {
  const known = listings.get(spans)
  if (known) return known
  const { tenantId, kind, id } = parseSubjectKey(subjectKey)
  const made = { subject: { tenantId, kind }, items: spans.map(({ sinceMs }) => ({ id, sinceMs })) }
  listings.set(spans, made)
  return made
}

type ListedKey = ReturnType<typeof scopeKeysOf>[number]

/** By kind of subject and list; null: under none. */
type KindKeys = Partial<Record<SubjectKind, Partial<Record<SpanList, ListedKey | null>>>>

/** … and put together once for all that have the same dimensions, which are one object: each belongs to one tenant. */
type SetKeys = { readonly set: GroupingSet; readonly byDimensions: WeakMap<Dimensions, KindKeys> }

const listedKeys = new Map<string, SetKeys>()

const keysOf = (set: GroupingSet): SetKeys => {
  const name = set.join()
  const known = listedKeys.get(name) ?? { set, byDimensions: new WeakMap() }
  listedKeys.set(name, known)
  return known
}

const keyOf = (subject: PlacedSubject, span: Span, { set, byDimensions }: SetKeys): ListedKey | null => {
  const { list, dimensions } = span
  let keys = byDimensions.get(dimensions)
  if (!keys) {
    keys = {}
    byDimensions.set(dimensions, keys)
  }
  keys[subject.kind] ??= {}
  const ofKind = keys[subject.kind] as Partial<Record<SpanList, ListedKey | null>>
  const known = ofKind[list]
  if (known !== undefined) return known
  const [found = null] = scopeKeysOf([set], { ...subject, measure: listMeasures[list], dimensions })
  ofKind[list] = found
  return found
}

/** Everything open at each shard's as-of in these lists, by scope and list, the oldest first. */
export const listOpen = (
  shards: readonly ShardView[],
  sets: readonly GroupingSet[],
  lists: readonly SpanList[] = spanLists,
): ReadonlyMap<string, OpenLists> => {
  const found = new Map<string, Map<SpanList, OpenItem[]>>()
  if (sets.length === 0) return found
  const wanted = sets.map(keysOf)
  const isListed = new Set(lists)
  for (const shard of shards)
    for (const [subjectKey, spans] of shard.open) {
      if (!spans.some(({ list }) => isListed.has(list))) continue
      const listing = listingOf(subjectKey, spans)
      for (const keys of wanted) listSpans(found, shard, { spans, listing, keys, isListed })
    }
  for (const byList of found.values())
    for (const items of byList.values()) items.sort((a, b) => a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1))
  return found
}

type Listed = {
  readonly spans: readonly Span[]
  readonly listing: Listing
  readonly keys: SetKeys
  readonly isListed: ReadonlySet<SpanList>
}

const listSpans = (
  found: Map<string, Map<SpanList, OpenItem[]>>,
  { asOfMs, cellsOf }: ShardView,
  { spans, listing, keys, isListed }: Listed,
): void => {
  for (let index = 0; index < spans.length; index++) {
    const span = spans[index] as Span
    if (!isListed.has(span.list) || span.fromMs >= asOfMs || span.untilMs < asOfMs) continue
    const under = keyOf(listing.subject, span, keys)
    if (!under) continue
    const scopeKey = cellsOf(under.key) ? under.key : cellsOf(under.other) ? under.other : undefined
    if (scopeKey !== undefined) enter(found, scopeKey, span.list).push(listing.items[index] as OpenItem)
  }
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
