import { createDueIndex, type DueIndex } from './core/due-index.ts'
import type { MetricRow } from './core/metrics.ts'
import type { GroupingSet } from './core/scopes.ts'
import { isEmptySnapshot, type ReadContext, readSnapshot, type Snapshot } from './core/snapshot.ts'
import type { WindowSpec } from './core/windows.ts'
import { lessName, parentKeyOf, type ScopeInfos, standingOf } from './publish-scopes.ts'
import { findWake, type WakeContext } from './publish-wakes.ts'
import { type SnapshotTexts, textsOf } from './snapshot-record.ts'
import { type Digest, digestText } from './text-digest.ts'

/** What is published: windows of grouping sets, with these metrics, so often where anything changed. */
export type PublishPlan = {
  readonly set: GroupingSet
  readonly window: WindowSpec
  readonly rows: readonly MetricRow[]
  readonly everyMs: number
}

/** One plan at work: which scopes may have changed, what stands on the topic, when a window changes by itself. */
export type Desk = PublishPlan & {
  readonly setName: string
  /** Dimensions without which a scope's shares are divided. */
  readonly divisors: readonly string[]
  /** Scopes of this desk by the scope their shares divide by. */
  readonly children: Map<string, Set<string>>
  readonly dirty: Set<string>
  /** What was said last, as far as it decides whether to say it again, by scope. */
  readonly published: Map<string, Digest>
  readonly wakes: DueIndex
  /** When the pass under way, or the last one, began: each goes once over what may have changed by then, turn by turn. */
  passAtMs: number
  /** Scopes that the pass has still to read: the first of `dirty`. */
  passLeft: number
  lastTurnMs: number
  /** How long a pass takes to read, in ms: the mean of late, and of the one under way so far. */
  passMs: number
  readMs: number
  /** Goes round what is published, slowly. */
  repairing: Iterator<string>
  /** Grows by the share that is due; whole keys are sent. */
  repairsDue: number
}

/** Differs from whatever is said: it goes out again. */
const unsaid: Digest = -1
const gone: Digest = -2

export const createDesk = (plan: PublishPlan): Desk => {
  const published = new Map<string, Digest>()
  return {
    ...plan,
    setName: plan.set.join(),
    divisors: divisorsOf(plan),
    children: new Map(),
    dirty: new Set(),
    published,
    wakes: createDueIndex(),
    passAtMs: Number.NEGATIVE_INFINITY,
    passLeft: 0,
    lastTurnMs: Number.NEGATIVE_INFINITY,
    passMs: 0,
    readMs: 0,
    repairing: published.keys(),
    repairsDue: 0,
  }
}

const divisorsOf = ({ set, rows }: PublishPlan): readonly string[] => {
  const names = rows.flatMap(({ reading }) =>
    reading.kind === 'ratio' ? reading.denominator.flatMap(({ without }) => without ?? []) : [],
  )
  return [...new Set(names)].filter((name) => set.includes(name))
}

/** Sets a desk reads beside its own. */
export const divisorSetsOf = ({ set, divisors }: Desk): readonly string[] =>
  divisors.map((name) => lessName(set, name).join())

export const markScope = (desk: Desk, scopeKey: string, infos: ScopeInfos): void => {
  desk.dirty.add(scopeKey)
  for (const name of desk.divisors) {
    const parent = parentKeyOf(infos.of(scopeKey), name)
    const children = desk.children.get(parent) ?? new Set()
    desk.children.set(parent, children.add(scopeKey))
  }
}

/** The shares of its children are divided by what changed. */
export const markChildren = (desk: Desk, parentKey: string): void => {
  for (const child of desk.children.get(parentKey) ?? []) desk.dirty.add(child)
}

/** What stands on the topic may be another publisher's: all of it goes out again, what is empty too. */
export const doubtScope = (desk: Desk, scopeKey: string): void => {
  desk.published.set(scopeKey, unsaid)
}

export const doubtAll = (desk: Desk): void => {
  for (const [scopeKey, digest] of desk.published) {
    if (digest === gone) continue
    desk.published.set(scopeKey, unsaid)
    desk.dirty.add(scopeKey)
  }
}

/** Its next pass is due at once. */
export const hastenDesk = (desk: Desk): void => {
  desk.passAtMs = Number.NEGATIVE_INFINITY
}

