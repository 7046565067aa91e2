import { createOpenIndex, type OpenIndex } from './core/open-index.ts'
import { uniqueSets } from './core/scopes.ts'
import type { Tiering } from './core/slices.ts'
import type { Snapshot } from './core/snapshot.ts'
import type { TimeSource } from './core/watermark.ts'
import type { Clock, SnapshotRecord, SnapshotSink } from './ports.ts'
import type { ClosedSnapshot } from './publish-closed.ts'
import { isMixed } from './publish-counting.ts'
import {
  clearDesk,
  createDesk,
  type Desk,
  divisorSetsOf,
  doubtAll,
  doubtScope,
  hastenDesk,
  markChildren,
  markScope,
  type PublishPlan,
  repairDesk,
  returnRun,
  settleRun,
} from './publish-desk.ts'
import { createFormerKeys, type FormerKeys } from './publish-former.ts'
import { createIntervals, type Intervals, type Marks } from './publish-intervals.ts'
import { createPublishLanes, type PublishLanes, type SendLane, sendLanes } from './publish-lanes.ts'
import { type BulkRest, createBulkRest } from './publish-rests.ts'
import { say, sayHeartbeat, toSaid } from './publish-saying.ts'
import { createScopeInfos, isCapped, type ScopeInfos } from './publish-scopes.ts'
import { sendInParts } from './publish-sending.ts'
import { readTurn, type TurnRun } from './publish-turn.ts'
import { isLacking, type PublishedState } from './published-state.ts'
import { createRevisions, type Revisions } from './revisions.ts'
import { shardBeginning } from './shard-head.ts'
import type { Labels } from './snapshot-record.ts'

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
  /**
   * Publishes what changed and is due; returns how far it has come with closed windows, which it waits for. Current windows
   * are sent beside what comes next: an error that befell them is thrown by a later call.
   */
  publish(state: PublishedState): Promise<Marks>
  /** Resolves when nothing is under way any more, with what went wrong if something did. */
  flush(): Promise<{ readonly error: unknown } | undefined>
  /** After the assignment changed: everything owned goes out again. */
  reset(): void
  /** Whether a process that owns these shards reads the scope: to publish it, or to divide by it. */
  reads(scopeKey: string, owned: ReadonlySet<number>): boolean
  /** Publications that have been sent whole: one may have had nothing to send. */
  readonly sendCount: () => number
  readonly revisions: Revisions
  /** How far as-of may go past closed windows that are not out yet, so that they can still be read. */
  readonly closingReachMs: number
}

type PublisherState = PublisherOptions & {
  readonly desks: readonly Desk[]
  readonly divisorSets: ReadonlySet<string>
  readonly infos: ScopeInfos
  readonly openIndex: OpenIndex
  readonly intervals: Intervals
  readonly former: FormerKeys
  readonly revisions: Revisions
  readonly lanes: PublishLanes
  /** What stands on the topic is in doubt until all that was read anew has been published. */
  isAnew: boolean
  wasStalled: boolean
  wasCoveredFromMs: number | null
  closedSendCount: number
  lastHeartbeatMs: number
  lastRepairMs: number
  readonly bulkRest: BulkRest
  /** What was sent before one says nothing of what is known after it. */
  resetCount: number
}

const heartbeatMs = 1_000
/** Live, as-of is behind the clock by the disorder at most, while records are under way. */
const lagMs = 15_000
/** Idle keys are sent again within so long. */
const repairMs = 3_600_000

