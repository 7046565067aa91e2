import type { MetricRow } from './core/metrics.ts'
import { partitionFor } from './core/partition.ts'
import { listOpen, type ShardView } from './core/rollup.ts'
import { type GroupingSet, parseScopeKey } from './core/scopes.ts'
import type { Tiering } from './core/slices.ts'
import {
  isEmptySnapshot,
  type ReadContext,
  readSnapshot,
  type Snapshot,
  snapshotKeyOf,
} from './core/snapshot.ts'
import type { TimeSource } from './core/watermark.ts'
import { type CalendarWindow, closedWindowsBetween, type WindowSpec } from './core/windows.ts'
import type { Clock, SnapshotRecord, SnapshotSink } from './ports.ts'

/** What is published: windows of grouping sets, with these metrics, at most so often. */
export type PublishPlan = {
  readonly set: GroupingSet
  readonly window: WindowSpec
  readonly rows: readonly MetricRow[]
  readonly everyMs: number
}

export type PublisherOptions = {
  readonly plans: readonly PublishPlan[]
  readonly shardCount: number
  readonly tiering: Tiering
  readonly timeSource: TimeSource
  readonly latenessMs: number
  readonly labels: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly sink: SnapshotSink
  readonly clock: Clock
}

/** Committed state as the publisher may read it at one instant. */
export type PublishedState = {
  readonly views: readonly ShardView[]
  readonly owned: ReadonlySet<number>
  readonly asOfMs: number
  readonly watermarkMs: number
  readonly lastEventAtMs: number | null
  /** Scopes that changed since the last call. */
  readonly changed: ReadonlySet<string>
  readonly isStalled: boolean
  readonly coveredFromMs: number | null
  /** Calendar windows that ended up to here are out; null: none yet. */
  readonly closedMs: number | null
}

export type Publisher = {
  /** Publishes what changed and is due; returns how far calendar windows are closed. */
  publish(state: PublishedState): Promise<number | null>
  /** After the assignment changed: everything owned goes out again. */
  reset(): void
  /** Whether a scope is this process's to publish. */
  owns(scopeKey: string, owned: ReadonlySet<number>): boolean
}

type Published = { readonly text: string; wakeAtMs: number }

/** One plan at work: which scopes have changed, and what stands on the topic. */
type Desk = PublishPlan & {
  readonly dirty: Set<string>
  readonly published: Map<string, Published>
  lastRunMs: number
}

type PublisherState = PublisherOptions & {
  readonly desks: readonly Desk[]
  readonly scopes: Map<string, ScopeInfo>
  lastRevision: number
  lastHeartbeatMs: number
  repairAtMs: number
}

type ScopeInfo = ReturnType<typeof parseScopeKey> & { readonly setName: string; readonly publisher: number }

const heartbeatMs = 1_000
const repairMs = 3_600_000
const sliceMs = 5_000
const recordsPerSendMax = 500

export const createPublisher = (options: PublisherOptions): Publisher => {
  const state: PublisherState = {
    ...options,
    desks: options.plans.map((plan) => ({ ...plan, dirty: new Set(), published: new Map(), lastRunMs: 0 })),
    scopes: new Map(),
    lastRevision: 0,
    lastHeartbeatMs: 0,
    repairAtMs: options.clock.now() + repairMs,
  }
  return {
    publish: (published) => publish(state, published),
    reset: () => {
      for (const desk of state.desks) {
        desk.published.clear()
        desk.dirty.clear()
      }
    },
    owns: (scopeKey, owned) => owned.has(infoOf(state, scopeKey).publisher),
  }
}

const infoOf = (state: PublisherState, scopeKey: string): ScopeInfo => {
  let info = state.scopes.get(scopeKey)
  if (!info) {
    const parsed = parseScopeKey(scopeKey)
    const setName = Object.keys(parsed.dimensions).sort().join()
    info = { ...parsed, setName, publisher: partitionFor(scopeKey, state.shardCount, 'murmur2') }
    state.scopes.set(scopeKey, info)
  }
  return info
}

