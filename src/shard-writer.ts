import { randomUUID } from 'node:crypto'
import { advanceTo, type BatchFiling, fileBatch } from './batch-filing.ts'
import type { JournalEntry } from './core/journal.ts'
import { createShard, type Shard, type ShardOptions } from './core/shard.ts'
import {
  type CountedUnder,
  decodeHead,
  encodeHead,
  type PublisherMarks,
  type ShardHead,
} from './core/shard-codec.ts'
import type { Topic } from './core/topics.ts'
import { type CommonTime, progressOf, slowestPosition, type TimeLimits } from './core/watermark.ts'
import { type Coverage, createCoverage } from './coverage.ts'
import { type Batch, createIntake, type Intake, type IntakeOptions, type TakenRecord } from './intake.ts'
import type { CommitOutcome, DeadLetters, Epoch, ShardOffsets, StateStore } from './ports.ts'
import {
  boundsOf,
  closedToOf,
  countUnder,
  emptyHead,
  isNews,
  marksOf,
  offsetsOf,
  shardBeginning,
} from './shard-head.ts'
import { createShardJournal, firstSeq, type ShardJournal } from './shard-journal.ts'

export type ShardWriterOptions = {
  readonly shard: number
  readonly store: StateStore
  readonly deadLetters: DeadLetters
  readonly engine: ShardOptions
  readonly intake: Omit<IntakeOptions, 'shard'>
  readonly time: TimeLimits
  readonly liveSubjectsMax: number
  readonly dueSubjectsMax: number
  readonly journalRangesMax: number
  /** Of what decides the numbers in the configuration, grouping sets apart. */
  readonly fingerprint: string
  /** Windows that begin before this are not covered by what was read; null: all history is. */
  readonly coveredFromMs: number | null
}

/** The one writer of a shard, from taking it to losing it. What goes wrong in between throws: then it is dropped. */
export type ShardWriter = {
  readonly shard: number
  readonly engine: Shard
  readonly head: () => ShardHead
  /** Where the state stands: the source goes on from here. */
  readonly offsets: () => ShardOffsets
  /** All its topics have been taken up to their end. */
  readonly isCaughtUp: () => boolean
  /** Greatest event times taken, by topic. */
  readonly greatestMs: () => readonly number[]
  /** How far it has come by itself, by what it has taken so far. */
  progress(common: CommonTime): number
  /** Where the slowest of its lagging topics stands; Infinity: none lags. */
  readonly slowestMs: () => number
  /** What comes next lies too far ahead of other shards. */
  readonly isHeld: () => boolean
  /** Takes at most so many records for the next step, those it has taken for it already included; an outage of the registry throws. */
  take(common: CommonTime, recordsMax?: number): Promise<void>
  /** Files what was taken, moves as-of as far as the others allow, and commits. After `abandoned` it is good for nothing more. */
  step(request: StepRequest): Promise<StepResult>
  /** Notes how far the publisher has come with closed calendar windows; stands in the next commit. */
  noteMarks(marks: PublisherMarks): void
  /** Records of the topic are gone from the log before they were read: what they belong to is incomplete. */
  noteLoss(topic: Topic): void
  /** As last noted. */
  readonly marks: () => PublisherMarks
  /** Up to here closed windows are out; before any are, where its history begins; Infinity: it has none. */
  readonly closedToMs: () => number
  /** As-of before the oldest entry of its journal was written; Infinity: it has none. */
  readonly correctingSinceMs: () => number
  /** What has changed where windows may be closed, by sequence. */
  readonly journal: () => ReadonlyMap<number, JournalEntry>
}

export type StepRequest = {
  readonly common: CommonTime
  /** The least progress of all shards, this one's included, with what all of them have taken for this step. */
  readonly commonAsOfMs: number
  /** Commit progress although no record was filed. */
  readonly isProgressDue: boolean
  /** Revisions to reserve for what is published of this commit. */
  readonly revisionTo: number
  /** The sequence up to which every publisher has corrected a shard's journal. */
  readonly handledSeq: (shard: number) => number
  /** Asked before each part of a step, which may be a long one; false: what is not committed is given up. */
  readonly mayGoOn: () => Promise<boolean>
}

export type StepResult = {
  readonly outcome: CommitOutcome | 'idle' | 'abandoned'
  readonly recordCount: number
  readonly refusedCount: number
}

