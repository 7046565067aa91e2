import type { Cell } from './core/cell.ts'
import type { OpenLists } from './core/open-index.ts'
import { isTimeless } from './core/row-readings.ts'
import {
  findSlices,
  type HistoryReach,
  holdsAnything,
  levelsAfter,
  readHistory,
  type ScopeHistory,
  type SlicePlaces,
  sumMeasure,
  sumSlices,
} from './core/scope-history.ts'
import type { Edges } from './core/slices.ts'
import {
  isEmptySnapshot,
  moveSnapshot,
  type ReadContext,
  readSnapshot,
  type Snapshot,
  snapshotKeyOf,
  sumLastDays,
  type WindowSums,
} from './core/snapshot.ts'
import type { CalendarWindow } from './core/windows.ts'
import type { Desk } from './publish-desk.ts'
import { parentKeyOf, type ScopeInfo, type ScopeInfos } from './publish-scopes.ts'
import { type SnapshotTexts, textsOf } from './snapshot-record.ts'

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
export type ClosedSnapshot = {
  readonly key: string
  readonly scopeKey: string
  readonly snapshot: Snapshot
  readonly texts: SnapshotTexts
}

export type Period = { readonly startAt: number; readonly endAt: number }

/** A desk whose window is cut by the calendar. */
export type CalendarDesk = Desk & { readonly window: CalendarWindow }

export const isCalendarDesk = (desk: Desk): desk is CalendarDesk => desk.window.kind === 'calendar'

/** A window of a scope by its bounds. */
export type ClosedWindow = { readonly scopeKey: string; readonly period: Period }

/** Reads closed windows of one state, those of a scope best one after the other. */
export type ClosedReader = {
  read(desk: CalendarDesk, window: ClosedWindow): ClosedSnapshot
  /** Undefined: nothing happened there and nothing is open, nor was when it was told. */
  readHeld(desk: CalendarDesk, window: ClosedWindow): ClosedSnapshot | undefined
}

type ReaderState = IntervalContext & {
  /** No window that is read begins before or ends after it. */
  readonly reach: HistoryReach
  /** The slice begins here in which the first shard stood when windows were closed. Epoch ms. */
  readonly stoodFromMs: number | undefined
  readonly histories: Map<string, ScopeHistory>
  readonly lines: Map<CalendarDesk, Map<string, ScopeLine>>
  readonly contexts: Map<ReadContext['rows'], ReadContext>
}

/** A scope as a desk reads it, window after window. Mutable: `quiet` is what was read last of one in which nothing happened. */
type ScopeLine = {
  readonly desk: CalendarDesk
  readonly scopeKey: string
  readonly scope: ScopeInfo
  readonly own: ScopeHistory
  readonly parents: readonly ParentLine[]
  /** By their number, what was asked for of the last days before as-of: all windows of a scope read the same. */
  readonly lastDays: Map<number, Cell>
  quiet: (Reading & { readonly passed: number }) | undefined
}

type ParentLine = { readonly name: string; readonly history: ScopeHistory }
type Reading = { readonly snapshot: Snapshot; readonly texts: SnapshotTexts; readonly isEmpty: boolean }

const nothingOpen: OpenLists = new Map()

/** What a reader has to reach for some windows. */
export const reachOf = (periods: readonly Period[]): HistoryReach => ({
  fromMs: periods.reduce((least, { startAt }) => Math.min(least, startAt), Number.POSITIVE_INFINITY),
  toMs: periods.reduce((most, { endAt }) => Math.max(most, endAt), Number.NEGATIVE_INFINITY),
})

export const createClosedReader = (
  reading: IntervalContext,
  reach: HistoryReach,
  stoodFromMs?: number,
): ClosedReader => {
  const state: ReaderState = {
    ...reading,
    reach,
    stoodFromMs,
    histories: new Map(),
    lines: new Map(),
    contexts: new Map(),
  }
  return {
    read: (desk, { scopeKey, period }) => {
      const line = lineOf(state, desk, scopeKey)
      return nameReading(line, readLine(state, line, period))
    },
    readHeld: (desk, { scopeKey, period }) => {
      const line = lineOf(state, desk, scopeKey)
      const isTold = mayHaveBeenTold(state, line, period)
      if (!isTold && !isHeld(line, period)) return undefined
      const found = readLine(state, line, period)
      return found.isEmpty && !isTold ? undefined : nameReading(line, found)
    },
  }
}

