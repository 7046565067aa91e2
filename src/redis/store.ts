import { randomBytes } from 'node:crypto'
import { FloorwatchError } from '../errors.ts'
import type { Bytes, Commit, CommitOutcome, ShardState, StateStore } from '../ports.ts'
import { connectRedis, type RedisConnection, type RedisLink } from './client.ts'
import { identityKey, shardKeys } from './keys.ts'
import { type Packable, packArgument } from './pack.ts'
import { createChangesReader } from './read-changes.ts'
import { chunkItems, readCells, scanFields, scanScopes } from './read-shard.ts'
import { commitScript, runScript, takeShardScript } from './scripts.ts'

export type RedisStoreOptions = RedisConnection & {
  /** First part of every key; one Redis may serve several installations. */
  readonly keyPrefix: string
  /** How many commits a reader may lag behind before it must read a whole shard. */
  readonly chainLength: number
}

/** Subjects one MGET asks for. */
const SUBJECTS_PER_READ = 500

type Room = { readonly options: RedisStoreOptions; readonly writes: RedisLink; readonly reads: RedisLink }

/**
 * State in Redis. Writes and reads have a connection each, so that loading a shard does not delay another shard's commit.
 * It never repeats a commit: after `redis-outcome-unknown` the commit may stand, may not, or may yet arrive. `lastCommitId`
 * tells what stands by then; only `takeShard` rules out that it still arrives.
 *
 * Limits: a commit's cost grows with its bytes and values (measured on a busy machine: 300 subjects of 500 B and 400 cell
 * fields of 300 B take Redis 2 ms of CPU, 750 and 1,000 take 6 ms, 1,500 and 2,000 take 10 to 12 ms); one of the 28,000
 * records that a shard takes at a time while far behind keeps Redis from others for some 0.15 s (5 µs a record). A shard
 * loads at 1 to 2 s of CPU per 100 MB. One reply holds at most a scope, 500 subjects, 1,000 open subjects, or 4,000 fields
 * and the scope that passes that number.
 */
export const createRedisStore = async (options: RedisStoreOptions): Promise<StateStore> => {
  const writes = await connectRedis(options)
  const reads = await connectRedis(options).catch((error: unknown) => {
    writes.close()
    throw error
  })
  const room: Room = { options, writes, reads }
  return {
    checkIdentity: (identity) => checkIdentity(room, identity),
    takeShard: (shard, nowMs) => takeShard(room, shard, nowMs),
    readSubjects: (shard, keys) => readSubjects(room, shard, keys),
    commit: (shard, commit) => commitShard(room, shard, commit),
    lastCommitId: (shard) => readLastCommitId(room, shard),
    readChanges: createChangesReader(reads, options.keyPrefix),
    close: async () => {
      writes.close()
      reads.close()
    },
  }
}

const checkIdentity = async ({ options, writes }: Room, identity: string): Promise<void> => {
  const key = identityKey(options.keyPrefix)
  const standing = await writes.ask(async (client) => {
    await client.setnx(key, identity)
    return client.get(key)
  })
  if (standing === identity) return
  throw new FloorwatchError(
    'state-identity-differs',
    `The state under ${options.keyPrefix} was made with ${standing}, this configuration says ${identity}; ` +
      'restore the configuration, or count it anew: `floorwatch rebuild`',
  )
}

const takeShard = async (room: Room, shard: number, nowMs: number): Promise<ShardState> => {
  const keys = shardKeys(room.options.keyPrefix, shard)
  const nonce = randomBytes(16).toString('hex')
  const taken = (await room.writes.ask((client) =>
    runScript(client, { script: takeShardScript, key: keys.head, args: [String(nowMs), nonce] }),
  )) as readonly [Buffer] | readonly [Buffer, Buffer, Buffer | null]
  if (taken.length === 1) {
    const detail = `Shard ${shard} under ${room.options.keyPrefix} is retired: a rebuilt state is live`
    throw new FloorwatchError('state-moved', detail)
  }
  const [counter, id, head] = taken
  const epoch = { counter: Number(counter.toString()), nonce }
  const scopeKeys = await scanScopes(room.reads, keys)
  const [cells, open, journal] = await Promise.all([
    readCells(room.reads, keys, scopeKeys),
    scanFields(room.reads, keys.open),
    scanFields(room.reads, keys.journal),
  ])
  const [standingEpoch, standingId] = await room.reads.ask((client) => client.hmget(keys.head, 'epoch', 'id'))
  if (standingEpoch !== formatEpoch(epoch) || (standingId ?? '') !== id.toString()) {
    throw new FloorwatchError(
      'redis-unavailable',
      `Shard ${shard} was taken by another writer while it was being loaded`,
    )
  }
  return { epoch, lastId: id.toString(), head, cells, open, journal }
}

const formatEpoch = ({ counter, nonce }: ShardState['epoch']): string => `${counter}:${nonce}`

const readSubjects = async (
  { options, reads }: Room,
  shard: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Bytes>> => {
  const { subject } = shardKeys(options.keyPrefix, shard)
  const chunks = chunkItems(keys, SUBJECTS_PER_READ)
  const answers = await Promise.all(
    chunks.map((chunk) => reads.ask((client) => client.mgetBuffer(chunk.map(subject)))),
  )
  const found = new Map<string, Bytes>()
  for (const [i, value] of answers.flat().entries()) {
    const key = keys[i]
    if (key !== undefined && value !== null) found.set(key, value)
  }
  return found
}

const commitShard = async (
  { options, writes }: Room,
  shard: number,
  commit: Commit,
): Promise<CommitOutcome> => {
  const key = shardKeys(options.keyPrefix, shard).head
  const args = [packArgument(packCommit(commit, options.chainLength))]
  const answer = await writes.ask(
    (client) => runScript(client, { script: commitScript, key, args }),
    'redis-outcome-unknown',
  )
  const [outcome, standingId] = (answer as readonly Buffer[]).map(String)
  if (outcome === 'fenced') return 'fenced'
  if (standingId === commit.id) return 'committed'
  if (outcome === 'diverged') return 'diverged'
  throw new FloorwatchError(
    'redis-outcome-unknown',
    `Redis answered commit ${commit.id} as ${outcome} ${standingId}`,
  )
}

/** The order that commit.lua documents. */
const packCommit = (commit: Commit, chainLength: number): Packable => {
  const subjects = splitChanges(commit.subjects)
  const open = splitChanges(commit.open)
  const journal = splitChanges(commit.journal)
  const scopes: Packable[] = []
  const dropped: string[] = []
  for (const [scopeKey, fields] of commit.cells) {
    if (fields === null) dropped.push(scopeKey)
    else {
      const { writes, deletes } = splitChanges(fields)
      scopes.push([scopeKey, writes, deletes])
    }
  }
  return [
    formatEpoch(commit.epoch),
    commit.previousId,
    commit.id,
    commit.head,
    String(chainLength),
    subjects.writes,
    subjects.deletes,
    scopes,
    dropped,
    open.writes,
    open.deletes,
    journal.writes,
    journal.deletes,
  ]
}

const splitChanges = (changes: ReadonlyMap<string, Bytes | null>) => {
  const writes: (string | Bytes)[] = []
  const deletes: string[] = []
  for (const [key, value] of changes) {
    if (value === null) deletes.push(key)
    else writes.push(key, value)
  }
  return { writes, deletes }
}

const readLastCommitId = async ({ options, writes }: Room, shard: number): Promise<string> =>
  (await writes.ask((client) => client.hget(shardKeys(options.keyPrefix, shard).head, 'id'))) ?? ''
