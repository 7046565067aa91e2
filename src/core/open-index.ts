import type { Dimensions, Span, SpanList } from './contribution.ts'
import { parseSubjectKey, type SubjectKind } from './events.ts'
import { type Measure, measures } from './measures.ts'
import { addItem, createOpenList, type OpenItem, type OpenList, takeItem } from './open-list.ts'
import type { OpenTable } from './open-table.ts'
import type { ShardView } from './rollup.ts'
import { type GroupingSet, type PlacedSubject, scopeKeysOf } from './scopes.ts'

/** What stands open under a scope. */
export type OpenLists = ReadonlyMap<SpanList, OpenList>

/** By scope key; absent: nothing is open there. */
export type OpenByScope = ReadonlyMap<string, OpenLists>

/**
 * Everything open at each shard's as-of, by scope of these grouping sets and list. It follows the shards: to list anew what is
 * open, which is every ticket of weeks, takes longer than to read all else that is said of a few scopes. Where a span begins and ends
 * its level steps (createLevelPieces), so that its subject is settled there and stands among the changes.
 */
export type OpenIndex = {
  /** Takes in what has changed in these shards since the last call, what was of others goes; good until the next call. */
  follow(shards: readonly ShardView[]): OpenByScope
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

/** One item of a subject, and the scopes it is listed under. */
type Entered = {
  readonly list: SpanList
  readonly item: OpenItem
  readonly dimensions: Dimensions
  readonly scopeKeys: readonly string[]
  /** None of its scopes is still to come up: a set may be newer than what its subject was counted in. */
  readonly isWhole: boolean
}

type IndexState = {
  readonly scopes: Map<string, Map<SpanList, OpenList>>
  readonly keys: KeyCache
  readonly entered: Map<OpenTable, Map<string, readonly Entered[]>>
}

export const createOpenIndex = (sets: readonly GroupingSet[]): OpenIndex => {
  const state = createState(sets)
  return {
    follow: (shards) => {
      follow(state, shards)
      return state.scopes
    },
  }
}

const createState = (sets: readonly GroupingSet[]): IndexState => ({
  scopes: new Map(),
  keys: createKeyCache(sets),
  entered: new Map(),
})

const follow = (state: IndexState, shards: readonly ShardView[]): void => {
  const tables = new Set(shards.map(({ open }) => open))
  for (const table of [...state.entered.keys()]) if (!tables.has(table)) leaveShard(state, table)
  for (const shard of shards) {
    const changes = shard.open.takeChanges()
    const subjects = state.entered.get(shard.open)
    if (changes && subjects) for (const key of changes) followSubject(state, { shard, subjects, key })
    else enterShard(state, shard)
  }
}

const enterShard = (state: IndexState, shard: ShardView): void => {
  leaveShard(state, shard.open)
  const subjects = new Map<string, readonly Entered[]>()
  state.entered.set(shard.open, subjects)
  for (const [key] of shard.open.entries()) followSubject(state, { shard, subjects, key })
}

const leaveShard = (state: IndexState, table: OpenTable): void => {
  for (const entered of state.entered.get(table)?.values() ?? [])
    for (const one of entered) takeOut(state, one)
  state.entered.delete(table)
}

type FollowedSubject = {
  readonly shard: ShardView
  readonly subjects: Map<string, readonly Entered[]>
  readonly key: string
}

const followSubject = (state: IndexState, { shard, subjects, key }: FollowedSubject): void => {
  const before = subjects.get(key) ?? []
  const spans = (shard.open.get(key) ?? []).filter((span) => isOpenAt(span, shard.asOfMs))
  if (isListedSo(before, spans)) return
  for (const one of before) takeOut(state, one)
  const { tenantId, kind, id } = parseSubjectKey(key)
  const entered = spans.map((span) => enterSpan(state, span, { shard, id, subject: { tenantId, kind } }))
  if (entered.length > 0) subjects.set(key, entered)
  else subjects.delete(key)
}

const isOpenAt = ({ fromMs, untilMs }: Span, asOfMs: number): boolean => fromMs < asOfMs && asOfMs <= untilMs

const isListedSo = (before: readonly Entered[], spans: readonly Span[]): boolean =>
  before.length === spans.length &&
  before.every(({ list, item, dimensions, isWhole }, place) => {
    const span = spans[place] as Span
    return isWhole && span.list === list && span.sinceMs === item.sinceMs && span.dimensions === dimensions
  })

type SpanOwner = { readonly shard: ShardView; readonly id: string; readonly subject: PlacedSubject }

const enterSpan = (state: IndexState, span: Span, { shard, id, subject }: SpanOwner): Entered => {
  const { list, sinceMs, dimensions } = span
  const item = { id, sinceMs }
  const keys = state.keys.of(subject, span)
  const scopeKeys = keys.flatMap((under) => standingKey(shard, under) ?? [])
  for (const scopeKey of scopeKeys) addItem(listAt(state, scopeKey, list), item)
  return { list, item, dimensions, scopeKeys, isWhole: scopeKeys.length === keys.length }
}

const takeOut = ({ scopes }: IndexState, { list, item, scopeKeys }: Entered): void => {
  for (const scopeKey of scopeKeys) {
    const lists = scopes.get(scopeKey) as Map<SpanList, OpenList>
    const items = lists.get(list) as OpenList
    takeItem(items, item)
    if (items.count === 0) lists.delete(list)
    if (lists.size === 0) scopes.delete(scopeKey)
  }
}

const listAt = ({ scopes }: IndexState, scopeKey: string, list: SpanList): OpenList => {
  const lists = scopes.get(scopeKey) ?? new Map<SpanList, OpenList>()
  scopes.set(scopeKey, lists)
  const items = lists.get(list) ?? createOpenList()
  lists.set(list, items)
  return items
}

type ListedKey = ReturnType<typeof scopeKeysOf>[number]

/** Where the set was full when its scope came up, the item stands under the one that stands in. */
const standingKey = ({ cellsOf, unread }: ShardView, { key, other }: ListedKey): string | undefined => {
  if (cellsOf(key)) return key
  return cellsOf(other) && !unread?.has(key) ? other : undefined
}

/** Under which scopes a span is listed; put together once for all that have the same dimensions, which are one object of one tenant. */
type KeyCache = { of(subject: PlacedSubject, span: Span): readonly ListedKey[] }
type ListKeys = Partial<Record<SpanList, readonly ListedKey[]>>
type KindKeys = Partial<Record<SubjectKind, ListKeys>>

/** Only speed: past this many all are put together anew. */
const dimensionsMax = 200_000

const createKeyCache = (sets: readonly GroupingSet[]): KeyCache => {
  const byDimensions = new Map<Dimensions, KindKeys>()
  return {
    of: (subject, { list, dimensions }) => {
      if (byDimensions.size > dimensionsMax) byDimensions.clear()
      const keys = byDimensions.get(dimensions) ?? {}
      byDimensions.set(dimensions, keys)
      const ofKind: ListKeys = keys[subject.kind] ?? {}
      keys[subject.kind] = ofKind
      ofKind[list] ??= scopeKeysOf(sets, { ...subject, measure: listMeasures[list], dimensions })
      return ofKind[list]
    },
  }
}

/** Everything open at each shard's as-of, by scope and list, listed once: whoever follows the shards goes on undisturbed. */
export const listOpen = (shards: readonly ShardView[], sets: readonly GroupingSet[]): OpenByScope => {
  const state = createState(sets)
  for (const shard of shards) enterShard(state, shard)
  return state.scopes
}
