import { listOpen } from './core/rollup.ts'
import type { GroupingSet } from './core/scopes.ts'
import type { Tiering } from './core/slices.ts'
import { type Snapshot, snapshotKeyOf } from './core/snapshot.ts'
import type { TimeSource } from './core/watermark.ts'
import type { Clock, SnapshotRecord, SnapshotSink } from './ports.ts'
import type { ClosedSnapshot } from './publish-closed.ts'
import { changedMsOf, isMixed } from './publish-counting.ts'
import {
  type Change,
  clearDesk,
  createDesk,
  type Desk,
  divisorSetsOf,
  doubtAll,
  doubtScope,
  markChildren,
  markScope,
  type PublishPlan,
  readChanges,
  repairDesk,
  settleRun,
  wakeDesk,
} from './publish-desk.ts'
import { createIntervals, type Intervals, type Marks } from './publish-intervals.ts'
import { createScopeInfos, isCapped, type ScopeInfos } from './publish-scopes.ts'
import type { PublishedState } from './published-state.ts'
import { createRevisions, type Revisions } from './revisions.ts'
import { shardBeginning } from './shard-writer.ts'
import { heartbeatRecord, type Labels, snapshotRecord, textsOf } from './snapshot-record.ts'

export type PublisherOptions = {
  readonly plans: readonly PublishPlan[]
  readonly shardCount: number
  readonly tiering: Tiering
  readonly timeSource: TimeSource
  readonly latenessMs: number
  readonly labels: Labels
  readonly sink: SnapshotSink
  readonly clock: Clock
}

export type Publisher = {
  /** Publishes what changed and is due; returns how far it has come with closed windows. */
  publish(state: PublishedState): Promise<Marks>
  /** After the assignment changed: everything owned goes out again. */
  reset(): void
  /** Whether a process that owns these shards reads the scope: to publish it, or to divide by it. */
  reads(scopeKey: string, owned: ReadonlySet<number>): boolean
  /** Calls of the sink that have succeeded: a publication may have had nothing to send. */
  readonly sendCount: () => number
  readonly revisions: Revisions
}

type PublisherState = PublisherOptions & {
  readonly desks: readonly Desk[]
  readonly divisorSets: ReadonlySet<string>
  readonly infos: ScopeInfos
  readonly intervals: Intervals
  readonly revisions: Revisions
  /** What stands on the topic is in doubt until all that was read anew has been published. */
  isAnew: boolean
  wasStalled: boolean
  wasCoveredFromMs: number | null
  sendCount: number
  lastHeartbeatMs: number
  lastRepairMs: number
  /** Nothing current is read before this but quick desks. */
  restUntilMs: number
}

const heartbeatMs = 1_000
/** After it has read, the publisher rests so many times as long, so that the records have the greater part of the time … */
const restPerRun = 4
/** … and nearly all of it while they lag: what goes out then is soon overtaken. */
const restPerLaggingRun = 19
/** A desk that is read so fast does not rest: what few scopes say, the whole tenant first of all, stays fresh under any load. */
const quickMs = 10
/** Reading that took long because the machine slept has not earned a longer rest. */
const restMaxMs = 30_000
/** Live, as-of is behind the clock by the disorder at most, while records are under way. */
const lagMs = 15_000
/** Idle keys are sent again within so long. */
const repairMs = 3_600_000
const recordsPerSendMax = 500

export const createPublisher = (options: PublisherOptions): Publisher => {
  const desks = options.plans.map(createDesk)
  const infos = createScopeInfos(options.shardCount)
  const state: PublisherState = {
    ...options,
    desks,
    divisorSets: new Set(desks.flatMap(divisorSetsOf)),
    infos,
    intervals: createIntervals({ ...options, desks, infos }),
    revisions: createRevisions(options.clock),
    isAnew: true,
    wasStalled: false,
    wasCoveredFromMs: null,
    sendCount: 0,
    lastHeartbeatMs: Number.NEGATIVE_INFINITY,
    lastRepairMs: options.clock.now(),
    restUntilMs: Number.NEGATIVE_INFINITY,
  }
  return {
    revisions: state.revisions,
    sendCount: () => state.sendCount,
    publish: (published) => publish(state, published),
    reset: () => {
      state.isAnew = true
      for (const desk of desks) clearDesk(desk)
      state.intervals.reset()
    },
    reads: (scopeKey, owned) => {
      const { publisher, setName, otherKey: other } = state.infos.of(scopeKey)
      return owned.has(publisher) || state.divisorSets.has(setName) || scopeKey === other
    },
  }
}