export const createPublisher = (options: PublisherOptions): Publisher => {
  const desks = options.plans.map(createDesk)
  const infos = createScopeInfos(options.shardCount)
  const openIndex = createOpenIndex(uniqueSets(desks.map(({ set }) => set)))
  const state: PublisherState = {
    ...options,
    desks,
    divisorSets: new Set(desks.flatMap(divisorSetsOf)),
    infos,
    openIndex,
    intervals: createIntervals({ ...options, desks, infos, openIndex }),
    former: createFormerKeys({ ...options, desks, infos, standing: options.sink.standing }),
    revisions: createRevisions(options.clock),
    isAnew: true,
    wasStalled: false,
    wasCoveredFromMs: null,
    closedSendCount: 0,
    lanes: createPublishLanes(),
    lastHeartbeatMs: Number.NEGATIVE_INFINITY,
    lastRepairMs: options.clock.now(),
    bulkRest: createBulkRest(),
    resetCount: 0,
  }
  return {
    revisions: state.revisions,
    closingReachMs: state.intervals.reachMs,
    sendCount: () => state.lanes.sendCount() + state.closedSendCount,
    publish: (published) => publish(state, published),
    flush: state.lanes.flush,
    reset: () => {
      state.isAnew = true
      state.resetCount += 1
      state.lanes.reset()
      for (const desk of desks) clearDesk(desk)
      state.intervals.reset()
      state.former.reset()
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
  state.lanes.settle(atMs)
  const isBegun = now.asOfMs > shardBeginning
  const runs = isBegun ? readCurrent(state, now, atMs) : []
  for (const lane of sendLanes)
    if (state.lanes.isFree(lane)) {
      const own = runs.filter((run) => run.lane === lane)
      sendCurrent(state, now, { lane, runs: own })
    }
  const send = (closed: readonly ClosedSnapshot[]) => sendClosed(state, now, closed)
  return isBegun ? await state.intervals.publish(now, send) : now.marks
}

const noteChanged = (state: PublisherState, now: PublishedState): void => {
  const { changed, marks, isStalled, isCaughtUp, coveredFromMs } = now
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
  // What was said last is how things stood long before: it is not left standing for an interval.
  if (state.isAnew && isCaughtUp) {
    for (const desk of state.desks) hastenDesk(desk)
    state.bulkRest.end()
  }
  // While the log is read again, scopes come up one by one whose snapshots of before a loss still stand on the topic.
  state.isAnew &&= !isCaughtUp
  if (!state.isAnew) state.former.search(now)
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

const readCurrent = (state: PublisherState, now: PublishedState, atMs: number): readonly TurnRun[] => {
  const { bulkRest } = state
  const lanes = sendLanes.filter(
    (lane) => state.lanes.isFree(lane) && !(lane === 'bulk' && bulkRest.isResting(atMs)),
  )
  const isBulkYielding = bulkRest.isYielding(isLagging(state, now, atMs))
  const runs = readTurn([...state.desks, ...state.former.desks()], {
    ...state,
    now,
    atMs,
    lanes,
    isBulkYielding,
    holds: state.lanes.holds,
    isPartial: (snapshot, scopeKey) => now.isStalled || isPartial(state, { now, snapshot, scopeKey }),
  })
  if (!lanes.includes('bulk')) return runs
  const endMs = state.clock.now()
  if (isBulkYielding && runs.some(({ lane }) => lane === 'urgent')) bulkRest.noteYielded()
  else bulkRest.noteRead({ startMs: atMs, endMs, isLagging: isLagging(state, now, endMs) })
  return runs
}

type LaneRuns = { readonly lane: SendLane; readonly runs: readonly TurnRun[] }

/** What is sent may stand on the topic although no answer comes: until one does, nothing there is known. */
const sendCurrent = (state: PublisherState, now: PublishedState, { lane, runs }: LaneRuns): void => {
  const said: SnapshotRecord[] = []
  const whole: TurnRun[] = []
  for (const run of runs) {
    const { desk, changes } = run
    const records = say(state, now, changes.map(toSaid(desk)))
    for (const { scopeKey } of changes) doubtScope(desk, scopeKey)
    said.push(...records)
    if (records.length === changes.length) whole.push(run)
    else returnRun(desk, run)
  }
  if (lane === 'urgent') said.push(...dueHeartbeat(state, now))
  if (said.length === 0) return
  const desks = new Set(runs.map(({ desk }) => desk))
  state.lanes.begin(lane, sendRuns(state, said, { lane, runs: whole }), { desks, startMs: state.clock.now() })
}

const sendRuns = async (
  state: PublisherState,
  said: readonly SnapshotRecord[],
  { lane, runs }: LaneRuns,
): Promise<void> => {
  const { resetCount } = state
  // After a reset all of it goes out anew, by whoever it is for.
  const isWanted = () => state.resetCount === resetCount
  let end = returnRun
  try {
    await sendInParts(said, (part) => state.sink.publish(part, lane), isWanted)
    end = settleRun
  } finally {
    if (isWanted()) for (const run of runs) end(run.desk, run)
  }
}

const isLagging = ({ timeSource }: PublisherState, now: PublishedState, atMs: number): boolean =>
  timeSource === 'clock' ? atMs - now.asOfMs > lagMs : !now.isCaughtUp

type Judged = {
  readonly now: PublishedState
  readonly snapshot: Snapshot
  readonly scopeKey: string
}

/** The cap of the set was reached, or the window begins before what was read. */
const isPartial = ({ infos }: PublisherState, { now, snapshot, scopeKey }: Judged): boolean => {
  const { startAt } = snapshot.window
  const { coveredFromMs, views } = now
  const scope = infos.of(scopeKey)
  if (isCapped(views, scope) || isMixed(now.counting, scope.setName)) return true
  return coveredFromMs !== null && (startAt === null || Date.parse(startAt) < coveredFromMs)
}

/** What all had come past before one stood still lacks nothing of it; the rest is told again. */
const isClosedPartial = (state: PublisherState, judged: Judged): boolean =>
  isLacking(judged.now, Date.parse(judged.snapshot.window.endAt)) || isPartial(state, judged)

/** How far stands in the next commit, so that after a crash they may go out again. False: revisions are used up. */
const sendClosed = async (
  state: PublisherState,
  now: PublishedState,
  closed: readonly ClosedSnapshot[],
): Promise<boolean> => {
  const said = say(
    state,
    now,
    closed.map((one) => ({ ...one, partial: isClosedPartial(state, { now, ...one }) })),
  )
  await sendInParts(said, state.sink.publishClosed)
  if (said.length > 0 && state.lanes.isWhole()) state.closedSendCount += 1
  return said.length === closed.length
}

const dueHeartbeat = (state: PublisherState, now: PublishedState): readonly SnapshotRecord[] => {
  const atMs = state.clock.now()
  if (atMs - state.lastHeartbeatMs < heartbeatMs) return []
  const heartbeat = sayHeartbeat(state, now, atMs)
  if (!heartbeat) return []
  state.lastHeartbeatMs = atMs
  return [heartbeat]
}
