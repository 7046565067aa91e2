import type { MetricRow } from './catalogue/row.ts'
import type { Cell } from './cell.ts'
import type { Dimensions, SpanList } from './contribution.ts'
import { instantText } from './instant-text.ts'
import { sortCell } from './measure-readings.ts'
import type { Measure } from './measures.ts'
import type { MetricValue, ReadingView } from './metric-values.ts'
import type { OpenByScope, OpenLists } from './open-index.ts'
import { type OpenItem, oldestItems } from './open-list.ts'
import { type ShardView, sumFlows, sumScope } from './rollup.ts'
import { type Metrics, readRows } from './row-readings.ts'
import { scopeKeyOf } from './scopes.ts'
import { flooredStart } from './slice-sums.ts'
import { edgesAt, type Tiering, tierSliceMs } from './slices.ts'
import { type WindowBounds, type WindowSpec, windowBounds, zoneNameOf } from './windows.ts'

/** A scope to read: its key need not exist. */
export type ScopeName = { readonly tenantId: string; readonly dimensions: Dimensions }

/** What a snapshot says, less when and how often it was said (`emittedAt`, `revision`). JSON as in CONTRACT: Snapshots. */
export type Snapshot = {
  readonly tenantId: string
  readonly scope: Dimensions
  readonly window: {
    readonly id: string
    readonly kind: string
    readonly startAt: string | null
    readonly endAt: string
    readonly timeZone: string
  }
  readonly asOf: string
  readonly final: boolean
  readonly metrics: Metrics
  readonly worst: Readonly<Partial<Record<SpanList, readonly WorstItem[]>>>
}

export type WorstItem = { readonly id: string; readonly sinceAt: string }

/** Everything a reader of committed state knows at one instant. */
export type ReadContext = {
  readonly shards: readonly ShardView[]
  /** Windows are cut at this instant: the least as-of of the shards. */
  readonly asOfMs: number
  readonly tiering: Tiering
  /** Open items at least of the scopes that are read. */
  readonly open: OpenByScope
  readonly rows: readonly MetricRow[]
}

export type SnapshotRequest = {
  readonly scope: ScopeName
  readonly window: WindowSpec
  /** A closed calendar window; absent: the one that contains as-of − 1 ms. */
  readonly period?: { readonly startAt: number; readonly endAt: number }
  readonly isFinal?: boolean
  /** The window's sums, where the reader has them; absent: they are added up. */
  readonly sums?: WindowSums
}

/** Flows and levels of the scope, and the flows of the scopes that its shares divide by. */
export type WindowSums = {
  readonly flows: Cell
  readonly levels: Cell
  /** Holds at least this measure. */
  readonly without: (dimension: string, measure: Measure) => Cell
  /** Flows of the last so many days before as-of, whatever the window. */
  readonly lastDays: (days: number) => Cell
}

const worstMax = 10
const emptyOpen: OpenLists = new Map()
const dayMs = 86_400_000

/** A deterministic function of the state and an as-of instant. */
export const readSnapshot = (context: ReadContext, request: SnapshotRequest): Snapshot => {
  const { scope, window } = request
  const { dimensions } = scope
  const bounds = boundsOf(context, request)
  const set = Object.keys(dimensions).sort()
  const key = scopeKeyOf(scope.tenantId, dimensions)
  const standing = context.open.get(key) ?? emptyOpen
  const open = isCurrent(window) ? standing : emptyOpen
  const view = viewOf(context, { scope, bounds, open, sums: request.sums })
  const metrics = readRows(context.rows, { set, dimensions, window, bounds, view, standing })
  return {
    tenantId: scope.tenantId,
    scope: dimensions,
    window: {
      id: window.id,
      kind: window.kind,
      startAt: bounds.startAt === null ? null : instantText(bounds.startAt),
      endAt: instantText(bounds.endAt),
      timeZone: zoneNameOf(window, context.tiering.zone),
    },
    asOf: instantText(context.asOfMs),
    final: request.isFinal ?? false,
    metrics,
    worst: worstOf(open),
  }
}

