import { isRetriable } from './errors.ts'
import type { OutageLog } from './outage-log.ts'
import type { Clock, EventSource, StateStore } from './ports.ts'
import type { Publisher } from './publisher.ts'
import { createRemoteShard, type RemoteShard } from './remote-shards.ts'
import type { RewindWatch } from './rewind-watch.ts'
import type { ShardWriter } from './shard-writer.ts'

export type ShardSetOptions = {
  readonly source: EventSource
  readonly store: StateStore
  readonly publisher: Publisher
  readonly clock: Clock
  readonly outages: OutageLog
  readonly rewinds: RewindWatch
  /** Takes a shard from whoever has it, and loads it. */
  readonly takeShard: (shard: number) => Promise<ShardWriter>
  /** Rests before the next attempt to take a shard; attempts count from 0. */
  readonly delay: (attempt: number) => Promise<void>
}

/** All shards as this process sees them: those it writes, those it must take again, those that others write. */
export type ShardSet = {
  readonly shardCount: number
  readonly writers: ReadonlyMap<number, ShardWriter>
  readonly remotes: ReadonlyMap<number, RemoteShard>
  /** When a shard of this process last stood in the store, by its clock. */
  readonly committedAtMs: ReadonlyMap<number, number>
  /** Scopes that changed since they were last published. */
  readonly changed: Set<string>
  /** Tries until the store answers; undefined when told to stop. */
  take(shard: number): Promise<ShardWriter | undefined>
  enter(writer: ShardWriter): void
  release(shard: number): void
  /** After any doubt the shard's memory is dropped, and loaded again a while later. */
  drop(writer: ShardWriter, attempt: number): void
  /** Takes again what was dropped and is due. */
  reopen(): Promise<void>
  /** Reads what others have committed. */
  refresh(): Promise<void>
  noteCommitted(writer: ShardWriter): void
  /** A shard of this process waits for slower ones. */
  isHeld(): boolean
  /** No shard of this process is waiting to be taken again. */
  isWhole(): boolean
  /** The store has answered whatever it was asked last. */
  isStoreWell(): boolean
  stop(): void
}

type Retry = { readonly atMs: number; readonly attempt: number }

type SetState = ShardSetOptions & {
  readonly writers: Map<number, ShardWriter>
  readonly remotes: Map<number, RemoteShard>
  readonly committedAtMs: Map<number, number>
  readonly changed: Set<string>
  readonly taking: Set<number>
  readonly reopening: Map<number, Retry>
  refreshedAtMs: number
  isRefreshed: boolean
  isStopping: boolean
}

const refreshEveryMs = 250
/** What waits for others goes on as soon as they have. */
const refreshHeldEveryMs = 50
const retryMs = 100
const attemptsMax = 6

export const createShardSet = (options: ShardSetOptions): ShardSet => {
  const state: SetState = {
    ...options,
    writers: new Map(),
    remotes: new Map(),
    committedAtMs: new Map(),
    changed: new Set(),
    taking: new Set(),
    reopening: new Map(),
    refreshedAtMs: Number.NEGATIVE_INFINITY,
    isRefreshed: true,
    isStopping: false,
  }
  return {
    shardCount: options.source.partitions,
    writers: state.writers,
    remotes: state.remotes,
    committedAtMs: state.committedAtMs,
    changed: state.changed,
    take: (shard) => take(state, shard),
    enter: (writer) => enter(state, writer),
    release: (shard) => release(state, shard),
    drop: (writer, attempt) => drop(state, writer, attempt),
    reopen: () => reopen(state),
    refresh: () => refresh(state),
    noteCommitted: (writer) => noteCommitted(state, writer),
    isHeld: () => isHeld(state),
    isWhole: () => state.reopening.size === 0,
    isStoreWell: () => state.reopening.size === 0 && state.taking.size === 0 && state.isRefreshed,
    stop: () => {
      state.isStopping = true
    },
  }
}

const take = async (state: SetState, shard: number): Promise<ShardWriter | undefined> => {
  state.taking.add(shard)
  try {
    for (let attempt = 0; !state.isStopping; attempt++) {
      const writer = await tryTake(state, shard)
      if (writer) return writer
      await state.delay(attempt)
    }
    return undefined
  } finally {
    state.taking.delete(shard)
  }
}

