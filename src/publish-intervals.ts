import type { OpenByScope, OpenIndex } from './core/open-index.ts'
import type { PublisherMarks } from './core/shard-codec.ts'
import { edgesAt, type Tiering } from './core/slices.ts'
import type { Clock } from './ports.ts'
import {
  type CalendarDesk,
  type ClosedSnapshot,
  createClosedReader,
  type IntervalContext,
  isCalendarDesk,
  reachOf,
} from './publish-closed.ts'
import { type Correction, type CorrectionRound, lastSeqs, planCorrections } from './publish-corrections.ts'
import { countedSince } from './publish-counting.ts'
import type { Desk } from './publish-desk.ts'
import { type Ends, firstHeld, readEnded } from './publish-ended.ts'
import type { ScopeInfos } from './publish-scopes.ts'
import { readSettled, type Settled, type Settling, settlingsOf } from './publish-settled.ts'
import { createPace, type Pace, type SendClosed, sendStretch, stretchMaxMs } from './publish-stretches.ts'
import { isBehind, noteBehind, type PublishedState, recheckFrom } from './published-state.ts'

export type IntervalsOptions = {
  readonly desks: readonly Desk[]
  readonly infos: ScopeInfos
  readonly openIndex: OpenIndex
  readonly tiering: Tiering
  readonly latenessMs: number
  readonly clock: Clock
}

export type Marks = ReadonlyMap<number, PublisherMarks>

/** Closed calendar windows: as they close, when they become final, and whenever they read otherwise afterwards. */
export type Intervals = {
  /** Sends what is due; returns how far that is, by shard of this process. */
  publish(now: PublishedState, send: SendClosed): Promise<Marks>
  /** After the assignment changed a round of corrections begins anew. */
  reset(): void
  /** How far as-of may go past what is out; Infinity: nothing is to be published. */
  readonly reachMs: number
}

type IntervalsState = Omit<IntervalsOptions, 'desks'> & {
  readonly desks: readonly CalendarDesk[]
  readonly settlings: readonly Settling[]
  readonly pace: Pace
  round: (CorrectionRound & { done: number }) | undefined
  /** How far as-of may go past windows that are not out, or not as they read now. */
  readonly reachMs: number
  /** No corrections are looked for or read before this, unless as-of comes to wait for them. */
  restUntilMs: number
  /** As far as a former owner may have told without noting it; undefined: not looked at since the assignment changed. */
  formerToMs: number | undefined
}

/** Changes of one window within this time go out as one correction. */
const coalesceMs = 5_000
const correctionsPerRunMax = 500
const hourMs = 3_600_000
const dayMs = 24 * hourMs
/**
 * Quarters of an hour are kept for 62 days, and a month by another zone's clock, which needs them, is 31 long and an hour. A lateness
 * after they closed windows are read once more.
 */
const reachMs = 31 * dayMs - hourMs
const leastReachMs = dayMs
/** After a run of corrections the loop has so many times its length to itself. */
const restPerRun = 4

export const createIntervals = ({ desks, ...options }: IntervalsOptions): Intervals => {
  const calendarDesks = desks.filter(isCalendarDesk)
  const state: IntervalsState = {
    ...options,
    desks: calendarDesks,
    settlings: settlingsOf(calendarDesks),
    pace: createPace(),
    round: undefined,
    formerToMs: undefined,
    reachMs: Math.max(leastReachMs, reachMs - options.latenessMs),
    restUntilMs: Number.NEGATIVE_INFINITY,
  }
  return {
    reachMs: state.desks.length === 0 ? Number.POSITIVE_INFINITY : state.reachMs,
    publish: (now, send) => publishIntervals(state, { now, send }),
    reset: () => {
      state.round = undefined
      state.formerToMs = undefined
    },
  }
}

type Run = { readonly now: PublishedState; readonly send: SendClosed }

const publishIntervals = async (state: IntervalsState, run: Run): Promise<Marks> => {
  if (state.desks.length === 0) return handleAll(run.now)
  state.formerToMs ??= Math.max(...run.now.views.map(({ asOfMs }) => asOfMs))
  const reading = readingOf(state, run.now)
  const found = new Map<number, PublisherMarks>()
  for (const [shard, marksBefore] of run.now.marks) {
    const before = noteFormer(state, marksBefore)
    const marks = await publishShard(state, { ...run, reading, shard, before })
    found.set(shard, noteBehind(marks, run.now))
  }
  return publishCorrections(state, { ...run, reading }, found)
}

