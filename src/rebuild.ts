import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { boundedDelay } from './backoff.ts'
import type { BoundedSource } from './bounded-source.ts'
import type { Config } from './config-schema.ts'
import { encodeHead, type ShardHead } from './core/shard-codec.ts'
import type { CommonTime } from './core/watermark.ts'
import { FloorwatchError, isRetriable } from './errors.ts'
import type { Clock, EventSource, RecordDecoder, StateStore } from './ports.ts'
import type { RebuildMark } from './rebuild-mark.ts'
import { writerOptionsOf } from './service.ts'
import { type ShardWriter, type StepRequest, takeShard } from './shard-writer.ts'

export type RebuildPorts = {
  /** What is read: bounded, and over it what gives each shard its records. */
  readonly source: EventSource
  readonly bounds: Pick<BoundedSource, 'bound'>
  /** The generation that is made. */
  readonly store: StateStore
  readonly decoder: RecordDecoder
  readonly clock: Clock
  /** Told after every round. */
  readonly onRound: (shards: ReadonlyMap<number, ShardHead>) => void
}

/** State counted anew, beside the one that is live, by the very writers that count live. It publishes nothing. */
export type Rebuild = {
  /** Takes every shard of the generation from whoever made it before, and begins where it stands. */
  start(): Promise<void>
  /** Files all that lies before the mark and moves as-of to it; the state then stands in the store. */
  advanceTo(mark: RebuildMark): Promise<void>
  readonly writers: ReadonlyMap<number, ShardWriter>
  /** Throws what the source cannot go on with. */
  refuseFailed(): void
  /** The last commit before it goes live: where each shard goes on, and since when it covers what happened. */
  seal(shard: number, head: Partial<ShardHead>): Promise<void>
}

type RebuildState = RebuildPorts & {
  readonly config: Config
  readonly writers: Map<number, ShardWriter>
  readonly take: (shard: number) => Promise<ShardWriter>
  fatal: unknown
}

const idleWaitMs = 200
const attemptsMax = 12

export const createRebuild = (config: Config, ports: RebuildPorts): Rebuild => {
  const deadLetters = { send: async () => {}, close: async () => {} }
  const optionsOf = writerOptionsOf(config, { ...ports, deadLetters })
  const state: RebuildState = {
    ...ports,
    config,
    writers: new Map(),
    take: (shard) => takeShard(optionsOf(shard), ports.clock.now()),
    fatal: undefined,
  }
  return {
    writers: state.writers,
    start: () => start(state),
    advanceTo: (mark) => advanceTo(state, mark),
    refuseFailed: () => refuseFailed(state),
    seal: (shard, head) => seal(state, shard, head),
  }
}

const start = (state: RebuildState): Promise<void> =>
  state.source.start({
    onAssigned: async (shard) => (await enter(state, shard)).offsets(),
    onRevoked: async (shard) => void state.writers.delete(shard),
    onFatal: (error) => {
      state.fatal ??= error
    },
  })

const enter = async (state: RebuildState, shard: number): Promise<ShardWriter> => {
  for (let attempt = 0; ; attempt++) {
    try {
      const writer = await state.take(shard)
      state.writers.set(shard, writer)
      return writer
    } catch (error) {
      if (!isRetriable(error) || attempt === attemptsMax) throw error
      await boundedDelay(attempt)
    }
  }
}

const advanceTo = async (state: RebuildState, mark: RebuildMark): Promise<void> => {
  state.bounds.bound(mark.offsets)
  for (let attempt = 0; ; ) {
    refuseFailed(state)
    const round = await stepAll(state, mark)
    state.onRound(new Map([...state.writers].map(([shard, writer]) => [shard, writer.head()])))
    if (round === 'reached') return
    attempt = round === 'failed' ? attempt + 1 : 0
    if (round === 'failed') await boundedDelay(attempt)
    await (round === 'worked' ? setImmediate() : state.source.wait(idleWaitMs))
  }
}

const refuseFailed = ({ fatal }: RebuildState): void => {
  if (fatal !== undefined) throw fatal
}

type Round = 'worked' | 'idle' | 'failed' | 'reached'