const publish = async (state: PublisherState, now: PublishedState): Promise<Marks> => {
  const atMs = state.clock.now()
  noteChanged(state, now)
  repair(state, atMs)
  const isBegun = now.asOfMs > shardBeginning
  if (isBegun) await publishCurrent(state, now, atMs)
  const send = (closed: readonly ClosedSnapshot[]) => sendClosed(state, now, closed)
  const marks = isBegun ? await state.intervals.publish(now, send) : now.marks
  if (atMs - state.lastHeartbeatMs >= heartbeatMs) await sendHeartbeat(state, now, atMs)
  return marks
}

const noteChanged = (
  state: PublisherState,
  { changed, marks, isStalled, isCaughtUp, coveredFromMs }: PublishedState,
): void => {
  for (const scopeKey of changed) {
    const { setName, publisher } = state.infos.of(scopeKey)
    for (const desk of state.desks) {
      markChildren(desk, scopeKey)
      if (desk.setName !== setName || !marks.has(publisher)) continue
      markScope(desk, scopeKey, state.infos)
      if (state.isAnew && !desk.published.has(scopeKey)) doubtScope(desk, scopeKey)
    }
  }
  if (isStalled !== state.wasStalled || coveredFromMs !== state.wasCoveredFromMs)
    for (const desk of state.desks) doubtAll(desk)
  // While the log is read again, scopes come up one by one whose snapshots of before a loss still stand on the topic.
  state.isAnew &&= !isCaughtUp
  state.wasStalled = isStalled
  state.wasCoveredFromMs = coveredFromMs
}

/** The slow cycle: a share of what stands on the topic, once a second. */
const repair = (state: PublisherState, atMs: number): void => {
  const passedMs = atMs - state.lastRepairMs
  if (passedMs < heartbeatMs) return
  state.lastRepairMs = atMs
  for (const desk of state.desks) repairDesk(desk, Math.min(1, passedMs / repairMs))
}

const publishCurrent = async (state: PublisherState, now: PublishedState, atMs: number): Promise<void> => {
  const isResting = atMs < state.restUntilMs
  const due = state.desks.filter(
    ({ lastRunMs, everyMs, readMs }) => atMs - lastRunMs >= everyMs && (!isResting || readMs <= quickMs),
  )
  for (const desk of due) wakeDesk(desk, now.asOfMs)
  const working = due.filter(({ dirty }) => dirty.size > 0)
  const open = listOpen(now.views, openSetsOf(working))
  const openMs = state.clock.now() - atMs
  let readMs = openMs
  for (const desk of working) {
    const deskMs = await runDesk(state, desk, { now, open })
    readMs += deskMs
    desk.readMs = deskMs + (isCurrent(desk) ? openMs : 0)
    if (desk.dirty.size === 0) desk.lastRunMs = atMs
  }
  if (isResting) return
  const endMs = state.clock.now()
  const restMs = (isLagging(state, now, endMs) ? restPerLaggingRun : restPerRun) * readMs
  state.restUntilMs = endMs + Math.min(restMs, restMaxMs)
}

const isLagging = ({ timeSource }: PublisherState, now: PublishedState, atMs: number): boolean =>
  timeSource === 'clock' ? atMs - now.asOfMs > lagMs : !now.isCaughtUp

/** Only windows that end at as-of say what is open. */
const isCurrent = ({ window }: Desk): boolean => window.kind === 'now' || window.kind === 'total'

const openSetsOf = (desks: readonly Desk[]): readonly GroupingSet[] => {
  const current = desks.filter(isCurrent)
  return [...new Map(current.map(({ set, setName }) => [setName, set])).values()]
}

type Reading = { readonly now: PublishedState; readonly open: ReturnType<typeof listOpen> }