type WriterState = ShardWriterOptions &
  BatchFiling & {
    readonly epoch: Epoch
    readonly queue: Intake
    readonly journal: ShardJournal
    readonly coverage: Coverage
    /** Contributions that went to `__other__` before the shard was taken. */
    readonly cappedBefore: number
    /** Outcomes without their beginning that stood in the state before the shard was taken. */
    readonly orphanBefore: number
    lastId: string
    written: ShardHead
    marks: PublisherMarks
    readonly countedUnder: CountedUnder
    watermarkMs: number
    /** Nothing that was filed is dated before this; null: nothing was, or the state does not say. */
    beginsMs: number | null
    /** For the next step, and how far the shard had come with it. */
    taken: Taken
  }

type Taken = {
  readonly batch: Batch
  readonly progressMs: number
  readonly slowestMs: number
}

/** Takes the shard from whoever had it, and loads it. `nowMs` feeds the epoch. */
export const takeShard = async (options: ShardWriterOptions, nowMs: number): Promise<ShardWriter> => {
  const stored = await options.store.takeShard(options.shard, nowMs)
  const head = stored.head ? decodeHead(stored.head) : emptyHead(options.coveredFromMs)
  const queue = createIntake({ ...options.intake, shard: options.shard })
  const live = createShard({ ...options.engine, acceptedFromMs: queue.acceptedFromMs })
  live.restore({ ...stored, asOfMs: head.asOfMs, generations: head.countedUnder })
  const state: WriterState = {
    ...options,
    epoch: stored.epoch,
    live,
    queue,
    journal: createShardJournal({
      stored: stored.journal,
      storedSinceMs: head.correctingSinceMs ?? head.asOfMs,
      fromSeq: firstSeq(head.journalSeq, stored.epoch),
      rangesMax: options.journalRangesMax,
    }),
    coverage: createCoverage(head.coveredFromMs, options.time.source),
    counters: { ...head.counters },
    cappedBefore: head.counters.capped ?? 0,
    orphanBefore: head.counters.orphan ?? 0,
    lastId: stored.lastId,
    written: head,
    marks: marksOf(head),
    countedUnder: countUnder(head, { fingerprint: options.fingerprint, generations: live.generations() }),
    watermarkMs: head.watermarkMs,
    beginsMs: head.beginsMs ?? null,
    lastEventAtMs: head.lastEventAtMs,
    taken: { batch: emptyBatch(), progressMs: head.progressMs, slowestMs: Number.NEGATIVE_INFINITY },
  }
  state.queue.reset({ next: offsetsOf(head), greatestMs: { ...head.greatestMs } })
  return {
    shard: options.shard,
    engine: live,
    head: () => state.written,
    offsets: () => offsetsOf(state.written),
    isCaughtUp: () => state.queue.positions().every(({ isCaughtUp }) => isCaughtUp),
    greatestMs: () => Object.values(state.queue.marks.greatestMs),
    progress: (common) => progressOf(state.queue.positions(), common, state.time),
    slowestMs: () => slowestPosition(state.queue.positions()),
    isHeld: state.queue.isHeld,
    take: (common, recordsMax) => takeStep(state, common, recordsMax),
    step: (request) => stepShard(state, request),
    noteMarks: (marks) => {
      state.marks = marks
    },
    noteLoss: state.coverage.noteLoss,
    marks: () => state.marks,
    closedToMs: () => closedToOf({ ...state.marks, ...boundsOf(state), asOfMs: state.live.asOfMs() }),
    journal: state.journal.entries,
    correctingSinceMs: state.journal.sinceMs,
  }
}

/** Judged at once: while a step goes on, what arrives next would make the shard look late. */
const takeStep = async (
  state: WriterState,
  common: CommonTime,
  recordsMax = Number.POSITIVE_INFINITY,
): Promise<void> => {
  const { batch } = state.taken
  const takenBefore = batch.records.length
  await state.queue.takeBatch(batch, { common, recordsMax })
  noteBeginning(state, takenBefore)
  const positions = state.queue.positions()
  const progressMs = progressOf(positions, common, state.time)
  state.taken = { batch, progressMs, slowestMs: slowestPosition(positions) }
}

