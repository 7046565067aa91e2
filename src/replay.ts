import { createHash } from 'node:crypto'
import { type Event, subjectKey, subjectOf } from './core/events.ts'
import { isCounted } from './core/facts.ts'
import type { MetricRow } from './core/metrics.ts'
import { listOpen } from './core/open-index.ts'
import { viewShard } from './core/rollup.ts'
import { type GroupingSet, otherScopeKey, type Scope } from './core/scopes.ts'
import { createShard, type Shard, type ShardOptions } from './core/shard.ts'
import { isEmptied } from './core/slice-sums.ts'
import { edgesAt } from './core/slices.ts'
import { isEmptySnapshot, type ReadContext, readSnapshot, type Snapshot } from './core/snapshot.ts'
import type { refusalDetails } from './core/timeline.ts'
import { type CalendarWindow, firstCuttable, type WindowSpec, windowBounds } from './core/windows.ts'
import { createReplaySubjects, type ReplaySubjectLimits, type ReplaySubjects } from './replay-subjects.ts'

export type ReplayOptions = ReplaySubjectLimits & {
  readonly shard: Omit<ShardOptions, 'tracksChanges' | 'forgets' | 'totalSets'>
  readonly rows: readonly MetricRow[]
  readonly windows: readonly WindowSpec[]
  /** Which of the shard's sets are printed. */
  readonly sets: readonly GroupingSet[]
  /** Nothing dated at or after it is filed; the last snapshot is read at it. */
  readonly asOfMs?: number
  /** Snapshots every step of event time. */
  readonly everyMs?: number
  readonly disorderMs: number
  /** Told of each event that conflicts with one that stands, or that its subject had no room for. */
  readonly onRefused?: (event: Event, refusal: keyof typeof refusalDetails) => void
}

/** A printed snapshot: `revision` counts up over the whole replay. */
export type ReplayedSnapshot = Snapshot & {
  readonly lastEventAt: string | null
  readonly emittedAt: string
  readonly revision: number
  readonly watermark: string
  readonly partial: boolean
}

export type ReplayCounts = {
  applied: number
  duplicate: number
  conflicting: number
  subjectTooLong: number
  /** Dated at or after `asOfMs`. */
  heldBack: number
  /** Of subjects no metric of this version counts. */
  notCounted: number
}

export type Replay = {
  /** Files events, in any order, and yields the snapshots of the steps that were passed. */
  feed(events: readonly Event[]): Generator<ReplayedSnapshot>
  /** Moves as-of to its last instant and yields what is due there. */
  finish(): Generator<ReplayedSnapshot>
  readonly counts: Readonly<ReplayCounts>
}

const sliceMs = 5_000

type ReplayState = ReplayOptions & {
  readonly engine: Shard
  readonly subjects: ReplaySubjects
  readonly counts: ReplayCounts
  /** Since as-of last moved: a subject is counted once for all it was told until then. */
  filedCount: number
  /** Dated at or after the next step, until it is read. Sorted when drained. */
  held: Event[]
  greatestMs: number
  nextStepMs: number
  revision: number
  readonly printed: Map<string, PrintedPeriods>
}

/** Closed calendar windows that were printed, by scope and window: end → start and a digest of what was said. */
type PrintedPeriods = {
  readonly scope: Scope
  readonly window: CalendarWindow
  readonly byEnd: Map<number, { readonly startAt: number; digest: string }>
}

export const createReplay = (options: ReplayOptions): Replay => {
  const engine = createShard({
    ...options.shard,
    totalSets: options.windows.some(({ kind }) => kind === 'total') ? options.shard.sets : [],
    tracksChanges: false,
    forgets: false,
  })
  const state: ReplayState = {
    ...options,
    engine,
    subjects: createReplaySubjects(engine, { ...options, latenessMs: options.shard.latenessMs }),
    filedCount: 0,
    counts: { applied: 0, duplicate: 0, conflicting: 0, subjectTooLong: 0, heldBack: 0, notCounted: 0 },
    held: [],
    greatestMs: Number.NEGATIVE_INFINITY,
    nextStepMs: Number.NEGATIVE_INFINITY,
    revision: 0,
    printed: new Map(),
  }
  return {
    counts: state.counts,
    feed: (events) => feedEvents(state, events),
    finish: () => finishReplay(state),
  }
}