/** Undefined: the store is out. */
const tryTake = async (state: SetState, shard: number): Promise<ShardWriter | undefined> => {
  try {
    return await state.takeShard(shard)
  } catch (error) {
    if (!isRetriable(error)) throw error
    state.outages.begin('redis', error)
    return undefined
  }
}

const enter = (state: SetState, writer: ShardWriter): void => {
  const { revisionTo } = writer.head()
  state.rewinds.noteTaken(writer.shard, writer.offsets())
  // A store that was emptied knows no reservation, and still a former owner may have used one.
  state.publisher.revisions.startAbove(revisionTo ?? 0)
  state.writers.set(writer.shard, writer)
  state.committedAtMs.set(writer.shard, state.clock.now())
  state.reopening.delete(writer.shard)
  resetViews(state)
}

const release = (state: SetState, shard: number): void => {
  state.writers.delete(shard)
  state.reopening.delete(shard)
  resetViews(state)
}

const drop = (state: SetState, writer: ShardWriter, attempt: number): void => {
  const { shard } = writer
  state.rewinds.noteReached(shard, writer.offsets())
  state.writers.delete(shard)
  state.reopening.set(shard, retryAfter(state.clock.now(), attempt))
  resetViews(state)
}

const retryAfter = (nowMs: number, attempt: number): Retry => {
  const bounded = Math.min(attempt, attemptsMax)
  return { atMs: nowMs + retryMs * 2 ** bounded, attempt: bounded }
}

const reopen = async (state: SetState): Promise<void> => {
  for (const [shard, { atMs, attempt }] of [...state.reopening]) {
    const nowMs = state.clock.now()
    if (nowMs < atMs) continue
    const writer = await tryTake(state, shard)
    if (writer && (await trySeek(state, writer))) enter(state, writer)
    else {
      state.reopening.set(shard, retryAfter(nowMs, attempt + 1))
      // What hangs answers none: the others wait for the next turn, so that no turn grows with their number.
      return
    }
  }
}

/** False: the log is out, and the shard is taken again later. */
const trySeek = async ({ source, outages }: SetState, writer: ShardWriter): Promise<boolean> => {
  try {
    await source.seek(writer.shard, writer.offsets())
    return true
  } catch (error) {
    if (!isRetriable(error)) throw error
    outages.begin('kafka', error)
    return false
  }
}

/** Whose scope is whose has changed: everything this process publishes is read and sent anew. */
const resetViews = (state: SetState): void => {
  const { source, store, publisher, writers, remotes } = state
  const owned = new Set(writers.keys())
  publisher.reset()
  state.refreshedAtMs = Number.NEGATIVE_INFINITY
  const wanted = (scopeKey: string) => publisher.reads(scopeKey, owned)
  for (let shard = 0; shard < source.partitions; shard++) {
    const changedAtMs = remotes.get(shard)?.changedAtMs() ?? state.clock.now()
    remotes.delete(shard)
    if (!owned.has(shard) && !state.reopening.has(shard))
      remotes.set(shard, createRemoteShard({ store, shard, wanted, changedAtMs }))
  }
  for (const { engine } of writers.values())
    for (const key of engine.scopes.byKey.keys()) state.changed.add(key)
}

const refresh = async (state: SetState): Promise<void> => {
  const nowMs = state.clock.now()
  if (nowMs - state.refreshedAtMs < (isHeld(state) ? refreshHeldEveryMs : refreshEveryMs)) return
  state.refreshedAtMs = nowMs
  state.isRefreshed = true
  try {
    await followStore(state)
    for (const remote of state.remotes.values())
      for (const key of await remote.refresh(nowMs)) state.changed.add(key)
  } catch (error) {
    if (!isRetriable(error)) throw error
    state.isRefreshed = false
    state.outages.begin('redis', error)
  }
}

const isHeld = ({ writers }: SetState): boolean => [...writers.values()].some((writer) => writer.isHeld())

/** After a swap of states every shard is taken anew, out of the one that is live. */
const followStore = async (state: SetState): Promise<void> => {
  for (const shard of (await state.store.findMoved?.()) ?? []) {
    const writer = state.writers.get(shard)
    if (writer) drop(state, writer, 0)
    else if (state.reopening.has(shard)) state.reopening.set(shard, { atMs: state.clock.now(), attempt: 0 })
  }
}

const noteCommitted = (state: SetState, writer: ShardWriter): void => {
  state.committedAtMs.set(writer.shard, state.clock.now())
  for (const { key } of writer.engine.takeChanges().keys()) state.changed.add(key)
}
