import type { SnapshotRecord } from '../ports.ts'
import { connectRedis, type RedisConnection, type RedisLink } from './client.ts'
import { latestKey } from './keys.ts'
import { type Packable, packArgument } from './pack.ts'
import { chunkItems } from './read-shard.ts'
import { putLatestScript, runScript } from './scripts.ts'

export type RedisViewsOptions = RedisConnection & { readonly keyPrefix: string }

/** The latest snapshot of every key: a view for readers, made anew from state and log at any time, so it may expire. */
export type RedisViews = {
  /** A lower revision never replaces a higher one. Each record lives `ttlMs` from now. */
  putLatest(records: readonly SnapshotRecord[], ttlMs: number): Promise<void>
  /** Tombstones and what has expired are left out; in no order. */
  readLatest(): Promise<readonly SnapshotRecord[]>
  /** Safe to call twice. */
  close(): Promise<void>
}

/** Snapshots one script call puts, and one step of a reading looks up. */
const RECORDS_PER_CALL = 100

export const createRedisViews = async (options: RedisViewsOptions): Promise<RedisViews> => {
  const link = await connectRedis(options)
  const key = latestKey(options.keyPrefix)
  return {
    putLatest: async (records, ttlMs) => {
      for (const chunk of chunkItems(records, RECORDS_PER_CALL)) {
        const args = [packArgument([String(ttlMs), chunk.map(packRecord)])]
        await link.ask((client) => runScript(client, { script: putLatestScript, key, args }))
      }
    },
    readLatest: () => readLatest(link, key),
    close: async () => link.close(),
  }
}

const packRecord = ({ key, value, revision }: SnapshotRecord): Packable =>
  value === null ? [key, String(revision)] : [key, String(revision), value]

const readLatest = async (link: RedisLink, indexKey: string): Promise<readonly SnapshotRecord[]> => {
  const keys = await link.ask((client) => client.zrange(indexKey, '0', '-1'))
  const records: SnapshotRecord[] = []
  for (const chunk of chunkItems(keys, RECORDS_PER_CALL)) {
    const found = await Promise.all(chunk.map((key) => readOne(link, indexKey, key)))
    records.push(...found.filter((record) => record !== null))
  }
  return records
}

const readOne = async (link: RedisLink, indexKey: string, key: string): Promise<SnapshotRecord | null> => {
  const [revision, value] = await link.ask((client) =>
    client.hmget(`${indexKey}:${key}`, 'revision', 'value'),
  )
  if (revision == null || value == null) return null
  return { key, value, revision: Number(revision) }
}
