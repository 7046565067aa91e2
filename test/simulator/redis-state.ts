import { createShardContent, type ShardContent, writeCommit } from '../../src/memory/shard-content.ts'
import type { Commit, Epoch } from '../../src/ports.ts'

/** One atomic change of what Redis holds. */
export type RedisChange =
  | { readonly kind: 'identity'; readonly identity: string }
  | { readonly kind: 'take'; readonly shard: number; readonly epoch: Epoch }
  | { readonly kind: 'commit'; readonly shard: number; readonly commit: Commit }

/** What stands in Redis: a pure function of the changes since it was empty. */
export type RedisState = {
  identity: string | undefined
  readonly chainLength: number
  readonly shards: Map<number, ShardContent>
}

export const createRedisState = (chainLength: number, changes: readonly RedisChange[] = []): RedisState => {
  const state: RedisState = { identity: undefined, chainLength, shards: new Map() }
  for (const change of changes) applyChange(state, change)
  return state
}

export const findShard = ({ shards }: RedisState, shard: number): ShardContent => {
  const found = shards.get(shard) ?? createShardContent()
  shards.set(shard, found)
  return found
}

export const applyChange = (state: RedisState, change: RedisChange): void => {
  switch (change.kind) {
    case 'identity':
      state.identity = change.identity
      break
    case 'take':
      findShard(state, change.shard).epoch = change.epoch
      break
    case 'commit':
      writeCommit(findShard(state, change.shard), change.commit, state.chainLength)
  }
}