const publish = async (state: PublisherState, now: PublishedState): Promise<number | null> => {
  const atMs = state.clock.now()
  noteChanged(state, now)
  if (atMs >= state.repairAtMs) repair(state, atMs)
  if (now.asOfMs === Number.NEGATIVE_INFINITY) return now.closedMs
  const due = state.desks.filter((desk) => atMs - desk.lastRunMs >= desk.everyMs && hasWork(desk, now.asOfMs))
  const needsOpen = due.some(({ window }) => window.kind === 'now' || window.kind === 'total')
  const sets = state.desks.map(({ set }) => set)
  const open = needsOpen ? listOpen(now.views, uniqueSets(sets)) : new Map()
  for (const desk of due) {
    const context = { shards: now.views, asOfMs: now.asOfMs, tiering: state.tiering, open, rows: desk.rows }
    await runDesk(state, desk, { now, context })
    desk.lastRunMs = atMs
  }
  const closedMs = await publishClosed(state, now)
  if (atMs - state.lastHeartbeatMs >= heartbeatMs) await sendHeartbeat(state, now, atMs)
  return closedMs
}

const uniqueSets = (sets: readonly GroupingSet[]): readonly GroupingSet[] => [
  ...new Map(sets.map((set) => [set.join(), set])).values(),
]

const noteChanged = (state: PublisherState, { changed, owned }: PublishedState): void => {
  for (const scopeKey of changed) {
    const { setName, publisher } = infoOf(state, scopeKey)
    if (!owned.has(publisher)) continue
    for (const desk of state.desks) if (desk.set.join() === setName) desk.dirty.add(scopeKey)
  }
}

/** The slow cycle: what stands on the topic is sent once more, whether it changed or not. */
const repair = (state: PublisherState, atMs: number): void => {
  state.repairAtMs = atMs + repairMs
  for (const desk of state.desks)
    for (const [scopeKey] of desk.published) {
      desk.published.delete(scopeKey)
      desk.dirty.add(scopeKey)
    }
}

const hasWork = (desk: Desk, asOfMs: number): boolean => {
  if (desk.dirty.size > 0) return true
  for (const { wakeAtMs } of desk.published.values()) if (wakeAtMs <= asOfMs) return true
  return false
}

type Run = { readonly now: PublishedState; readonly context: ReadContext }

const runDesk = async (state: PublisherState, desk: Desk, { now, context }: Run): Promise<void> => {
  const records: SnapshotRecord[] = []
  const entries: (readonly [scopeKey: string, published: Published])[] = []
  for (const scopeKey of dueScopes(desk, now.asOfMs)) {
    const { tenantId, dimensions } = infoOf(state, scopeKey)
    const snapshot = readSnapshot(context, { scope: { tenantId, dimensions }, window: desk.window })
    const text = comparedText(state, snapshot)
    const before = desk.published.get(scopeKey)
    const published = { text, wakeAtMs: wakeAt(state, desk, snapshot) }
    if (before?.text === text) before.wakeAtMs = published.wakeAtMs
    else if (before || !isEmptySnapshot(snapshot)) {
      records.push(recordOf(state, { key: snapshotKeyOf(scopeKey, desk.window.id), snapshot, now }))
      entries.push([scopeKey, published])
    }
  }
  desk.dirty.clear()
  try {
    await sendInParts(records, (part) => state.sink.publish(part))
  } catch (error) {
    for (const [scopeKey] of entries) desk.dirty.add(scopeKey)
    throw error
  }
  for (const [scopeKey, published] of entries) desk.published.set(scopeKey, published)
}

const dueScopes = (desk: Desk, asOfMs: number): readonly string[] => {
  const keys = new Set(desk.dirty)
  for (const [key, { wakeAtMs }] of desk.published) if (wakeAtMs <= asOfMs) keys.add(key)
  return [...keys]
}

const sendInParts = async (
  records: readonly SnapshotRecord[],
  send: (part: readonly SnapshotRecord[]) => Promise<void>,
): Promise<void> => {
  for (let start = 0; start < records.length; start += recordsPerSendMax)
    await send(records.slice(start, start + recordsPerSendMax))
}

/** What must differ for a snapshot to go out. Ages grow by themselves: live, only where they began counts. */
const comparedText = (state: PublisherState, { metrics, worst, window }: Snapshot): string => {
  const period = window.kind === 'calendar' ? window.startAt : null
  if (state.timeSource === 'events') return JSON.stringify([period, metrics, worst])
  const withoutAges = Object.entries(metrics).map(([id, metric]) =>
    metric.sinceAt === undefined ? [id, metric] : [id, metric.n, metric.sinceAt],
  )
  return JSON.stringify([period, withoutAges, worst])
}