function* feedEvents(state: ReplayState, events: readonly Event[]): Generator<ReplayedSnapshot> {
  for (const event of events) {
    const { occurredAt } = event
    if (!isCounted(subjectOf(event).kind)) {
      state.counts.notCounted++
      continue
    }
    if (state.asOfMs !== undefined && occurredAt >= state.asOfMs) {
      state.counts.heldBack++
      continue
    }
    if (occurredAt > state.greatestMs) state.greatestMs = occurredAt
    if (state.everyMs === undefined) {
      fileEvent(state, event)
      continue
    }
    if (state.nextStepMs === Number.NEGATIVE_INFINITY) state.nextStepMs = stepAfter(occurredAt, state.everyMs)
    if (occurredAt < state.nextStepMs) fileEvent(state, event)
    else state.held.push(event)
    while (state.nextStepMs + state.disorderMs <= state.greatestMs) yield* takeStep(state)
  }
  // No subject may be packed while events wait in it: as many may wait as subjects may live.
  if (state.filedCount < state.subjects.eventsAtOnce()) return
  advanceTo(state, Math.min(state.greatestMs, earliestHeld(state)) - state.disorderMs)
  state.subjects.settle({ eventCount: state.filedCount })
  state.filedCount = 0
}

const stepAfter = (atMs: number, everyMs: number): number => (Math.floor(atMs / everyMs) + 1) * everyMs
const earliestHeld = (state: ReplayState): number =>
  state.everyMs === undefined ? Number.POSITIVE_INFINITY : state.nextStepMs

function* takeStep(state: ReplayState): Generator<ReplayedSnapshot> {
  const atMs = state.nextStepMs
  advanceTo(state, atMs)
  yield* readCorrections(state)
  yield* readCurrent(state)
  state.nextStepMs = atMs + (state.everyMs as number)
  releaseHeld(state)
}

const releaseHeld = (state: ReplayState): void => {
  if (state.held.length === 0) return
  const still: Event[] = []
  for (const event of state.held)
    if (event.occurredAt < state.nextStepMs) fileEvent(state, event)
    else still.push(event)
  state.held = still
}

function* finishReplay(state: ReplayState): Generator<ReplayedSnapshot> {
  if (state.greatestMs === Number.NEGATIVE_INFINITY && state.asOfMs === undefined) return
  const endMs = state.asOfMs ?? (Math.floor(state.greatestMs / sliceMs) + 1) * sliceMs
  if (state.everyMs !== undefined && state.nextStepMs !== Number.NEGATIVE_INFINITY)
    while (state.nextStepMs < endMs) yield* takeStep(state)
  for (const event of state.held) fileEvent(state, event)
  state.held = []
  advanceTo(state, endMs)
  yield* readCorrections(state)
  yield* readCurrent(state)
}

const fileEvent = (state: ReplayState, event: Event): void => {
  const key = subjectKey(event)
  state.subjects.load(key)
  state.filedCount++
  const insertion = state.engine.fileEvent(event, key)
  switch (insertion) {
    case 'applied':
      state.counts.applied++
      return
    case 'duplicate':
      state.counts.duplicate++
      return
    case 'subject-too-long':
      state.counts.subjectTooLong++
      break
    default:
      state.counts.conflicting++
  }
  state.onRefused?.(event, insertion)
}

const advanceTo = (state: ReplayState, toMs: number): void => {
  if (!(toMs > state.engine.asOfMs())) return
  for (;;) {
    const { keys, reachedMs } = state.engine.takeDue(toMs, state.liveSubjectsMax)
    for (const key of keys) state.subjects.load(key)
    state.engine.advance(reachedMs, keys)
    if (reachedMs === toMs) return
  }
}

