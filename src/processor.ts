import { setImmediate } from 'node:timers/promises'
import { boundedDelay } from './backoff.ts'
import type { ShardView } from './core/rollup.ts'
import type { ShardHead } from './core/shard-codec.ts'
import type { CommonTime, TimeLimits } from './core/watermark.ts'
import { FloorwatchError } from './errors.ts'
import type { OutageLog } from './outage-log.ts'
import type { Clock, EventSource, ShardOffsets, StateStore } from './ports.ts'
import type { Publisher } from './publisher.ts'
import { createRemoteShard, type RemoteShard } from './remote-shards.ts'
import type { ShardWriter, StepResult } from './shard-writer.ts'

export type ProcessorOptions = {
  readonly source: EventSource
  readonly store: StateStore
  readonly publisher: Publisher
  readonly clock: Clock
  readonly time: TimeLimits
  readonly outages: OutageLog
  /** Takes a shard from whoever has it, and loads it. */
  readonly takeShard: (shard: number) => Promise<ShardWriter>
  /** The service ends when more than this share of the last thousand records is bad. */
  readonly badRecordShare: number
}

export type Processor = {
  /** Runs until `stop`; throws what the process cannot go on with. */
  run(): Promise<void>
  /** Ends the loop after the batch under way. Safe to call twice. */
  stop(): Promise<void>
  /** Heads of the shards this process owns, as committed. */
  heads(): ReadonlyMap<number, ShardHead>
}

type ProcessorState = ProcessorOptions & {
  readonly writers: Map<number, ShardWriter>
  /** Assigned, and to be taken (again) from this instant on. */
  readonly reopening: Map<number, { readonly atMs: number; readonly attempt: number }>
  remotes: Map<number, RemoteShard>
  changed: Set<string>
  refreshedAtMs: number
  progressAtMs: number
  recent: { records: number; refused: number }
  isStopping: boolean
  fatal: unknown
  /** Held while a batch is under way: an assignment changes nothing then. */
  turn: Promise<void>
}

const progressEveryMs = 1_000
const refreshEveryMs = 250
const idleWaitMs = 200
const judgedRecordsMin = 1_000

export const createProcessor = (options: ProcessorOptions): Processor => {
  const state: ProcessorState = {
    ...options,
    writers: new Map(),
    reopening: new Map(),
    remotes: new Map(),
    changed: new Set(),
    refreshedAtMs: 0,
    progressAtMs: 0,
    recent: { records: 0, refused: 0 },
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
      await running?.catch(() => undefined)
    },
    heads: () => new Map([...state.writers].map(([shard, writer]) => [shard, writer.head()])),
  }
}

const runLoop = async (state: ProcessorState): Promise<void> => {
  await state.source.start({
    onAssigned: (shard) => assignShard(state, shard),
    onRevoked: (shard) => takeTurn(state, async () => releaseShard(state, shard)),
    onFatal: (error) => {
      state.fatal ??= error
    },
  })
  while (!state.isStopping) {
    if (state.fatal !== undefined) throw state.fatal
    let hasWorked = false
    await takeTurn(state, async () => {
      hasWorked = await runOnce(state)
    })
    // Ports in memory never leave the microtask queue: timers and sockets get their turn here.
    await (hasWorked ? setImmediate() : state.source.wait(idleWaitMs))
  }
}

const takeTurn = (state: ProcessorState, act: () => Promise<void>): Promise<void> => {
  const mine = state.turn.then(act)
  state.turn = mine.catch(() => undefined)
  return mine
}

/** Tries until the store answers: the source hands out nothing of the shard before. */
const assignShard = async (state: ProcessorState, shard: number): Promise<ShardOffsets> => {
  for (let attempt = 0; ; attempt++) {
    try {
      const writer = await state.takeShard(shard)
      state.outages.end('redis')
      await takeTurn(state, async () => enterShard(state, writer))
      return writer.offsets()
    } catch (error) {
      if (state.isStopping || !(error instanceof FloorwatchError && error.retriable)) throw error
      state.outages.begin('redis', error)
      await boundedDelay(attempt)
    }
  }
}

const enterShard = (state: ProcessorState, writer: ShardWriter): void => {
  state.writers.set(writer.shard, writer)
  state.reopening.delete(writer.shard)
  resetViews(state)
}

const releaseShard = (state: ProcessorState, shard: number): void => {
  state.writers.delete(shard)
  state.reopening.delete(shard)
  resetViews(state)
}