/** The as-of at which the window changes by itself. */
const wakeAt = (state: PublisherState, { window }: Desk, snapshot: Snapshot): number => {
  const asOfMs = Date.parse(snapshot.asOf)
  const values = Object.values(snapshot.metrics)
  if (state.timeSource === 'events' && values.some(({ sinceAt }) => sinceAt !== undefined)) return asOfMs + 1
  if (isEmptySnapshot(snapshot)) return Number.POSITIVE_INFINITY
  const settlesMs = values.some(({ provisional }) => provisional)
    ? asOfMs + repairMs
    : Number.POSITIVE_INFINITY
  switch (window.kind) {
    case 'rolling':
      return (Math.floor(asOfMs / sliceMs) + 1) * sliceMs
    case 'calendar':
      return Math.min(Date.parse(snapshot.window.endAt) + 1, settlesMs)
    default:
      return settlesMs
  }
}

type Saying = { readonly key: string; readonly snapshot: Snapshot; readonly now: PublishedState }

const recordOf = (state: PublisherState, { key, snapshot, now }: Saying): SnapshotRecord => {
  const { tenantId, scope, window, asOf, final, metrics, worst } = snapshot
  const revision = nextRevision(state)
  const value = JSON.stringify({
    tenantId,
    scope,
    labels: labelsOf(state, scope),
    window,
    asOf,
    watermark: isoOf(now.watermarkMs),
    lastEventAt: now.lastEventAtMs === null ? null : isoOf(now.lastEventAtMs),
    emittedAt: isoOf(state.clock.now()),
    revision,
    final,
    partial: isPartial(snapshot, now),
    metrics,
    worst,
  })
  return { key, value, revision }
}

/** A hybrid clock in µs: the greater of the last one + 1 and the clock. */
const nextRevision = (state: PublisherState): number => {
  state.lastRevision = Math.max(state.lastRevision + 1, state.clock.now() * 1_000)
  return state.lastRevision
}

const isoOf = (atMs: number): string | null => (Number.isFinite(atMs) ? new Date(atMs).toISOString() : null)

const labelsOf = ({ labels }: PublisherState, scope: Snapshot['scope']): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(scope)) {
    const label = labels[name]?.[value]
    if (label !== undefined) found[name] = label
  }
  return found
}

const isPartial = ({ window }: Snapshot, { isStalled, coveredFromMs }: PublishedState): boolean =>
  isStalled ||
  (coveredFromMs !== null && (window.startAt === null || Date.parse(window.startAt) < coveredFromMs))

/** Calendar windows whose end every shard's as-of has passed since the last time. */
const publishClosed = async (state: PublisherState, now: PublishedState): Promise<number | null> => {
  const upTo = now.asOfMs
  if (now.closedMs === null) return upTo
  const context = { shards: now.views, asOfMs: upTo, tiering: state.tiering, open: new Map() }
  for (const desk of state.desks) {
    if (desk.window.kind !== 'calendar') continue
    for (const period of closedWindowsBetween(desk.window, state.tiering.zone, {
      after: now.closedMs,
      upTo,
    })) {
      const records = closedRecords(state, {
        desk,
        window: desk.window,
        period,
        now,
        context: { ...context, rows: desk.rows },
      })
      await sendInParts(records, (part) => state.sink.publishClosed(part))
    }
  }
  return upTo
}

type Closing = Run & {
  readonly desk: Desk
  readonly window: CalendarWindow
  readonly period: { readonly startAt: number; readonly endAt: number }
}

const closedRecords = (state: PublisherState, { desk, window, period, now, context }: Closing) => {
  const records: SnapshotRecord[] = []
  for (const [scopeKey, { tenantId, dimensions, setName, publisher }] of state.scopes) {
    if (setName !== desk.set.join() || !now.owned.has(publisher)) continue
    const isFinal = now.watermarkMs >= period.endAt + state.latenessMs
    const snapshot = readSnapshot(context, { scope: { tenantId, dimensions }, window, period, isFinal })
    if (isEmptySnapshot(snapshot)) continue
    const key = `${snapshotKeyOf(scopeKey, window.id)}|${new Date(period.startAt).toISOString()}`
    records.push(recordOf(state, { key, snapshot, now }))
  }
  return records
}

/** As-of and watermark once a second, so that readers can tell silence from death. */
const sendHeartbeat = async (state: PublisherState, now: PublishedState, atMs: number): Promise<void> => {
  state.lastHeartbeatMs = atMs
  const [first] = [...now.owned].sort((a, b) => a - b)
  if (first === undefined) return
  const revision = nextRevision(state)
  const value = JSON.stringify({
    publisher: first,
    asOf: isoOf(now.asOfMs),
    watermark: isoOf(now.watermarkMs),
    lastEventAt: now.lastEventAtMs === null ? null : isoOf(now.lastEventAtMs),
    emittedAt: isoOf(atMs),
    revision,
  })
  await state.sink.publish([{ key: `~heartbeat|${first}|now`, value, revision }])
}
