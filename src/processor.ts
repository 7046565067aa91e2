import { idleWaitMs, takeAligned } from './alignment.ts'
import { type Retry, retryAfter } from './backoff.ts'
import { type BatchPace, createBatchPace } from './batch-pace.ts'
import { commonAsOfOf, commonTimeOf, handledSeqOf, type LoopTime } from './common-time.ts'
import type { ShardHead } from './core/shard-codec.ts'
import type { CommonTime, TimeLimits } from './core/watermark.ts'
import { FloorwatchError, isRetriable } from './errors.ts'
import { createKnownTimes, type KnownTimes } from './known-times.ts'
import { partOf } from './outage-log.ts'
import type { DataLoss, Meter, ServiceStatus, ShardOffsets } from './ports.ts'
import { createPublishRound } from './publish-round.ts'
import { fillQueues } from './queue-filling.ts'
import { createRecordJudge, type RecordJudge } from './record-judge.ts'
import { createRoundTurns } from './round-turns.ts'
import { readStatus } from './service-status.ts'
import { createShardSet, type ShardSet, type ShardSetOptions } from './shard-set.ts'
import type { ShardWriter, StepRequest, StepResult } from './shard-writer.ts'

export type ProcessorOptions = ShardSetOptions & {
  readonly time: TimeLimits
  /** A shard takes no more records for a round. */
  readonly batchRecordsMax: number
  /** The service ends when more than this share of the last thousand records is bad. */
  readonly badRecordShare: number
  readonly meter?: Meter
  /** Lets timers and sockets have a turn: ports in memory never leave the queue of microtasks. */
  readonly giveWay: () => Promise<void>
}

export type Processor = {
  /** Runs until `stop`; throws what the process cannot go on with. */
  run(): Promise<void>
  /** Ends the loop after the round under way, in the middle of a long one. Safe to call twice. */
  stop(): Promise<void>
  /** What `run` does: begins to read, then goes round. For who moves time by hand. */
  start(): Promise<void>
  /** Takes, files, commits, publishes once; whether there may be more to do. */
  runRound(): Promise<boolean>
  /** Heads of the shards this process owns, as committed. */
  heads(): ReadonlyMap<number, ShardHead>
  status(): ServiceStatus
}

type ProcessorState = ProcessorOptions & {
  readonly shards: ShardSet
  readonly publish: (at: LoopTime) => Promise<void>
  readonly judge: RecordJudge
  readonly pace: BatchPace
  readonly known: KnownTimes
  /** Shards that wait for an outage of the registry to pass. */
  readonly waiting: Map<number, Retry>
  progressAtMs: number
  /** Kafka took the last hint. */
  isHinted: boolean
  /** The source has nothing to say against the log. */
  isLogWell: boolean
  isJoined: boolean
  /** Of shards whose writer has not been told yet. */
  losses: DataLoss[]
  isStopping: boolean
  fatal: unknown
  /** Held while a round is under way: an assignment changes nothing then. */
  turn: Promise<unknown>
}

const progressEveryMs = 1_000

export const createProcessor = (options: ProcessorOptions): Processor => {
  const shards = createShardSet(options)
  const state: ProcessorState = {
    ...options,
    shards,
    publish: createPublishRound({ ...options, shards }),
    judge: createRecordJudge(options.badRecordShare),
    pace: createBatchPace(options.clock, options.batchRecordsMax),
    known: createKnownTimes(options.source.instantMs),
    waiting: new Map(),
    progressAtMs: Number.NEGATIVE_INFINITY,
    isHinted: true,
    isLogWell: true,
    isJoined: false,
    losses: [],
    isStopping: false,
    fatal: undefined,
    turn: Promise.resolve(),
  }
  let running: Promise<void> | undefined
  return {
    run: () => {
      running ??= runLoop(state)
      return running
    },
    stop: async () => {
      state.isStopping = true
      state.shards.stop()
      await running?.catch(() => undefined)
      const failure = await state.publisher.flush()
      if (failure) state.outages.begin('publishing', failure.error)
    },
    start: () => start(state),
    runRound: () => takeTurn(state, () => runRound(state)),
    heads: () => new Map([...state.shards.writers].map(([shard, writer]) => [shard, writer.head()])),
    status: () => readStatus(state),
  }
}

const runLoop = async (state: ProcessorState): Promise<void> => {
  await start(state)
  while (!state.isStopping) {
    const isBusy = await takeTurn(state, () => runRound(state))
    await (isBusy ? state.giveWay() : state.source.wait(idleWaitMs(state.shards)))
  }
}

const start = (state: ProcessorState): Promise<void> =>
  state.source.start({
    onAssigned: (shard) => assignShard(state, shard),
    onRevoked: (shard) => takeTurn(state, async () => state.shards.release(shard)),
    onFatal: (error) => {
      state.fatal ??= error
    },
    onDataLoss: (loss) => void state.losses.push(loss),
    onJoined: () => {
      state.isJoined = true
    },
    onOutage: (error) => {
      state.isLogWell = false
      state.outages.begin('kafka', error)
    },
    onRecovered: () => {
      state.isLogWell = true
    },
  })

const takeTurn = <T>(state: ProcessorState, act: () => Promise<T>): Promise<T> => {
  const mine = state.turn.then(act)
  state.turn = mine.catch(() => undefined)
  return mine
}

/** The source hands out nothing of the shard before it stands here. */
const assignShard = async (state: ProcessorState, shard: number): Promise<ShardOffsets> => {
  const writer = await state.shards.take(shard)
  // Nothing stands of it, so nothing may flow: an empty answer would begin it anew.
  if (!writer)
    throw new FloorwatchError('redis-unavailable', `told to stop before partition ${shard} could be taken`)
  await takeTurn(state, async () => state.shards.enter(writer))
  return writer.offsets()
}

