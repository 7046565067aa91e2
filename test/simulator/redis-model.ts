import { FloorwatchError } from '../../src/errors.ts'
import { copyShard, judgeCommit, listChanges, pickKeys } from '../../src/memory/shard-content.ts'
import type { ChangesRequest, Commit, CommitOutcome, StateStore } from '../../src/ports.ts'
import type { Random } from '../../src/simulate/random.ts'
import { createServer, type Link, type Server } from './link.ts'
import { applyChange, createRedisState, findShard, type RedisChange, type RedisState } from './redis-state.ts'

/** Redis, with all it was ever told and when: so that it can lose its tail. */
export type RedisModel = {
  readonly server: Server
  /** The store as a process sees it through its connection. */
  connect(link: Link, writer: string): StateStore
  /** Goes back to what it held so long ago: what a restart with AOF everysec, or a failover, leaves. */
  loseTail(lostMs: number): void
  /** FLUSHALL. */
  flush(): void
  readonly state: () => RedisState
}

export type CommitSeen = {
  readonly shard: number
  readonly writer: string
  readonly commit: Commit
  readonly outcome: CommitOutcome
  readonly sentMs: number
}

export type RedisModelOptions = {
  readonly now: () => number
  readonly random: Random
  readonly chainLength: number
  readonly onCommit: (seen: CommitSeen) => void
  readonly onTake: (shard: number, writer: string) => void
  /** What was done since this instant is lost; −Infinity: all. */
  readonly onLoss: (sinceMs: number) => void
  /** Planted bugs. */
  readonly checksEpoch?: boolean
  readonly checksPrevious?: boolean
  readonly noticesGaps?: boolean
}

type ModelState = RedisModelOptions & {
  changes: { readonly atMs: number; readonly change: RedisChange }[]
  held: RedisState
}

export const createRedisModel = (options: RedisModelOptions): RedisModel => {
  const state: ModelState = { ...options, changes: [], held: createRedisState(options.chainLength) }
  const forget = (sinceMs: number) => {
    state.changes = state.changes.filter(({ atMs }) => atMs < sinceMs)
    state.held = createRedisState(
      state.chainLength,
      state.changes.map(({ change }) => change),
    )
    state.onLoss(sinceMs)
  }
  return {
    server: createServer('redis'),
    connect: (link, writer) => connect(state, link, writer),
    loseTail: (lostMs) => forget(state.now() - lostMs),
    flush: () => forget(Number.NEGATIVE_INFINITY),
    state: () => state.held,
  }
}

const change = (state: ModelState, made: RedisChange): void => {
  state.changes.push({ atMs: state.now(), change: made })
  applyChange(state.held, made)
}

const reading = { refused: 'redis-unavailable', doubt: 'redis-unavailable' } as const
const writing = { refused: 'redis-unavailable', doubt: 'redis-outcome-unknown' } as const

const connect = (state: ModelState, link: Link, writer: string): StateStore => ({
  checkIdentity: (identity) =>
    link.ask({ what: 'identity', codes: reading, act: () => checkIdentity(state, identity) }),
  takeShard: (shard, nowMs) =>
    link.ask({ what: `take ${shard}`, codes: reading, act: () => take(state, { shard, nowMs, writer }) }),
  readSubjects: (shard, keys) =>
    link.ask({
      what: `read ${shard}`,
      codes: reading,
      act: () => pickKeys(findShard(state.held, shard).subjects, keys),
    }),
  commit: (shard, commit) => {
    const sentMs = state.now()
    const act = () => commitTo(state, { shard, commit, writer, sentMs })
    return link.ask({ what: `commit ${shard}`, codes: writing, act })
  },
  lastCommitId: (shard) =>
    link.ask({ what: `id ${shard}`, codes: reading, act: () => findShard(state.held, shard).lastId }),
  readChanges: (shard, request) =>
    link.ask({
      what: `changes ${shard}`,
      codes: reading,
      act: () => listChanges(chainFor(state, shard, request), request),
    }),
  close: async () => {},
})

/** Where gaps go unnoticed, a commit that the chain has dropped counts as the one before its first. */
const chainFor = ({ held, noticesGaps }: ModelState, shard: number, { sinceId }: ChangesRequest) => {
  const stored = findShard(held, shard)
  const isKnown = sinceId === '' || stored.chain.some(({ id }) => id === sinceId)
  if (noticesGaps !== false || isKnown) return stored
  return {
    ...stored,
    chain: [{ id: sinceId, scopeKeys: [], openKeys: [], journalKeys: [] }, ...stored.chain],
  }
}

const checkIdentity = (state: ModelState, identity: string): void => {
  if (state.held.identity === undefined) change(state, { kind: 'identity', identity })
  if (state.held.identity !== identity)
    throw new FloorwatchError('state-identity-differs', `made with ${state.held.identity}`)
}

type Taking = { readonly shard: number; readonly nowMs: number; readonly writer: string }

const take = (state: ModelState, { shard, nowMs, writer }: Taking) => {
  const stored = findShard(state.held, shard)
  const counter = Math.max((stored.epoch?.counter ?? 0) + 1, nowMs)
  const epoch = { counter, nonce: String(Math.floor(state.random() * 2 ** 32)) }
  change(state, { kind: 'take', shard, epoch })
  state.onTake(shard, writer)
  return copyShard(stored, epoch)
}

type Committing = Omit<CommitSeen, 'outcome'>

const commitTo = (state: ModelState, { shard, commit, writer, sentMs }: Committing): CommitOutcome => {
  const stored = findShard(state.held, shard)
  const judged = {
    ...commit,
    ...(state.checksEpoch === false && stored.epoch ? { epoch: stored.epoch } : {}),
    ...(state.checksPrevious === false ? { previousId: stored.lastId } : {}),
  }
  const outcome = judgeCommit(stored, judged)
  state.onCommit({ shard, writer, commit, sentMs, outcome })
  if (outcome === 'committed' && stored.lastId !== commit.id) change(state, { kind: 'commit', shard, commit })
  return outcome
}
