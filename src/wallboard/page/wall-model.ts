import type { Labels } from '../wire.ts'
import { type FigureState, judgeFigure } from './figure-state.ts'
import {
  type Figure as FigureText,
  formatCount,
  formatTarget,
  formatValue,
  nameWindow,
  noFigure,
} from './formats.ts'
import { type MetricId, type MetricRow, metricRows, reasonTexts } from './metric-rows.ts'
import type { Metric, Snapshot } from './snapshot.ts'
import type { ScopeSnapshots, SnapshotStore } from './snapshot-store.ts'

/** One number on the wall, ready to be drawn. */
export type WallFigure = {
  readonly id: string
  readonly row: MetricRow
  readonly text: FigureText
  readonly state: FigureState
  readonly windowName: string
  /** Beside the window: the target, the sample, or why there is nothing. */
  readonly note: string
  readonly metric: Metric | null
  readonly snapshot: Snapshot | null
}

export type WallRow = { readonly id: string; readonly name: string; readonly figures: readonly WallFigure[] }
export type WallGroup = { readonly name: string; readonly rows: readonly WallRow[] }

export type Wall = {
  readonly headline: readonly WallFigure[]
  readonly secondary: readonly WallFigure[]
  readonly queues: readonly WallRow[]
  readonly tickets: readonly WallGroup[]
}

export type WallContext = {
  readonly tenant: string
  readonly labels: Labels
  /** Event time, that waits tick by. */
  readonly eventNowMs: number
  readonly isStale: boolean
  /** States as last drawn, by figure id; brought up to date. */
  readonly states: Map<string, FigureState>
}

/** Names of CONTRACT's known channels, where the site gives none. */
const defaultNames: Labels = {
  channel: {
    voice: 'Voice',
    email: 'E-mail',
    chat: 'Chat',
    messaging: 'Messaging',
    social: 'Social',
    sms: 'SMS',
    web: 'Web',
    video: 'Video',
    callback: 'Callback',
  },
}

/** A figure takes the first window that is published with its metric. */
type Column = { readonly metric: MetricId; readonly windows: readonly string[] }

const now = ['now']
const recent = ['15m', '30m', '1h', 'hour', 'today', 'total']
const wholeDay = ['today', '24h', 'total']

const headlineColumns: readonly Column[] = [
  { metric: 'waitingNow', windows: now },
  { metric: 'longestWaitNow', windows: now },
  { metric: 'serviceLevel', windows: recent },
  { metric: 'abandonRate', windows: recent },
  { metric: 'csat', windows: wholeDay },
]
const secondaryColumns: readonly Column[] = [
  { metric: 'averageSpeedOfAnswer', windows: recent },
  { metric: 'openTickets', windows: now },
  { metric: 'firstResponseTime', windows: wholeDay },
  { metric: 'nps', windows: wholeDay },
]
export const queueColumns: readonly Column[] = [
  { metric: 'waitingNow', windows: now },
  { metric: 'longestWaitNow', windows: now },
  { metric: 'serviceLevel', windows: recent },
  { metric: 'averageSpeedOfAnswer', windows: recent },
  { metric: 'abandonRate', windows: recent },
  { metric: 'callsAnswered', windows: recent },
]
export const ticketColumns: readonly Column[] = [
  { metric: 'openTickets', windows: now },
  { metric: 'backlog', windows: now },
  { metric: 'firstResponseTime', windows: wholeDay },
  { metric: 'csat', windows: wholeDay },
  { metric: 'nps', windows: wholeDay },
]

export function buildWall(store: SnapshotStore, context: WallContext): Wall {
  const whole = store.scopes(context.tenant, [])[0] ?? {
    id: '',
    scope: {},
    byWindow: new Map<string, Snapshot>(),
  }
  const rowsOf = (dimension: string, columns: readonly Column[]): readonly WallRow[] =>
    store
      .scopes(context.tenant, [dimension])
      .map((scope) => buildRow(scope, { dimension, columns }, context))
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  return {
    headline: headlineColumns.map((column) => buildFigure(whole, column, context)),
    secondary: secondaryColumns.map((column) => buildFigure(whole, column, context)),
    queues: rowsOf('queueId', queueColumns),
    tickets: [
      { name: 'Channel', rows: rowsOf('channel', ticketColumns) },
      { name: 'Team', rows: rowsOf('teamId', ticketColumns) },
    ].filter(({ rows }) => rows.length > 0),
  }
}

type RowShape = { readonly dimension: string; readonly columns: readonly Column[] }

function buildRow(scope: ScopeSnapshots, { dimension, columns }: RowShape, context: WallContext): WallRow {
  const id = scope.scope[dimension] ?? ''
  const published = [...scope.byWindow.values()]
    .map(({ labels }) => labels[dimension])
    .find((label) => label !== undefined)
  return {
    id: scope.id,
    name:
      published ??
      labelIn(context.labels[dimension], id) ??
      labelIn(defaultNames[dimension], id) ??
      nameOther(id),
    figures: columns.map((column) => buildFigure(scope, column, context)),
  }
}

/** An id may be the name of what every object has. */
export function labelIn(
  labels: Readonly<Record<string, string>> | undefined,
  id: string,
): string | undefined {
  return labels && Object.hasOwn(labels, id) ? labels[id] : undefined
}

/** Scopes beyond the cap of their grouping set are counted together. */
function nameOther(id: string): string {
  return id === '__other__' ? 'All others' : id
}

function buildFigure(scope: ScopeSnapshots, column: Column, context: WallContext): WallFigure {
  const row = metricRows[column.metric]
  const id = `${scope.id}/${row.id}`
  const snapshot = findSnapshot(scope, column)
  const metric = snapshot?.metrics[row.id] ?? null
  const value = tickValue(metric, context.eventNowMs)
  const judged = judgeFigure(row, metric, { value, previous: context.states.get(id) })
  context.states.set(id, judged)
  return {
    id,
    row,
    text: metric === null ? noFigure : formatValue(value, metric.unit),
    state: context.isStale && judged !== 'no-data' ? 'stale' : judged,
    windowName: nameWindow(snapshot?.window.id ?? column.windows[0] ?? ''),
    note: noteOf(row, metric),
    metric,
    snapshot,
  }
}

function findSnapshot(scope: ScopeSnapshots, column: Column): Snapshot | null {
  const found = column.windows
    .map((id) => scope.byWindow.get(id))
    .filter((snapshot) => snapshot !== undefined)
  return found.find((snapshot) => snapshot.metrics[column.metric] !== undefined) ?? null
}

/** A wait goes on between two snapshots: it is reckoned from the instant it began. */
function tickValue(metric: Metric | null, eventNowMs: number): number | null {
  if (metric === null || metric.value === null || metric.sinceAtMs === null) return metric?.value ?? null
  return Math.max(0, eventNowMs - metric.sinceAtMs)
}

function noteOf(row: MetricRow, metric: Metric | null): string {
  if (metric === null) return reasonTexts['no-data'] ?? ''
  if (metric.value === null)
    return row.emptyMeans ?? reasonTexts[metric.reason ?? 'no-data'] ?? metric.reason ?? ''
  if (metric.target !== null) return `target ${formatTarget(metric.target, metric.unit)}`
  const isSurvey = row.id === 'csat' || row.id === 'nps'
  return isSurvey && metric.n !== null ? `n ${formatCount(metric.n)}` : ''
}