/** Whose scope is whose has changed: everything this process publishes is read and sent anew. */
const resetViews = (state: ProcessorState): void => {
  const { source, store, publisher } = state
  const owned = new Set(state.writers.keys())
  publisher.reset()
  state.remotes = new Map()
  for (let shard = 0; shard < source.partitions; shard++) {
    if (owned.has(shard) || state.reopening.has(shard)) continue
    const wanted = (scopeKey: string) => publisher.owns(scopeKey, new Set(state.writers.keys()))
    state.remotes.set(shard, createRemoteShard({ store, shard, wanted }))
  }
  state.refreshedAtMs = 0
  for (const { engine } of state.writers.values())
    for (const key of engine.scopes.byKey.keys()) state.changed.add(key)
}

const runOnce = async (state: ProcessorState): Promise<boolean> => {
  const nowMs = state.clock.now()
  await reopenShards(state, nowMs)
  if (nowMs - state.refreshedAtMs >= refreshEveryMs) await refreshRemotes(state, nowMs)
  const isProgressDue = nowMs - state.progressAtMs >= progressEveryMs || state.time.source === 'events'
  if (isProgressDue) state.progressAtMs = nowMs
  const common = commonTimeOf(state, nowMs)
  const commonAsOfMs = leastProgress(state, common, nowMs)
  const results = await Promise.all(
    [...state.writers.values()].map((writer) =>
      stepWriter(state, writer, { common, commonAsOfMs, isProgressDue }),
    ),
  )
  judgeRecords(state, results)
  await publishCommitted(state, nowMs)
  return results.some((result) => result !== undefined && result.recordCount > 0)
}

const refreshRemotes = async (state: ProcessorState, nowMs: number): Promise<void> => {
  state.refreshedAtMs = nowMs
  try {
    for (const remote of state.remotes.values())
      for (const key of await remote.refresh(nowMs)) state.changed.add(key)
  } catch (error) {
    if (!(error instanceof FloorwatchError)) throw error
    state.outages.begin('redis', error)
  }
}

const commonTimeOf = (state: ProcessorState, nowMs: number): CommonTime => {
  const heads = [...state.writers.values()].map((writer) => writer.head())
  const others = [...state.remotes.values()].map((remote) => remote.head())
  const all = [...heads, ...others]
  const isAllCaughtUp =
    all.length === state.source.partitions &&
    [...state.writers.values()].every((writer) => writer.isCaughtUp()) &&
    others.every((head) => head?.isCaughtUp === true)
  if (state.time.source === 'clock') return { nowMs, isAllCaughtUp }
  const seen = [...state.writers.values()].flatMap((writer) => writer.greatestMs())
  for (const head of others) seen.push(...Object.values(head?.greatestMs ?? {}))
  return { nowMs: Math.max(Number.NEGATIVE_INFINITY, ...seen), isAllCaughtUp }
}

/** The common as-of: the least progress of all shards but those that stand still. */
const leastProgress = (state: ProcessorState, common: CommonTime, nowMs: number): number => {
  let least = Number.POSITIVE_INFINITY
  for (const writer of state.writers.values()) least = Math.min(least, writer.progress(common))
  for (const remote of state.remotes.values())
    if (!isStalled(state, remote, nowMs))
      least = Math.min(least, remote.head()?.progressMs ?? Number.NEGATIVE_INFINITY)
  return state.reopening.size > 0 ? Number.NEGATIVE_INFINITY : least
}

const isStalled = ({ time }: ProcessorState, remote: RemoteShard, nowMs: number): boolean =>
  time.source === 'clock' && remote.changedAtMs() > 0 && nowMs - remote.changedAtMs() > time.stallMs

type Step = Parameters<ShardWriter['step']>[0]

const stepWriter = async (
  state: ProcessorState,
  writer: ShardWriter,
  step: Step,
): Promise<StepResult | undefined> => {
  try {
    const result = await writer.step(step)
    if (result.outcome === 'committed') noteCommitted(state, writer)
    else if (result.outcome !== 'idle')
      dropWriter(state, writer, result.outcome === 'fenced' ? fencedRetry : 0)
    return result
  } catch (error) {
    if (!(error instanceof FloorwatchError && error.retriable)) throw error
    const isRegistry = error.code === 'registry-unavailable'
    state.outages.begin(isRegistry ? 'registry' : 'redis', error)
    if (!isRegistry) dropWriter(state, writer, 0)
    return undefined
  }
}

/** Somebody else took the shard: Kafka will tell, or give it back. */
const fencedRetry = 5