const stepAll = async (state: RebuildState, mark: RebuildMark): Promise<Round> => {
  const { writers, source } = state
  const isAllCaughtUp =
    writers.size === source.partitions && [...writers.values()].every((writer) => writer.isCaughtUp())
  const greatestMs = [...writers.values()].flatMap((writer) => writer.greatestMs())
  const request = { isAllCaughtUp, greatestMs: Math.max(mark.greatestMs, ...greatestMs) }
  const rounds = await Promise.all(
    [...writers.values()].map((writer) => step(state, writer, { mark, ...request })),
  )
  if (rounds.includes('failed')) return 'failed'
  if (rounds.includes('worked')) return 'worked'
  return isAllCaughtUp ? 'reached' : 'idle'
}

type StepOptions = {
  readonly mark: RebuildMark
  readonly isAllCaughtUp: boolean
  readonly greatestMs: number
}

/** Shards do not wait for one another: where as-of ends decides what the cells hold, not the way there. */
const step = async (state: RebuildState, writer: ShardWriter, options: StepOptions): Promise<Round> => {
  try {
    const request = requestOf(state, writer.shard, options)
    await writer.take(request.common)
    const { outcome, recordCount } = await writer.step(request)
    if (outcome === 'committed') await state.source.hintCommitted(writer.shard, writer.offsets())
    if (outcome === 'fenced') return refuseFenced(state, writer)
    if (outcome === 'diverged') return await reopen(state, writer.shard)
    return recordCount > 0 || outcome === 'committed' ? 'worked' : 'idle'
  } catch (error) {
    if (!isRetriable(error)) throw error
    return error.code === 'registry-unavailable' ? 'failed' : await reopen(state, writer.shard)
  }
}

const concurrent = 'another process rebuilds the same state; begin again when it has ended'

/** A writer of ours that the source has replaced meanwhile is fenced by its successor. */
const refuseFenced = ({ writers }: RebuildState, writer: ShardWriter): Round => {
  if (writers.get(writer.shard) !== writer) return 'failed'
  throw new FloorwatchError('state-swapped', concurrent)
}

/** After any doubt the shard's memory is dropped, and loaded as it stands. */
const reopen = async (state: RebuildState, shard: number): Promise<Round> => {
  const writer = await enter(state, shard)
  await state.source.seek(shard, writer.offsets())
  return 'failed'
}

const requestOf = (
  { config }: RebuildState,
  shard: number,
  { mark, isAllCaughtUp, greatestMs }: StepOptions,
): StepRequest => {
  const asOfMs = mark.asOfMs.get(shard) ?? mark.leastAsOfMs
  const nowMs = config.time.source === 'clock' ? asOfMs : greatestMs
  const common: CommonTime = {
    nowMs,
    knownBefore: () => nowMs,
    isAllCaughtUp,
    slowestMs: Number.POSITIVE_INFINITY,
  }
  return {
    common,
    commonAsOfMs: asOfMs,
    isProgressDue: true,
    revisionTo: 0,
    handledSeq: () => Number.POSITIVE_INFINITY,
    mayGoOn: async () => {
      await setImmediate()
      return true
    },
  }
}

/** Taken anew each time, so that one in doubt can not arrive any more. */
const seal = async (state: RebuildState, shard: number, changes: Partial<ShardHead>): Promise<void> => {
  const { store, writers, clock } = state
  const writer = writers.get(shard)
  if (!writer) throw new Error(`shard ${shard} is sealed before it was counted`)
  const head = encodeHead({ ...writer.head(), ...changes })
  for (let attempt = 0; ; attempt++) {
    try {
      const { epoch, lastId } = await store.takeShard(shard, clock.now())
      const place = { epoch, previousId: lastId, id: randomUUID(), head }
      const outcome = await store.commit(shard, { ...place, ...nothing })
      if (outcome === 'committed') return
      throw new FloorwatchError('state-swapped', concurrent)
    } catch (error) {
      if (!isRetriable(error) || attempt === attemptsMax) throw error
      await boundedDelay(attempt)
    }
  }
}

const nothing = { subjects: new Map(), cells: new Map(), open: new Map(), journal: new Map() }