/** Fills the queues first, so that a loss told of meanwhile is known when what lies past it is taken. All shards are stepped at one instant. */
const runRound = async (state: ProcessorState): Promise<boolean> => {
  const { source, shards, pace, time, clock, publisher } = state
  const filling = { source, clock, isStopping: () => state.isStopping }
  await fillQueues(filling, [...shards.writers.keys()], pace.recordsMax())
  if (state.fatal !== undefined) throw state.fatal
  const at: LoopTime = { nowMs: clock.now(), time, closingReachMs: publisher.closingReachMs }
  await shards.reopen()
  await shards.refresh()
  tellLosses(state)
  const results = await pace.keep((recordsMax) => stepShards(state, { ...at, recordsMax }))
  endOutages(state)
  for (const result of results) {
    if (result.outcome === 'abandoned') continue
    state.judge.note(result)
    if (result.recordCount > 0) state.meter?.noteBatch(result.recordCount)
  }
  // What is not published any more the next owner publishes anew.
  if (!state.isStopping) await state.publish(at)
  state.meter?.noteTurn()
  return results.some((result) => hasWorked(result, time))
}

/** Under `events` as-of may go on by itself, closed window after closed window; at rest nothing is committed. */
const hasWorked = ({ recordCount, outcome }: StepResult, { source }: TimeLimits): boolean =>
  recordCount > 0 || (source === 'events' && outcome === 'committed')

/** A writer that is being taken again hears of it when it stands. */
const tellLosses = (state: ProcessorState): void => {
  const { writers } = state.shards
  for (const { partition, topic } of state.losses) writers.get(partition)?.noteLoss(topic)
  state.losses = state.losses.filter(({ partition }) => !writers.has(partition))
}

type RoundLimits = LoopTime & { readonly recordsMax: number }

/** All take before any of them judges how far all have come: else what came in since the last round would hold as-of back. */
const stepShards = async (state: ProcessorState, at: RoundLimits): Promise<readonly StepResult[]> => {
  const { shards, publisher } = state
  const isProgressDue = at.nowMs - state.progressAtMs >= progressEveryMs || at.time.source === 'events'
  if (isProgressDue) state.progressAtMs = at.nowMs
  const common = commonTimeOf(shards, at, state.known)
  const taken = await takeBatches(state, common, at)
  const turns = createRoundTurns(state.clock, state.giveWay)
  const request: StepRequest = {
    common,
    commonAsOfMs: commonAsOfOf(shards, common, at),
    isProgressDue,
    revisionTo: publisher.revisions.toReserve(),
    handledSeq: (shard) => handledSeqOf(shards, shard),
    // Told to stop, only a short round is ended.
    mayGoOn: async () => !((await turns.next()) && state.isStopping),
  }
  const results = await Promise.all(
    taken.map((writer) =>
      meetOutages(state, writer, async () => {
        const result = await writer.step(request)
        noteOutcome(state, writer, result)
        return result
      }),
    ),
  )
  return results.filter((result) => result !== undefined)
}

/** Those that have taken a batch, be it an empty one. */
const takeBatches = async (
  state: ProcessorState,
  common: CommonTime,
  at: RoundLimits,
): Promise<readonly ShardWriter[]> => {
  const ready = [...state.shards.writers.values()].filter(
    ({ shard }) => (state.waiting.get(shard)?.atMs ?? 0) <= at.nowMs,
  )
  const take = (writer: ShardWriter, now: CommonTime) =>
    meetOutages(state, writer, async () => {
      await writer.take(now, at.recordsMax)
      state.waiting.delete(writer.shard)
      return writer
    })
  return takeAligned(ready, common, { take, shards: state.shards, at })
}

/** Undefined: an outage kept it from it. */
const meetOutages = async <T>(
  state: ProcessorState,
  writer: ShardWriter,
  act: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await act()
  } catch (error) {
    if (!isRetriable(error)) throw error
    meetOutage(state, writer, error)
    return undefined
  }
}

/** Somebody else took the shard: Kafka will tell, or give it back. */
const fencedAttempt = 5

const noteOutcome = (state: ProcessorState, writer: ShardWriter, { outcome }: StepResult): void => {
  const { shards } = state
  switch (outcome) {
    case 'idle':
    case 'abandoned':
      return
    case 'fenced':
      shards.drop(writer, fencedAttempt)
      return
    case 'diverged':
      shards.drop(writer, 0)
      return
    case 'committed':
      shards.noteCommitted(writer)
      void hintCommitted(state, writer)
  }
}

const hintCommitted = async (state: ProcessorState, writer: ShardWriter): Promise<void> => {
  try {
    await state.source.hintCommitted(writer.shard, writer.offsets())
    state.isHinted = true
  } catch (error) {
    state.isHinted = false
    state.outages.begin('kafka', error)
  }
}

/** Nothing was filed while the registry is out; of anything else what was filed is in doubt. */
const meetOutage = (state: ProcessorState, writer: ShardWriter, error: FloorwatchError): void => {
  const part = partOf(error)
  state.outages.begin(part, error)
  state.pace.noteFailure()
  if (part === 'registry')
    state.waiting.set(writer.shard, retryAfter(state.clock, state.waiting.get(writer.shard)))
  else state.shards.drop(writer, 0)
}

/** Over when nothing waits for it any more. */
const endOutages = ({ shards, waiting, outages, isHinted, isLogWell }: ProcessorState): void => {
  for (const shard of waiting.keys()) if (!shards.writers.has(shard)) waiting.delete(shard)
  if (waiting.size === 0) outages.end('registry')
  if (!shards.isStoreWell()) return
  outages.end('redis')
  if (isHinted && isLogWell) outages.end('kafka')
}