export const clearDesk = (desk: Desk): void => {
  // What was read but never sent would wake too, and be said by two processes.
  desk.wakes.takeBefore(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  desk.published.clear()
  desk.dirty.clear()
  desk.passLeft = 0
  desk.children.clear()
}

/** Sends a share of what stands on the topic once more, whether it changed or not. */
export const repairDesk = (desk: Desk, share: number): void => {
  for (desk.repairsDue += desk.published.size * share; desk.repairsDue >= 1; desk.repairsDue--) {
    const next = desk.repairing.next()
    if (next.done) desk.repairing = desk.published.keys()
    else if (desk.published.get(next.value) !== gone) {
      desk.published.set(next.value, unsaid)
      desk.dirty.add(next.value)
    }
  }
}

export type DeskReading = {
  readonly context: ReadContext
  readonly wakeContext: WakeContext
  readonly infos: ScopeInfos
  /** What stands beside the numbers and must go out when it changes. */
  readonly isPartial: (snapshot: Snapshot, scopeKey: string) => boolean
  /** The rest is read the next time, so that nothing else waits long. */
  readonly isTimeUp: () => boolean
}

/** One thing to say; `snapshot` null: the scope has vanished. */
export type Change = {
  readonly scopeKey: string
  readonly snapshot: Snapshot | null
  readonly texts?: SnapshotTexts
  readonly partial: boolean
  readonly digest: Digest
}

export type DeskRun = { readonly changes: readonly Change[]; readonly keys: readonly string[] }

/** Whether there is anything to read: of the pass under way, or of the next one where it is due. */
export const beginPass = (
  desk: Desk,
  { atMs, asOfMs }: { readonly atMs: number; readonly asOfMs: number },
): boolean => {
  if (desk.passLeft > 0) return true
  if (atMs - desk.passAtMs < desk.everyMs) return false
  wakeDesk(desk, asOfMs)
  if (desk.dirty.size === 0) return false
  desk.passAtMs = passInstant(desk, atMs)
  desk.passLeft = desk.dirty.size
  return true
}

/** By its interval, however late its turn came: else each round it waited for would delay all that follow. Never twice in half of one. */
const passInstant = ({ passAtMs, everyMs }: Desk, atMs: number): number =>
  atMs - passAtMs < 2 * everyMs ? Math.max(passAtMs + everyMs, atMs - everyMs / 2) : atMs

/** Wakes what changes by itself at this as-of. */
const wakeDesk = (desk: Desk, asOfMs: number): void => {
  for (const key of desk.wakes.takeBefore(asOfMs + 1, Number.POSITIVE_INFINITY).keys) desk.dirty.add(key)
}

/** Reads on where the pass stands until time is up, and keeps the scopes that did change. */
export const readChanges = (desk: Desk, reading: DeskReading): DeskRun => {
  const keys: string[] = []
  const changes: Change[] = []
  for (const scopeKey of desk.dirty) {
    if (desk.passLeft === 0 || (keys.length > 0 && reading.isTimeUp())) break
    keys.push(scopeKey)
    desk.passLeft -= 1
    // What changes from here on is read again.
    desk.dirty.delete(scopeKey)
    const change = readChange(desk, scopeKey, reading)
    if (change) changes.push(change)
  }
  return { keys, changes }
}

const readChange = (desk: Desk, scopeKey: string, reading: DeskReading): Change | undefined => {
  const { context, wakeContext, infos, isPartial } = reading
  const before = desk.published.get(scopeKey)
  const standing = standingOf(context.shards, scopeKey)
  // Not by its numbers: shares of the others' are there without it.
  if (standing !== 'filled' || desk.rows.length === 0) return takeBack(desk, { scopeKey, standing, before })
  const scope = infos.of(scopeKey)
  const snapshot = readSnapshot(context, { scope, window: desk.window })
  const scopeKeys = [scopeKey, ...desk.divisors.map((name) => parentKeyOf(scope, name))]
  desk.wakes.set(scopeKey, findWake(wakeContext, { ...desk, scopeKeys, snapshot }))
  if (before === undefined && isEmptySnapshot(snapshot)) return undefined
  const partial = isPartial(snapshot, scopeKey)
  const texts = textsOf(snapshot)
  const digest = digestText(comparedText(snapshot, { texts, partial, timeSource: wakeContext.timeSource }))
  return before === digest ? undefined : { scopeKey, snapshot, texts, partial, digest }
}

type Former = {
  readonly scopeKey: string
  readonly standing: ReturnType<typeof standingOf>
  readonly before: Digest | undefined
}

/** What stood may have been published by another; what never did was not. */
const takeBack = (desk: Desk, { scopeKey, standing, before }: Former): Change | undefined => {
  desk.wakes.set(scopeKey, Number.POSITIVE_INFINITY)
  const wasNeverSaid = before === undefined && standing !== 'emptied'
  if (before === gone || wasNeverSaid) return undefined
  return { scopeKey, snapshot: null, partial: false, digest: gone }
}

type Compared = {
  readonly texts: SnapshotTexts
  readonly partial: boolean
  readonly timeSource: WakeContext['timeSource']
}

/** Ages grow by themselves: live, only where they began counts. */
const comparedText = ({ metrics, window }: Snapshot, { texts, partial, timeSource }: Compared): string => {
  const period = window.kind === 'calendar' ? window.startAt : null
  const hasAges =
    timeSource === 'clock' && Object.values(metrics).some(({ sinceAt }) => sinceAt !== undefined)
  const numbers = hasAges ? JSON.stringify(withoutAges(metrics)) : texts.metrics
  return `${partial}|${period}|${numbers}|${texts.worst}`
}

const withoutAges = (metrics: Snapshot['metrics']): readonly unknown[] =>
  Object.entries(metrics).map(([id, metric]) =>
    metric.sinceAt === undefined ? [id, metric] : [id, metric.n, metric.sinceAt, metric.parts],
  )

/** After all of a run was sent. */
export const settleRun = (desk: Desk, { changes }: DeskRun): void => {
  for (const { scopeKey, digest } of changes) desk.published.set(scopeKey, digest)
}

/** A run that was not sent, or not known to be, is read again at once. */
export const returnRun = (desk: Desk, { keys }: DeskRun): void => {
  for (const key of keys) desk.dirty.add(key)
  hastenDesk(desk)
}