/** Nothing is published of closed windows: as if all of it were out. */
const handleAll = ({ marks, journals, asOfMs }: PublishedState): Marks => {
  const handled = lastSeqs(journals)
  return new Map(
    [...marks].map(([shard, mark]) => [
      shard,
      { ...mark, closedMs: asOfMs, settledMs: asOfMs, handled: { ...mark.handled, ...handled } },
    ]),
  )
}

/** Open items are followed only when something is read: some metrics are provisional while they stand. */
const readingOf = (
  { infos, openIndex, tiering, latenessMs }: IntervalsState,
  now: PublishedState,
): Reading => {
  const { views, asOfMs, watermarkMs, isStalled } = now
  let open: OpenByScope | undefined
  return {
    infos,
    countedSince: (setName) => countedSince(now.counting, setName),
    edges: edgesAt(Math.max(...views.map((view) => view.asOfMs)), tiering),
    finalToMs: isStalled ? finalBefore(now) : watermarkMs - latenessMs,
    context: {
      shards: views,
      asOfMs,
      tiering,
      get open() {
        open ??= openIndex.follow(views)
        return open
      },
    },
  }
}

/** A shard that stands still may have anything left to say: nothing becomes final, and what was stays so. */
const finalBefore = ({ marks }: PublishedState): number =>
  Math.min(...[...marks.values()].map(({ finalMs }) => finalMs ?? Number.NEGATIVE_INFINITY))

type Reading = IntervalContext
type ShardRun = Run & { readonly reading: Reading; readonly shard: number; readonly before: PublisherMarks }

/** What closed, what became final, what settled, and what was closed without a shard that has come up since. */
const publishShard = async (state: IntervalsState, run: ShardRun): Promise<PublisherMarks> => {
  const { reading, before } = run
  const { asOfMs } = reading.context
  const closedMs = await sendEnded(state, run, { after: before.closedMs, upTo: asOfMs })
  if (closedMs === undefined) return before
  const toMs = Math.min(closedMs, reading.finalToMs)
  if (before.closedMs === null)
    return { ...before, closedMs, finalMs: Number.isFinite(toMs) ? toMs : null, settledMs: asOfMs }
  const after = before.finalMs ?? before.closedMs - state.latenessMs
  const upTo = Math.min(before.closedMs, toMs)
  const reachedMs = await sendEnded(state, run, { after, upTo })
  // What has closed just now was final where it could be.
  const finalMs = (reachedMs === upTo ? Math.max(reachedMs, toMs) : reachedMs) ?? before.finalMs
  const toldAnew = { after, upTo: reachedMs ?? after }
  const settledMs = await publishSettled(state, run, { closedMs: before.closedMs, toldAnew })
  return recheck(state, run, { ...before, closedMs, finalMs, settledMs })
}

/** It follows as-of where that is taken back: what is told there says once more what had settled. */
const publishSettled = async (
  { pace, settlings }: IntervalsState,
  { now, reading, shard, before, send }: ShardRun,
  told: Pick<Settled, 'closedMs' | 'toldAnew'>,
): Promise<number> => {
  const { asOfMs } = reading.context
  const fromMs = Math.min(before.settledMs ?? told.closedMs, asOfMs)
  // A shard that stands still may have anything left to say.
  if (now.isStalled) return fromMs
  const read = (upTo: number) => readSettled(settlings, reading, { ...told, shard, after: fromMs, upTo })
  return (await sendStretch(pace, { fromMs, upTo: asOfMs, read, send })) ?? fromMs
}

/**
 * Who owned the shard before may have told what follows while another stood still, and have died before it could note so: that one may be
 * up again by now, or come up bit by bit. What lies further back than a day is a history that is read, where to tell all of it would take
 * minutes.
 */
const noteFormer = ({ formerToMs = 0 }: IntervalsState, marks: PublisherMarks): PublisherMarks => {
  const { closedMs } = marks
  if (closedMs === null || closedMs >= formerToMs || formerToMs - closedMs > dayMs) return marks
  return recheckFrom(marks, closedMs)
}