/** Of a state that has an as-of already, nobody knows where it begins unless it says so. */
const noteBeginning = (state: WriterState, takenBefore: number): void => {
  const { records } = state.taken.batch
  if (state.beginsMs === null && state.live.asOfMs() > shardBeginning) return
  for (let index = takenBefore; index < records.length; index++) {
    const { event } = records[index] as TakenRecord
    if (event) state.beginsMs = Math.min(state.beginsMs ?? event.occurredAt, event.occurredAt)
  }
}

const stepShard = async (state: WriterState, request: StepRequest): Promise<StepResult> => {
  const { batch, progressMs } = state.taken
  const { records: taken } = batch
  if (!(await request.mayGoOn())) return { outcome: 'abandoned', recordCount: 0, refusedCount: 0 }
  state.taken = { ...state.taken, batch: emptyBatch() }
  const letters = await fileBatch(state, taken)
  const result = { recordCount: taken.length, refusedCount: letters.length }
  if (taken.length === 0 && !request.isProgressDue) return { outcome: 'idle', ...result }
  state.watermarkMs = Math.max(state.watermarkMs, progressMs)
  const asOfMs = Math.max(shardBeginning, state.live.asOfMs(), Math.min(progressMs, request.commonAsOfMs))
  if (!(await request.mayGoOn())) return { outcome: 'abandoned', ...result }
  if (taken.length > 0 || asOfMs > state.live.asOfMs()) await advanceTo(state, asOfMs)
  settleCoverage(state, taken, request.common)
  state.journal.drop(request.handledSeq(state.shard))
  const noted = { progressMs, revisionTo: request.revisionTo }
  if (taken.length === 0 && !isNews(headOf(state, noted), state.written))
    return { outcome: 'idle', ...result }
  if (!(await request.mayGoOn())) return { outcome: 'abandoned', ...result }
  if (letters.length > 0) await state.deadLetters.send(letters)
  return { outcome: await commit(state, noted), ...result }
}

const emptyBatch = (): Batch => ({ records: [], bytes: 0 })

const settleCoverage = (state: WriterState, taken: readonly TakenRecord[], { nowMs }: CommonTime): void =>
  state.coverage.settle({
    taken: new Set(taken.map(({ record }) => record.topic)),
    nowMs: Math.max(nowMs, ...Object.values(state.queue.marks.greatestMs)),
  })

type Noted = { readonly progressMs: number; readonly revisionTo: number }

const headOf = (state: WriterState, { progressMs, revisionTo }: Noted): ShardHead => {
  const { next, greatestMs } = state.queue.marks
  return {
    asOfMs: state.live.asOfMs(),
    ...boundsOf(state),
    watermarkMs: state.watermarkMs,
    progressMs,
    next: Object.fromEntries(Object.entries(next).map(([topic, offset]) => [topic, String(offset)])),
    greatestMs: { ...greatestMs },
    lastEventAtMs: state.lastEventAtMs,
    isCaughtUp: state.queue.positions().every(({ isCaughtUp }) => isCaughtUp),
    counters: {
      ...state.counters,
      capped: state.cappedBefore + state.live.scopes.cappedCount(),
      orphan: state.orphanBefore + state.live.orphanCount(),
    },
    ...state.marks,
    coveredFromMs: state.coverage.fromMs(),
    revisionTo,
    journalSeq: state.journal.lastSeq(),
    journalRanges: state.journal.rangeCount(),
    countedUnder: state.countedUnder,
    ...(state.taken.slowestMs === Number.POSITIVE_INFINITY ? {} : { laggingMs: state.taken.slowestMs }),
  }
}

const commit = async (state: WriterState, noted: Noted): Promise<CommitOutcome> => {
  const id = randomUUID()
  const { journal, dropped, cells, ...delta } = state.live.takeDelta()
  const written = state.journal.add(journal, state.written.asOfMs)
  const head = headOf(state, noted)
  const outcome = await state.store.commit(state.shard, {
    epoch: state.epoch,
    previousId: state.lastId,
    id,
    head: encodeHead(head),
    ...delta,
    cells: new Map([...cells, ...dropped.map((scopeKey) => [scopeKey, null] as const)]),
    journal: written,
  })
  if (outcome === 'committed') {
    state.lastId = id
    state.written = head
    state.live.evictSubjects(state.liveSubjectsMax)
  }
  return outcome
}