const noteCommitted = (state: ProcessorState, writer: ShardWriter): void => {
  state.outages.end('redis')
  state.outages.end('registry')
  for (const scope of writer.engine.takeChanges().keys()) state.changed.add(scope.key)
  const { next } = writer.head()
  const offsets = Object.fromEntries(Object.entries(next).map(([topic, offset]) => [topic, BigInt(offset)]))
  void state.source.hintCommitted(writer.shard, offsets).catch((error: unknown) => {
    state.outages.begin('kafka', error)
  })
}

/** After any doubt the shard's memory is dropped and loaded again. */
const dropWriter = (state: ProcessorState, writer: ShardWriter, attempt: number): void => {
  state.writers.delete(writer.shard)
  state.reopening.set(writer.shard, { atMs: state.clock.now() + 100 * 2 ** attempt, attempt })
  resetViews(state)
}

const reopenShards = async (state: ProcessorState, nowMs: number): Promise<void> => {
  for (const [shard, { atMs, attempt }] of state.reopening) {
    if (nowMs < atMs) continue
    try {
      const writer = await state.takeShard(shard)
      await state.source.seek(shard, writer.offsets())
      enterShard(state, writer)
      state.outages.end('redis')
    } catch (error) {
      if (!(error instanceof FloorwatchError && error.retriable)) throw error
      state.outages.begin('redis', error)
      const next = Math.min(attempt + 1, 6)
      state.reopening.set(shard, { atMs: nowMs + 100 * 2 ** next, attempt: next })
    }
  }
}

/** A source of which nearly nothing can be read is wrongly configured: going on would empty it into the dead letters. */
const judgeRecords = (state: ProcessorState, results: readonly (StepResult | undefined)[]): void => {
  const { recent } = state
  for (const result of results) {
    recent.records += result?.recordCount ?? 0
    recent.refused += result?.refusedCount ?? 0
  }
  if (recent.records < judgedRecordsMin) return
  const share = recent.refused / recent.records
  state.recent = { records: 0, refused: 0 }
  if (share > state.badRecordShare)
    throw new FloorwatchError(
      'most-records-bad',
      `${Math.round(share * 100)} % of the last ${recent.records} records were refused: see the dead letters, or raise limits.badRecordShare`,
    )
}

const publishCommitted = async (state: ProcessorState, nowMs: number): Promise<void> => {
  const stalled = [...state.remotes.values()].filter((remote) => isStalled(state, remote, nowMs))
  const remotes = [...state.remotes.values()].filter((remote) => !stalled.includes(remote))
  const heads = [...state.writers.values()].map((writer) => writer.head())
  const others = remotes.map((remote) => remote.head())
  if (heads.length === 0 || state.reopening.size > 0 || others.some((head) => head === undefined)) return
  const all = [...heads, ...others.filter((head) => head !== undefined)]
  const closed = heads.flatMap(({ closedMs }) => closedMs ?? [])
  const lastEvents = all.flatMap(({ lastEventAtMs }) => lastEventAtMs ?? [])
  const covered = all.flatMap(({ coveredFromMs }) => coveredFromMs ?? [])
  try {
    const closedMs = await state.publisher.publish({
      views: [...viewsOf(state), ...[...state.remotes.values()].map((remote) => remote.view())],
      owned: new Set(state.writers.keys()),
      asOfMs: Math.min(...all.map(({ asOfMs }) => asOfMs)),
      watermarkMs: Math.min(...all.map(({ watermarkMs }) => watermarkMs)),
      lastEventAtMs: lastEvents.length === 0 ? null : Math.max(...lastEvents),
      changed: state.changed,
      isStalled: stalled.length > 0,
      coveredFromMs: covered.length === 0 ? null : Math.max(...covered),
      closedMs: closed.length === 0 ? null : Math.min(...closed),
    })
    state.changed = new Set()
    if (closedMs !== null && Number.isFinite(closedMs))
      for (const writer of state.writers.values()) writer.noteClosed(closedMs)
    state.outages.end('publishing')
  } catch (error) {
    if (!(error instanceof FloorwatchError && error.retriable)) throw error
    state.outages.begin('publishing', error)
  }
}

const viewsOf = (state: ProcessorState): readonly ShardView[] =>
  [...state.writers.values()].map(({ engine }) => ({
    asOfMs: engine.asOfMs(),
    cellsOf: (key) => engine.scopes.byKey.get(key)?.cells,
    open: engine.openSpans(),
  }))