const lineOf = (state: ReaderState, desk: CalendarDesk, scopeKey: string): ScopeLine => {
  const lines = state.lines.get(desk) ?? new Map<string, ScopeLine>()
  state.lines.set(desk, lines)
  const line = lines.get(scopeKey) ?? createLine(state, desk, scopeKey)
  lines.set(scopeKey, line)
  return line
}

const createLine = (state: ReaderState, desk: CalendarDesk, scopeKey: string): ScopeLine => {
  const scope = state.infos.of(scopeKey)
  const parents = desk.divisors.map((name) => ({ name, history: historyOf(state, parentKeyOf(scope, name)) }))
  return {
    desk,
    scopeKey,
    scope,
    own: historyOf(state, scopeKey),
    parents,
    lastDays: new Map(),
    quiet: undefined,
  }
}

/**
 * Whatever stood open in a shard, wherever before the window's end it stood, is open at that end, or something happened since the
 * first one stood: no level tells any more of what has opened and closed.
 */
const mayHaveBeenTold = ({ stoodFromMs }: ReaderState, { own }: ScopeLine, { endAt }: Period): boolean =>
  stoodFromMs !== undefined && holdsAnything(own, findSlices(own, { startAt: stoodFromMs, endAt }))

const historyOf = ({ histories, context, reach }: ReaderState, scopeKey: string): ScopeHistory => {
  const { shards, tiering } = context
  const history = histories.get(scopeKey) ?? readHistory(shards, scopeKey, { ...reach, zone: tiering.zone })
  histories.set(scopeKey, history)
  return history
}

const isHeld = ({ own, parents }: ScopeLine, period: Period): boolean =>
  holdsAnything(own, findSlices(own, period)) ||
  parents.some(({ history }) => holdsAnything(history, findSlices(history, period)))

/** Windows in which nothing happened, with the same levels at their ends, say the same: most are such. */
const readLine = (state: ReaderState, line: ScopeLine, period: Period): Reading => {
  const { desk, own, parents, quiet } = line
  const places = findSlices(own, period)
  const isFinal = period.endAt <= state.finalToMs
  const place = { bounds: period, standing: state.context.open.get(line.scopeKey) ?? nothingOpen }
  const isQuiet = isWithout(places) && parents.every(({ history }) => isWithout(findSlices(history, period)))
  if (isQuiet && quiet?.passed === places.end && isTimeless(desk.rows, quiet.snapshot.metrics, place))
    return { ...quiet, snapshot: moveSnapshot(quiet.snapshot, period, isFinal) }
  const { scope } = line
  const { window } = desk
  const sums = sumsOf(state, line, period)
  const snapshot = readSnapshot(contextOf(state, desk), { scope, window, period, isFinal, sums })
  const reading = { snapshot, texts: textsOf(snapshot), isEmpty: isEmptySnapshot(snapshot) }
  if (isQuiet && isTimeless(desk.rows, snapshot.metrics, place))
    line.quiet = { ...reading, passed: places.end }
  return reading
}

const contextOf = ({ contexts, context }: ReaderState, { rows }: CalendarDesk): ReadContext => {
  const known = contexts.get(rows) ?? { ...context, rows }
  contexts.set(rows, known)
  return known
}

const isWithout = ({ first, end }: SlicePlaces): boolean => first === end

const sumsOf = ({ context }: ReaderState, line: ScopeLine, period: Period): WindowSums => {
  const { scopeKey, own, parents, lastDays } = line
  const places = findSlices(own, period)
  return {
    flows: sumSlices(own, places),
    levels: levelsAfter(own, places),
    without: (dimension, measure) => {
      const history = parents.find(({ name }) => name === dimension)?.history ?? own
      return sumMeasure(history, findSlices(history, period), measure)
    },
    lastDays: (days) => {
      const sum = lastDays.get(days) ?? sumLastDays(context, { scopeKey, days })
      lastDays.set(days, sum)
      return sum
    },
  }
}

const nameReading = ({ desk, scopeKey }: ScopeLine, { snapshot, texts }: Reading): ClosedSnapshot => ({
  key: `${snapshotKeyOf(scopeKey, desk.window.id)}|${snapshot.window.startAt}`,
  scopeKey,
  snapshot,
  texts,
})