/** What was read of a calendar window, said of another that reads the same. */
export const moveSnapshot = (
  snapshot: Snapshot,
  { startAt, endAt }: { readonly startAt: number; readonly endAt: number },
  isFinal: boolean,
): Snapshot => ({
  ...snapshot,
  window: {
    ...snapshot.window,
    startAt: instantText(startAt),
    endAt: instantText(endAt),
  },
  final: isFinal,
})

/** Whether nothing happened in the window and nothing is open at its end. */
export const isEmptySnapshot = ({ metrics }: Snapshot): boolean => {
  for (const id in metrics) {
    const { n, value } = metrics[id] as MetricValue
    if (n !== 0 || value) return false
  }
  return true
}

/** Key of a snapshot: `tenant|scope|window`, each part percent-encoded. */
export const snapshotKeyOf = (scopeKey: string, windowId: string): string =>
  `${scopeKey}|${encodeURIComponent(windowId)}`

/** Only windows that end at as-of say what is open. */
export const isCurrent = (window: WindowSpec): boolean => window.kind === 'now' || window.kind === 'total'

const boundsOf = (context: ReadContext, { window, period }: SnapshotRequest): WindowBounds => {
  if (period) return { kind: window.kind, ...period }
  const { zone, finestTier } = context.tiering
  const finestSliceMs = tierSliceMs[finestTier] ?? 1
  const bounds = windowBounds(window, { asOf: context.asOfMs, zone, finestSliceMs })
  if (bounds.startAt === null || bounds.kind !== 'rolling') return bounds
  return { ...bounds, startAt: flooredStart(edgesAt(context.asOfMs, context.tiering), bounds.startAt, zone) }
}

type ViewRequest = {
  readonly scope: ScopeName
  readonly bounds: WindowBounds
  readonly open: OpenLists
  readonly sums: WindowSums | undefined
}

const viewOf = (context: ReadContext, { scope, bounds, open, sums }: ViewRequest): ReadingView => {
  const { flows, levels, without, lastDays } = sums ?? sumWindow(context, scope, bounds)
  return {
    flows: sortCell(flows),
    levels: sortCell(levels),
    without: (dimension, measure) => sortCell(without(dimension, measure)),
    open,
    asOfMs: context.asOfMs,
    lastDays: (days) => sortCell(lastDays(days)),
  }
}

type DaysOfScope = { readonly scopeKey: string; readonly days: number }

/** Flows of the last days before as-of. */
export const sumLastDays = (
  { shards, asOfMs, tiering }: Omit<ReadContext, 'rows' | 'open'>,
  { scopeKey, days }: DaysOfScope,
): Cell => {
  const startMs = flooredStart(edgesAt(asOfMs, tiering), asOfMs - days * dayMs, tiering.zone)
  const range = { startMs, endMs: Number.POSITIVE_INFINITY }
  return sumFlows(shards, scopeKey, { range, zone: tiering.zone })
}

const sumWindow = (
  context: ReadContext,
  { tenantId, dimensions }: ScopeName,
  bounds: WindowBounds,
): WindowSums => {
  const { shards, tiering } = context
  const scopeKey = scopeKeyOf(tenantId, dimensions)
  const within = { range: rangeOf(bounds), zone: tiering.zone }
  const parents = new Map<string, Cell>()
  return {
    ...sumScope(shards, scopeKey, within),
    lastDays: (days) => sumLastDays(context, { scopeKey, days }),
    without: (dimension) => {
      const { [dimension]: _, ...rest } = dimensions
      const known = parents.get(dimension) ?? sumScope(shards, scopeKeyOf(tenantId, rest), within).flows
      parents.set(dimension, known)
      return known
    },
  }
}

const rangeOf = (bounds: WindowBounds) => ({
  startMs: bounds.startAt ?? Number.NEGATIVE_INFINITY,
  endMs: bounds.kind === 'total' || bounds.kind === 'now' ? Number.POSITIVE_INFINITY : bounds.endAt,
})

const worstOf = (open: OpenLists): Snapshot['worst'] => {
  const worst: Partial<Record<SpanList, readonly WorstItem[]>> = { waiting: [], openTickets: [] }
  for (const [list, items] of open) worst[list] = oldestItems(items, worstMax).map(nameItem)
  return worst
}

const nameItem = ({ id, sinceMs }: OpenItem): WorstItem => ({ id, sinceAt: new Date(sinceMs).toISOString() })
