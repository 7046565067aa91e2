import { quarterStart } from './core/journal.ts'
import { holdsAnything } from './core/rollup.ts'
import type { Edges } from './core/slices.ts'
import {
  isEmptySnapshot,
  type ReadContext,
  readSnapshot,
  type Snapshot,
  snapshotKeyOf,
} from './core/snapshot.ts'
import { type CalendarWindow, closedWindowsBetween } from './core/windows.ts'
import type { Desk } from './publish-desk.ts'
import { parentKeyOf, type ScopeInfos } from './publish-scopes.ts'
import { sliceStarts } from './publish-wakes.ts'

export type IntervalContext = {
  readonly context: Omit<ReadContext, 'rows'>
  readonly infos: ScopeInfos
  /** Windows that end up to here are final. */
  readonly finalToMs: number
  /** Where slices end that windows can still be cut from. */
  readonly edges: Edges
  /** Windows of a set begin after this; of the time before it knows too little. */
  readonly countedSince: (setName: string) => number
}

/** A closed calendar window of a scope: its key on the intervals topic, and what it says. */
export type ClosedSnapshot = { readonly key: string; readonly scopeKey: string; readonly snapshot: Snapshot }

export type Period = { readonly startAt: number; readonly endAt: number }

/** A desk whose window is cut by the calendar. */
export type CalendarDesk = Desk & { readonly window: CalendarWindow }

export const isCalendarDesk = (desk: Desk): desk is CalendarDesk => desk.window.kind === 'calendar'

/** Windows of the scopes that a shard publishes, by their end: in (after, upTo]; null: from the first slice on. */
export type Ends = { readonly shard: number; readonly after: number | null; readonly upTo: number }

/** Calendar windows that ended in a stretch of time, period by period. Empty ones are left out. */
export function* readEnded(
  desks: readonly CalendarDesk[],
  reading: IntervalContext,
  ends: Ends,
): Generator<readonly ClosedSnapshot[]> {
  const { after, upTo } = ends
  if (after !== null && quarterStart(after) >= quarterStart(upTo)) return
  for (const desk of desks) {
    const scopeKeys = scopesOf(desk, reading, ends.shard)
    const firstMs = firstReadable(desk, reading)
    const from = Math.max(after ?? firstSlice(scopeKeys, reading), firstMs)
    const periods = closedWindowsBetween(desk.window, reading.context.tiering.zone, { after: from, upTo })
    for (const period of periods)
      if (period.startAt >= firstMs) yield readPeriod(desk, reading, { scopeKeys, period })
  }
}

/** Before it a window's bounds are no slice boundaries, slices there being local days, or its set was not counted. */
export const firstReadable = (
  { window: { cut }, setName }: CalendarDesk,
  { edges: [, , quarters, days], countedSince }: Pick<IntervalContext, 'edges' | 'countedSince'>,
): number => {
  const isWholeDays = cut.by !== 'interval' && (cut.by !== 'day' || cut.startMinute === 0)
  return Math.max(isWholeDays ? days : quarters, countedSince(setName))
}

const scopesOf = (desk: Desk, { infos }: IntervalContext, shard: number): readonly string[] =>
  [...infos.keys()].filter((key) => {
    const info = infos.of(key)
    return info.setName === desk.setName && info.publisher === shard
  })

/** Where nothing was closed yet: the first slice that holds anything. */
const firstSlice = (scopeKeys: readonly string[], { context }: IntervalContext): number => {
  let first = context.asOfMs
  for (const start of sliceStarts(context.shards, scopeKeys)) first = Math.min(first, start)
  return first
}

type Row = { readonly scopeKeys: readonly string[]; readonly period: Period }

/** Metrics are read only of scopes that hold anything there: most periods of most scopes are empty. */
const readPeriod = (
  desk: CalendarDesk,
  reading: IntervalContext,
  { scopeKeys, period }: Row,
): readonly ClosedSnapshot[] => {
  const found: ClosedSnapshot[] = []
  for (const scopeKey of scopeKeys) {
    if (!isHeld(desk, reading, { scopeKey, period })) continue
    const closed = readClosed(desk, reading, { scopeKey, period })
    if (!isEmptySnapshot(closed.snapshot)) found.push(closed)
  }
  return found
}

/** A window of a scope by its bounds. */
export type ClosedWindow = { readonly scopeKey: string; readonly period: Period }

const isHeld = (
  { divisors }: Desk,
  { context, infos }: IntervalContext,
  { scopeKey, period }: ClosedWindow,
): boolean => {
  const { shards, tiering } = context
  const within = { range: { startMs: period.startAt, endMs: period.endAt }, zone: tiering.zone }
  return (
    holdsAnything(shards, scopeKey, within) ||
    divisors.some((name) => holdsAnything(shards, parentKeyOf(infos.of(scopeKey), name), within))
  )
}

export const readClosed = (
  { window, rows }: CalendarDesk,
  { context, infos, finalToMs }: IntervalContext,
  { scopeKey, period }: ClosedWindow,
): ClosedSnapshot => {
  const isFinal = period.endAt <= finalToMs
  const snapshot = readSnapshot({ ...context, rows }, { scope: infos.of(scopeKey), window, period, isFinal })
  const key = `${snapshotKeyOf(scopeKey, window.id)}|${new Date(period.startAt).toISOString()}`
  return { key, scopeKey, snapshot }
}