/** Up to now: who owned the shard before may have told more than it could note. */
const recheck = async (
  state: IntervalsState,
  run: ShardRun,
  marks: PublisherMarks,
): Promise<PublisherMarks> => {
  const { now } = run
  const { recheckMs, recheckedMs, closedMs } = marks
  if (recheckMs === null || closedMs === null || isBehind(now, closedMs)) return marks
  if (closedMs < (state.formerToMs ?? closedMs)) return marks
  const ends = { after: recheckedMs ?? recheckMs, upTo: closedMs, stoodMs: recheckMs }
  const reachedMs = await sendEnded(state, run, ends)
  if (reachedMs === undefined) return marks
  const { recheckedMs: _, ...others } = marks
  return reachedMs < closedMs ? { ...others, recheckedMs: reachedMs } : { ...others, recheckMs: null }
}

/** Sends what ended in a stretch of time; returns how far that is. */
const sendEnded = (
  { pace, desks }: IntervalsState,
  { reading, shard, send }: ShardRun,
  ends: Omit<Ends, 'shard'>,
): Promise<number | undefined> => {
  const { after, upTo } = ends
  const read = (toMs: number) => readEnded(desks, reading, { ...ends, shard, upTo: toMs })
  return sendStretch(pace, { fromMs: after ?? beginningOf(desks, reading, shard), upTo, read, send })
}

/** No window ends before the first slice, and as-of of a shard that is counted anew waits for what is closed. */
const beginningOf = (desks: readonly CalendarDesk[], reading: Reading, shard: number): number =>
  Math.max(reading.context.asOfMs - stretchMaxMs, firstHeld(desks, reading, shard))

type CorrectionRun = Run & { readonly reading: Reading }

/** A round at a time, in bounded runs; a journal entry is handled when its whole round is out. */
const publishCorrections = async (
  state: IntervalsState,
  run: CorrectionRun,
  marks: Marks,
): Promise<Marks> => {
  const startMs = state.clock.now()
  const { asOfMs, correctingSinceMs } = run.now
  if (startMs < state.restUntilMs && asOfMs - correctingSinceMs < state.reachMs / 2) return marks
  if (isClosed(run.reading, marks)) state.round ??= beginRound(state, run, marks)
  const { round } = state
  if (!round) return marks
  const part = round.corrections.slice(round.done, round.done + correctionsPerRunMax)
  const isSent = await run.send(readCorrections(run.reading, part))
  if (isSent) round.done += part.length
  const endMs = state.clock.now()
  state.restUntilMs = endMs + restPerRun * (endMs - startMs)
  if (round.done < round.corrections.length) return marks
  state.round = undefined
  state.restUntilMs = endMs + coalesceMs
  return new Map(
    [...marks].map(([shard, mark]) => [
      shard,
      { ...mark, handled: round.handled.get(shard) ?? mark.handled },
    ]),
  )
}

/** Scope by scope: how far back each is read depends on what changed in it. */
const readCorrections = (reading: Reading, part: readonly Correction[]): readonly ClosedSnapshot[] => {
  const byScope = new Map<string, Correction[]>()
  for (const correction of part) {
    const own = byScope.get(correction.scopeKey)
    if (own) own.push(correction)
    else byScope.set(correction.scopeKey, [correction])
  }
  return [...byScope.values()].flatMap((own) => {
    const reader = createClosedReader(reading, reachOf(own.map(({ period }) => period)))
    return own.map(({ desk, ...window }) => reader.read(desk, window))
  })
}

/** Corrections are read as far as windows are out: what a process sent before it died may stand there, and be empty now. */
const isClosed = ({ context }: Reading, marks: Marks): boolean =>
  [...marks.values()].every(({ closedMs }) => closedMs !== null && closedMs >= context.asOfMs)

const beginRound = (
  { desks, infos, tiering }: IntervalsState,
  { now, reading }: CorrectionRun,
  marks: Marks,
) => {
  const { journals } = now
  const round = planCorrections(desks, { ...reading, journals, marks, infos, zone: tiering.zone })
  return round && { ...round, done: 0 }
}
