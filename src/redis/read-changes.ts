import { FloorwatchError } from '../errors.ts'
import type { Bytes, ChangesRequest, ShardChanges } from '../ports.ts'
import type { RedisLink } from './client.ts'
import { type ShardKeys, shardKeys } from './keys.ts'
import { packArgument } from './pack.ts'
import { pairUp, scanFields, scanScopes } from './read-shard.ts'
import { readChangesScript, runScript } from './scripts.ts'

/** Scopes asked for, and fields answered, by one call: bounds how long it blocks Redis (measured: 4,000 fields, 6 ms). */
const SCOPES_PER_CALL = 64
const FIELDS_PER_CALL = 4_000
/** Calls beyond those the first list of scopes needs, before a shard that changes faster than it is read is given up. */
const CALLS_MAX = 1_000
/** Whole readings begun again because the writer outran the chain meanwhile. */
const RESTARTS_MAX = 3

/** What one call of read-changes.lua answers. */
type Step = {
  readonly incremental: boolean
  readonly lastId: string
  readonly head: Bytes | null
  readonly scopeKeys: readonly string[]
  readonly open: ReadonlyMap<string, Bytes | null>
  readonly journal: ReadonlyMap<string, Bytes | null>
  readonly cells: readonly ReadonlyMap<string, Bytes>[]
}

/** The reading so far: true as of commit `lastId`, but for the cells of the scopes still pending. */
type Reading = {
  readonly whole: boolean
  readonly wanted: ChangesRequest['wanted']
  lastId: string
  head: Bytes | null
  readonly cells: Map<string, ReadonlyMap<string, Bytes> | null>
  readonly open: Map<string, Bytes | null>
  readonly journal: Map<string, Bytes | null>
  readonly pending: Set<string>
}

type Reader = { readonly link: RedisLink; readonly keys: ShardKeys }

/**
 * Reads a shard that others write to. Every call lists what changed since the call before and reads some of the pending
 * scopes in the same instant; what changed becomes pending again. When nothing is pending, all of it is as of one commit.
 */
export const createChangesReader =
  (link: RedisLink, keyPrefix: string) =>
  async (shard: number, { sinceId, wanted }: ChangesRequest): Promise<ShardChanges> => {
    const reader: Reader = { link, keys: shardKeys(keyPrefix, shard) }
    const since: Reading = { ...emptyReading(wanted), lastId: sinceId }
    if (await finishReading(reader, since)) return { incremental: true, ...finished(since) }
    for (let attempt = 0; attempt < RESTARTS_MAX; attempt += 1) {
      const whole = await beginWhole(reader, wanted)
      if (await finishReading(reader, whole))
        return { incremental: false, ...finished(withoutDeleted(whole)) }
    }
    throw new FloorwatchError('redis-unavailable', `Shard ${shard} changes faster than it can be read`)
  }

const callStep = async (
  { link, keys }: Reader,
  seenId: string,
  scopeKeys: readonly string[],
): Promise<Step> => {
  const args = [seenId, packArgument(scopeKeys), String(FIELDS_PER_CALL)]
  const answer = await link.ask((client) =>
    runScript(client, { script: readChangesScript, key: keys.head, args }),
  )
  const [incremental, lastId, head, changedScopes, open, cells, journal] = answer as [
    number,
    Buffer,
    Buffer | null,
    readonly Buffer[],
    readonly (Buffer | null)[],
    readonly (readonly Buffer[])[],
    readonly (Buffer | null)[],
  ]
  return {
    incremental: incremental === 1,
    lastId: lastId.toString(),
    head,
    scopeKeys: changedScopes.map(String),
    open: pairUpDeleted(open),
    journal: pairUpDeleted(journal),
    cells: cells.map(pairUp),
  }
}

const pairUpDeleted = (flat: readonly (Buffer | null)[]): Map<string, Bytes | null> => {
  const pairs = new Map<string, Bytes | null>()
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(String(flat[i]), flat[i + 1] ?? null)
  return pairs
}

const applyStep = (reading: Reading, step: Step, asked: readonly string[]): void => {
  reading.lastId = step.lastId
  reading.head = step.head
  for (const [key, value] of step.open) reading.open.set(key, value)
  for (const [key, value] of step.journal) reading.journal.set(key, value)
  for (const scopeKey of step.scopeKeys) if (reading.wanted(scopeKey)) reading.pending.add(scopeKey)
  for (const [i, fields] of step.cells.entries()) {
    const scopeKey = asked[i] as string
    reading.cells.set(scopeKey, fields.size === 0 ? null : fields)
    reading.pending.delete(scopeKey)
  }
}

/**
 * Goes on until nothing is pending, one call at least. False when the commit it was true of is not in the chain (any more):
 * then what was read cannot be brought to one commit.
 */
const finishReading = async (reader: Reader, reading: Reading): Promise<boolean> => {
  const callsMax = reading.pending.size + CALLS_MAX
  for (let calls = 0; calls < callsMax; calls += 1) {
    const asked = firstOf(reading.pending, SCOPES_PER_CALL)
    const step = await callStep(reader, reading.lastId, asked)
    const neverWritten = reading.lastId === '' && step.lastId === ''
    if (!step.incremental && !(neverWritten && reading.whole)) return false
    applyStep(reading, step, asked)
    if (reading.pending.size === 0) return true
  }
  return false
}

const firstOf = (keys: ReadonlySet<string>, count: number): readonly string[] => {
  const first: string[] = []
  for (const key of keys) {
    if (first.length === count) break
    first.push(key)
  }
  return first
}

/** Everything, true as of the commit that stood first, but for what changed since: the next call tells. */
const beginWhole = async (reader: Reader, wanted: ChangesRequest['wanted']): Promise<Reading> => {
  const { lastId, head } = await callStep(reader, '', [])
  const scopeKeys = await scanScopes(reader.link, reader.keys)
  const open = await scanFields(reader.link, reader.keys.open)
  const journal = await scanFields(reader.link, reader.keys.journal)
  return {
    ...emptyReading(wanted),
    whole: true,
    lastId,
    head,
    open,
    journal,
    pending: new Set([...scopeKeys].filter(wanted)),
  }
}

const emptyReading = (wanted: ChangesRequest['wanted']): Reading => ({
  whole: false,
  wanted,
  lastId: '',
  head: null,
  cells: new Map(),
  open: new Map(),
  journal: new Map(),
  pending: new Set(),
})

const withoutDeleted = (reading: Reading): Reading => {
  for (const [scopeKey, fields] of reading.cells) if (fields === null) reading.cells.delete(scopeKey)
  for (const changes of [reading.open, reading.journal])
    for (const [key, value] of changes) if (value === null) changes.delete(key)
  return reading
}

const finished = ({ lastId, head, cells, open, journal }: Reading) => ({ lastId, head, cells, open, journal })
