import { randomBytes } from 'node:crypto'
import { FloorwatchError } from '../errors.ts'
import type { Commit, CommitOutcome, ShardState, StateStore } from '../ports.ts'
import {
  copyShard,
  createShardContent,
  judgeCommit,
  listChanges,
  pickKeys,
  type ShardContent,
  writeCommit,
} from './shard-content.ts'

export type MemoryStoreOptions = {
  /** How many commits a reader may lag behind before it must read a whole shard. */
  readonly chainLength: number
}

/** State that lives as long as the object; several processors may share one. Bytes are kept as handed over, not copied. */
export const createMemoryStore = ({ chainLength }: MemoryStoreOptions): StateStore => {
  const shards = new Map<number, ShardContent>()
  let standingIdentity: string | undefined
  const findShard = (number: number): ShardContent => {
    const found = shards.get(number) ?? createShardContent()
    shards.set(number, found)
    return found
  }
  return {
    checkIdentity: async (identity) => {
      standingIdentity ??= identity
      if (standingIdentity !== identity) throw identityDiffers(standingIdentity, identity)
    },
    takeShard: async (shard, nowMs) => takeShard(findShard(shard), nowMs),
    readSubjects: async (shard, keys) => pickKeys(findShard(shard).subjects, keys),
    commit: async (shard, commit) => commitShard(findShard(shard), commit, chainLength),
    lastCommitId: async (shard) => findShard(shard).lastId,
    readChanges: async (shard, request) => listChanges(findShard(shard), request),
    close: async () => {},
  }
}

const identityDiffers = (standing: string, given: string): FloorwatchError =>
  new FloorwatchError(
    'state-identity-differs',
    `The state in memory was made with ${standing}, this configuration says ${given}`,
  )

const takeShard = (shard: ShardContent, nowMs: number): ShardState => {
  shard.epoch = {
    counter: Math.max((shard.epoch?.counter ?? 0) + 1, nowMs),
    nonce: randomBytes(16).toString('hex'),
  }
  return copyShard(shard, shard.epoch)
}

const commitShard = (shard: ShardContent, commit: Commit, chainLength: number): CommitOutcome => {
  const outcome = judgeCommit(shard, commit)
  if (outcome === 'committed' && shard.lastId !== commit.id) writeCommit(shard, commit, chainLength)
  return outcome
}