/** Returns how long it read, in ms: sending may have waited for Kafka. */
const runDesk = async (state: PublisherState, desk: Desk, { now, open }: Reading): Promise<number> => {
  const { tiering, timeSource, infos, clock } = state
  const startMs = clock.now()
  const { views, asOfMs } = now
  const run = readChanges(desk, {
    context: { shards: views, asOfMs, tiering, open, rows: desk.rows },
    wakeContext: { views, asOfMs, tiering, timeSource },
    infos,
    isPartial: (snapshot, scopeKey) => isPartial(state, { now, snapshot, scopeKey }),
  })
  const said = say(state, now, run.changes.map(toSaid(desk)))
  const readMs = clock.now() - startMs
  // What is sent may stand on the topic although no answer comes: until one does, nothing there is known.
  for (const { scopeKey } of run.changes) doubtScope(desk, scopeKey)
  await sendInParts(state, said, (part) => state.sink.publish(part))
  if (said.length === run.changes.length) settleRun(desk, run)
  return readMs
}

type Said = Pick<Change, 'partial' | 'snapshot' | 'texts'> & { readonly key: string }

const toSaid =
  ({ window }: Desk) =>
  ({ scopeKey, ...change }: Change): Said => ({ ...change, key: snapshotKeyOf(scopeKey, window.id) })

/** As many records as there are revisions reserved for. */
const say = (state: PublisherState, now: PublishedState, changes: readonly Said[]): SnapshotRecord[] => {
  const records: SnapshotRecord[] = []
  for (const { key, snapshot, partial, texts } of changes) {
    const revision = state.revisions.take(now.revisionTo)
    if (revision === undefined) break
    if (!snapshot) records.push({ key, value: null, revision })
    else {
      const saying = { ...now, revision, emittedAtMs: state.clock.now() }
      const changedMs = changedMsOf(now.counting, snapshot)
      const standing = { labels: state.labels, partial, changedMs }
      const said = { key, snapshot, texts: texts ?? textsOf(snapshot), ...standing }
      records.push(snapshotRecord(said, saying))
    }
  }
  return records
}

const sendInParts = async (
  state: PublisherState,
  records: readonly SnapshotRecord[],
  send: (part: readonly SnapshotRecord[]) => Promise<void>,
): Promise<void> => {
  for (let start = 0; start < records.length; start += recordsPerSendMax) {
    await send(records.slice(start, start + recordsPerSendMax))
    state.sendCount += 1
  }
}

type Judged = {
  readonly now: PublishedState
  readonly snapshot: Snapshot
  readonly scopeKey: string
}

/** A shard is missing, the cap of the set was reached, or the window begins before what was read. */
const isPartial = ({ infos }: PublisherState, { now, snapshot, scopeKey }: Judged): boolean => {
  const { startAt } = snapshot.window
  const { isStalled, coveredFromMs, views } = now
  const scope = infos.of(scopeKey)
  if (isStalled || isCapped(views, scope) || isMixed(now.counting, scope.setName)) return true
  return coveredFromMs !== null && (startAt === null || Date.parse(startAt) < coveredFromMs)
}

/** How far stands in the next commit, so that after a crash they may go out again. False: revisions are used up. */
const sendClosed = async (
  state: PublisherState,
  now: PublishedState,
  closed: readonly ClosedSnapshot[],
): Promise<boolean> => {
  const said = say(
    state,
    now,
    closed.map((one) => ({ ...one, partial: isPartial(state, { now, ...one }) })),
  )
  await sendInParts(state, said, (part) => state.sink.publishClosed(part))
  return said.length === closed.length
}

const sendHeartbeat = async (state: PublisherState, now: PublishedState, atMs: number): Promise<void> => {
  const [shard] = [...now.marks.keys()].sort((a, b) => a - b)
  const revision = shard === undefined ? undefined : state.revisions.take(now.revisionTo)
  if (shard === undefined || revision === undefined) return
  state.lastHeartbeatMs = atMs
  const heartbeat = heartbeatRecord({ shard, asOfMs: now.asOfMs }, { ...now, revision, emittedAtMs: atMs })
  await sendInParts(state, [heartbeat], (part) => state.sink.publish(part))
}
