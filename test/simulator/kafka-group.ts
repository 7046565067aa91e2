import type { Random } from '../../src/simulate/random.ts'
import type { Machine } from './machine.ts'
import type { Scheduler } from './scheduler.ts'

/** The coordinator of a consumer group: who is in it, and which shards are whose. */
export type Group = {
  join(member: Member): void
  /** Goes of its own accord: its shards are given away at once. */
  leave(name: string): void
  /** Gives everything out anew, as when somebody joins and leaves again. */
  rebalance(): void
  readonly owners: () => ReadonlyMap<number, string>
}

export type Member = {
  readonly machine: Machine
  /** Cannot reach the coordinator; it goes on with what it has. */
  readonly isCut: () => boolean
  /** Told what is its own from now on. Another member id: nothing of what it had is. */
  assign(memberId: string, shards: readonly number[]): void
}

export type GroupOptions = {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly shardCount: number
  readonly sessionMs: number
  /** Longest time in which a member is told of a new assignment. */
  readonly tellingMs: () => number
}

type Membership = Member & { memberId: string; seenAtMs: number; isIn: boolean }

type GroupState = GroupOptions & {
  readonly members: Map<string, Membership>
  owners: Map<number, string>
  generation: number
  isRebalancing: boolean
}

const heartbeatMs = 2_000
const gatheringMs = 1_500
/** Shards that need not move move now and then. */
const restlessShare = 0.3

export const createGroup = (options: GroupOptions): Group => {
  const state: GroupState = {
    ...options,
    members: new Map(),
    owners: new Map(),
    generation: 0,
    isRebalancing: false,
  }
  beat(state)
  return {
    join: (member) => enter(state, { ...member, memberId: '', seenAtMs: 0, isIn: false }),
    leave: (name) => {
      if (state.members.delete(name)) rebalance(state)
    },
    rebalance: () => rebalance(state),
    owners: () => state.owners,
  }
}

const enter = (state: GroupState, member: Membership): void => {
  const { name } = member.machine
  member.memberId = `${name}-${state.generation}`
  member.seenAtMs = state.scheduler.now()
  member.isIn = true
  state.members.set(name, member)
  state.scheduler.note(`group: ${member.memberId} joins`)
  rebalance(state)
}

const isReachable = ({ machine, isCut }: Member): boolean =>
  machine.isAlive() && !machine.isFrozen() && !isCut()

/** Who was not heard of for a session is out; who was put out and comes back joins anew. */
const beat = (state: GroupState): void => {
  const { scheduler, members, sessionMs } = state
  for (const member of members.values()) {
    if (isReachable(member)) {
      member.seenAtMs = scheduler.now()
      if (!member.isIn) enter(state, member)
    } else if (member.isIn && scheduler.now() - member.seenAtMs >= sessionMs) {
      scheduler.note(`group: ${member.memberId} is out`)
      member.isIn = false
      rebalance(state)
    }
    if (!member.machine.isAlive() && !member.isIn) members.delete(member.machine.name)
  }
  scheduler.after(heartbeatMs, () => beat(state))
}

const rebalance = (state: GroupState): void => {
  if (state.isRebalancing) return
  state.isRebalancing = true
  state.scheduler.after(state.random() * gatheringMs, () => {
    state.isRebalancing = false
    state.generation++
    shareOut(state)
    tellAll(state)
  })
}

const shareOut = ({ members, owners, shardCount, random, scheduler }: GroupState): void => {
  const names = [...members.values()].filter(({ isIn }) => isIn).map(({ machine }) => machine.name)
  const shareMax = Math.ceil(shardCount / Math.max(1, names.length))
  const counts = new Map<string, number>()
  const isRestless = random() < restlessShare
  for (let shard = 0; shard < shardCount; shard++) {
    const free = names.filter((name) => (counts.get(name) ?? 0) < shareMax)
    const before = owners.get(shard)
    const drawn = free[Math.floor(random() * free.length)]
    const owner = before !== undefined && free.includes(before) && !isRestless ? before : drawn
    if (owner === undefined) owners.delete(shard)
    else {
      owners.set(shard, owner)
      counts.set(owner, (counts.get(owner) ?? 0) + 1)
    }
  }
  scheduler.note(`group: ${[...owners].map(([shard, name]) => `${shard}→${name}`).join(' ')}`)
}

const tellAll = (state: GroupState): void => {
  const { members, owners, random, scheduler, generation } = state
  for (const member of members.values()) {
    if (!member.isIn) continue
    const { machine, memberId } = member
    const shards = [...owners].filter(([, name]) => name === machine.name).map(([shard]) => shard)
    const isCurrent = () => generation === state.generation && member.memberId === memberId && member.isIn
    const assign = () => {
      if (isCurrent()) member.assign(memberId, shards)
    }
    const tell = (): void => {
      if (!isCurrent()) return
      if (member.isCut()) scheduler.after(heartbeatMs, tell)
      else machine.deliver(assign)
    }
    scheduler.after(random() * state.tellingMs(), tell)
  }
}
