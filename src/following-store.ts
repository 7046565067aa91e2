import { decodeHead, encodeHead } from './core/shard-codec.ts'
import { FloorwatchError } from './errors.ts'
import { rulesFingerprint } from './generation-fit.ts'
import { finishHandover } from './generation-handover.ts'
import type {
  Bytes,
  GenerationName,
  GenerationStore,
  LiveGeneration,
  ShardState,
  StateStore,
} from './ports.ts'

export type FollowingOptions = {
  readonly generations: GenerationStore
  readonly open: (name: GenerationName) => Promise<StateStore>
  /** Of this process's configuration: what state it may write, and the rules it counts by. */
  readonly identity: string
  readonly rules: string
  /** Shards that the log remembers as read before: without a state they are not begun at its start. */
  readonly readShards: () => Promise<ReadonlySet<number>>
}

/** The live state, and after a swap the next one. */
export type FollowingStore = StateStore & Required<Pick<StateStore, 'findMoved'>>

type FollowState = FollowingOptions & {
  readonly opened: Map<GenerationName, StateStore>
  /** The generation a shard was last taken from. */
  readonly takenFrom: Map<number, GenerationName>
  live: LiveGeneration
}

/**
 * Throws `state-identity-differs` when the live state was made with another identity, later `state-swapped` when a
 * state was swapped in that this process's configuration does not fit, and `state-missing` for a shard that the log
 * knows as read and the store does not know at all.
 */
export const openFollowingStore = async (options: FollowingOptions): Promise<FollowingStore> => {
  const live = await finishHandover(options.generations)
  const state: FollowState = { ...options, opened: new Map(), takenFrom: new Map(), live }
  const store = await openLive(state)
  const storeOf = (shard: number) =>
    state.opened.get(state.takenFrom.get(shard) ?? state.live.name) ?? current(state)
  try {
    await refuseLost(state)
    await store.checkIdentity(options.identity)
    await options.generations.putRules(live.name, options.rules)
  } catch (error) {
    await closeAll(state)
    throw error
  }
  return {
    checkIdentity: (identity) => current(state).checkIdentity(identity),
    takeShard: (shard, nowMs) => takeShard(state, shard, nowMs),
    readSubjects: (shard, keys) => storeOf(shard).readSubjects(shard, keys),
    commit: (shard, commit) => storeOf(shard).commit(shard, commit),
    lastCommitId: (shard) => storeOf(shard).lastCommitId(shard),
    readChanges: (shard, request) => current(state).readChanges(shard, request),
    findMoved: () => findMoved(state),
    close: () => closeAll(state),
  }
}

const openLive = async (state: FollowState): Promise<StateStore> => {
  const { name } = state.live
  const store = state.opened.get(name) ?? (await state.open(name))
  state.opened.set(name, store)
  return store
}

const current = ({ opened, live }: FollowState): StateStore => {
  const store = opened.get(live.name)
  if (!store) throw new Error(`generation ${live.name} is live and not open`)
  return store
}

const closeAll = async ({ opened }: FollowState): Promise<void> => {
  for (const store of opened.values()) await store.close()
}

/** Redis was emptied, or is another one: beginning at the start of the log would publish an empty past (R13). */
const refuseLost = async ({ generations, live, readShards }: FollowState): Promise<void> => {
  if ((await generations.readIdentity(live.name)) === null && (await readShards()).size > 0)
    throw lost('no state')
}

const lost = (what: string): FloorwatchError =>
  new FloorwatchError(
    'state-missing',
    `The store holds ${what}, but the log says it was read before: the state is lost, or redis.url or redis.keyPrefix ` +
      'names another one. Correct them, or count it anew from the log: `floorwatch rebuild --swap`, or at once and in view: ' +
      'kafka.onDataLoss: continue',
  )

const takeShard = async (state: FollowState, shard: number, nowMs: number): Promise<ShardState> => {
  const { name, revisionFloor } = state.live
  const taken = await current(state).takeShard(shard, nowMs)
  if (taken.lastId === '' && (await state.readShards()).has(shard)) throw lost(`nothing of shard ${shard}`)
  state.takenFrom.set(shard, name)
  return { ...taken, head: raiseRevisions(taken.head, revisionFloor) }
}

/** What is published of this state outranks all that was published of the former. */
const raiseRevisions = (head: Bytes | null, floor: number | null): Bytes | null => {
  if (head === null || floor === null) return head
  const read = decodeHead(head)
  return encodeHead({ ...read, revisionTo: Math.max(read.revisionTo ?? 0, floor) })
}

const findMoved = async (state: FollowState): Promise<readonly number[]> => {
  const { name } = await state.generations.live()
  if (name !== state.live.name) await moveTo(state, name)
  return [...state.takenFrom].flatMap(([shard, from]) => (from === state.live.name ? [] : [shard]))
}

const moveTo = async (state: FollowState, name: GenerationName): Promise<void> => {
  await refuseUnfit(state, name)
  const live = await finishHandover(state.generations)
  if (live.name !== name) return
  const before = state.live
  state.live = live
  try {
    await openLive(state)
  } catch (error) {
    state.live = before
    throw error
  }
}

const refuseUnfit = async (
  { generations, identity, rules }: FollowState,
  name: GenerationName,
): Promise<void> => {
  const next = (await generations.list()).find((generation) => generation.name === name)
  const standing = await generations.readIdentity(name)
  if (standing === null) throw lost('no state')
  if (standing === identity && (next === undefined || next.fingerprint === rulesFingerprint(rules))) return
  throw new FloorwatchError(
    'state-swapped',
    `The state was swapped for ${name || 'the first one'}, which was counted under another configuration ` +
      `(${standing === identity ? 'other rules' : `${standing}, this process has ${identity}`}): start this process with that one`,
  )
}