const contextOf = (state: ReplayState): ReadContext => {
  const { engine, rows, shard } = state
  const view = viewShard(engine)
  const tiering = { zone: shard.zone, finestTier: shard.finestTier }
  return { shards: [view], asOfMs: view.asOfMs, tiering, rows, open: listOpen([view], state.sets) }
}

/** Snapshots of the current windows, scope by scope in order of their keys; empty ones are left out. */
function* readCurrent(state: ReplayState): Generator<ReplayedSnapshot> {
  const context = contextOf(state)
  const printed = new Set(state.sets.map((set) => set.join()))
  // All that was in a scope may have been taken back: then it is gone, though shares of the others' could be read of it.
  const scopes = [...state.engine.scopes.byKey.values()].filter(
    ({ set, cells }) => printed.has(set.join()) && !isEmptied(cells),
  )
  scopes.sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const scope of scopes)
    for (const window of state.windows) {
      const snapshot = readSnapshot(context, { scope, window })
      if (!isEmptySnapshot(snapshot)) yield print(state, { scope, window, snapshot })
    }
}

type Reading = { readonly scope: Scope; readonly window: WindowSpec; readonly snapshot: Snapshot }

const print = (state: ReplayState, { scope, window, snapshot }: Reading): ReplayedSnapshot => {
  const asOfMs = state.engine.asOfMs()
  if (window.kind === 'calendar') {
    const { startAt, endAt } = windowBounds(window, { asOf: asOfMs, zone: state.shard.zone })
    if (endAt <= asOfMs && startAt !== null) remember(state, { scope, window, snapshot }, { startAt, endAt })
  }
  return stamp(state, snapshot, scope)
}

/** Partial past the cap of its grouping set: some of it stands under `__other__`. */
const stamp = (state: ReplayState, snapshot: Snapshot, { tenantId, set }: Scope): ReplayedSnapshot => ({
  ...snapshot,
  watermark: snapshot.asOf,
  lastEventAt:
    state.greatestMs === Number.NEGATIVE_INFINITY ? null : new Date(state.greatestMs).toISOString(),
  emittedAt: snapshot.asOf,
  revision: ++state.revision,
  partial: set.length > 0 && state.engine.scopes.byKey.has(otherScopeKey(tenantId, set)),
})

const remember = (
  state: ReplayState,
  { scope, window, snapshot }: Reading,
  { startAt, endAt }: { startAt: number; endAt: number },
): void => {
  const key = `${scope.key}|${window.id}`
  const periods = state.printed.get(key) ?? { scope, window: window as CalendarWindow, byEnd: new Map() }
  periods.byEnd.set(endAt, { startAt, digest: digestOf(snapshot) })
  state.printed.set(key, periods)
}

const digestOf = (snapshot: Snapshot): string =>
  createHash('md5').update(JSON.stringify(snapshot.metrics)).digest('base64')

/** Closed windows that were printed and have changed since: printed again, as long as they can be cut. */
function* readCorrections(state: ReplayState): Generator<ReplayedSnapshot> {
  const changes = state.engine.takeChanges()
  if (state.printed.size === 0) return
  const context = contextOf(state)
  const edges = edgesAt(context.asOfMs, context.tiering)
  for (const { scope, window, byEnd } of state.printed.values()) {
    const earliestMs = changes.get(scope)
    if (earliestMs === undefined) continue
    const firstMs = firstCuttable(window, edges)
    for (const [endAt, known] of byEnd) {
      const isCuttable = known.startAt >= firstMs
      if (!isCuttable) byEnd.delete(endAt)
      if (!isCuttable || endAt <= earliestMs) continue
      const snapshot = readSnapshot(context, { scope, window, period: { startAt: known.startAt, endAt } })
      const digest = digestOf(snapshot)
      if (digest === known.digest) continue
      known.digest = digest
      yield stamp(state, snapshot, scope)
    }
  }
}
