import type {
  Bytes,
  ChangesRequest,
  Commit,
  CommitOutcome,
  Epoch,
  ShardChanges,
  ShardState,
} from '../ports.ts'

/** All that a store holds of one shard. Mutable. */
export type ShardContent = {
  epoch: Epoch | null
  lastId: string
  head: Bytes | null
  readonly subjects: Map<string, Bytes>
  readonly cells: Map<string, Map<string, Bytes>>
  readonly open: Map<string, Bytes>
  readonly journal: Map<string, Bytes>
  /** The last commits' ids and what they changed, oldest first. */
  readonly chain: Link[]
}

type Link = {
  readonly id: string
  readonly scopeKeys: readonly string[]
  readonly openKeys: readonly string[]
  readonly journalKeys: readonly string[]
}

export const createShardContent = (): ShardContent => ({
  epoch: null,
  lastId: '',
  head: null,
  subjects: new Map(),
  cells: new Map(),
  open: new Map(),
  journal: new Map(),
  chain: [],
})

/** What the owner of this epoch loads. */
export const copyShard = (shard: ShardContent, epoch: Epoch): ShardState => ({
  epoch,
  lastId: shard.lastId,
  head: shard.head,
  cells: copyCells(shard, () => true),
  open: new Map(shard.open),
  journal: new Map(shard.journal),
})

const copyCells = (
  shard: ShardContent,
  wanted: ChangesRequest['wanted'],
): Map<string, ReadonlyMap<string, Bytes>> => {
  const copy = new Map<string, ReadonlyMap<string, Bytes>>()
  for (const [scopeKey, fields] of shard.cells) if (wanted(scopeKey)) copy.set(scopeKey, new Map(fields))
  return copy
}

export const pickKeys = (
  values: ReadonlyMap<string, Bytes>,
  keys: readonly string[],
): ReadonlyMap<string, Bytes> => {
  const picked = new Map<string, Bytes>()
  for (const key of keys) {
    const value = values.get(key)
    if (value !== undefined) picked.set(key, value)
  }
  return picked
}

/** How a commit is answered where it is written whole; one that stands already is `committed`. */
export const judgeCommit = ({ epoch, lastId }: ShardContent, commit: Commit): CommitOutcome => {
  if (!isSameEpoch(epoch, commit.epoch)) return 'fenced'
  return lastId === commit.id || lastId === commit.previousId ? 'committed' : 'diverged'
}

/** Readers may lag `chainLength` commits behind before they must read all. */
export const writeCommit = (shard: ShardContent, commit: Commit, chainLength: number): void => {
  writeFields(shard.subjects, commit.subjects)
  writeFields(shard.open, commit.open)
  writeFields(shard.journal, commit.journal)
  for (const [scopeKey, fields] of commit.cells) writeScope(shard, scopeKey, fields)
  shard.head = commit.head
  shard.lastId = commit.id
  shard.chain.push({
    id: commit.id,
    scopeKeys: [...commit.cells.keys()],
    openKeys: [...commit.open.keys()],
    journalKeys: [...commit.journal.keys()],
  })
  if (shard.chain.length > chainLength) shard.chain.shift()
}

const isSameEpoch = (standing: Epoch | null, given: Epoch): boolean =>
  standing !== null && standing.counter === given.counter && standing.nonce === given.nonce

const writeFields = (target: Map<string, Bytes>, changes: ReadonlyMap<string, Bytes | null>): void => {
  for (const [key, value] of changes) {
    if (value === null) target.delete(key)
    // A copy: what a commit brings is cut from larger pieces of memory, which would all stay.
    else target.set(key, value.slice())
  }
}

const writeScope = (
  shard: ShardContent,
  scopeKey: string,
  changes: ReadonlyMap<string, Bytes | null> | null,
): void => {
  if (changes === null) {
    shard.cells.delete(scopeKey)
    return
  }
  const fields = shard.cells.get(scopeKey) ?? new Map<string, Bytes>()
  writeFields(fields, changes)
  if (fields.size === 0) shard.cells.delete(scopeKey)
  else shard.cells.set(scopeKey, fields)
}

/** What a reader gets that has seen the shard as of a commit. */
export const listChanges = (shard: ShardContent, { sinceId, wanted }: ChangesRequest): ShardChanges => {
  const { lastId, head } = shard
  const seen = sinceId === '' ? -1 : shard.chain.findIndex((link) => link.id === sinceId)
  if (seen === -1) {
    const [open, journal] = [new Map(shard.open), new Map(shard.journal)]
    return { incremental: false, lastId, head, cells: copyCells(shard, wanted), open, journal }
  }
  const cells = new Map<string, ReadonlyMap<string, Bytes> | null>()
  const open = new Map<string, Bytes | null>()
  const journal = new Map<string, Bytes | null>()
  for (const link of shard.chain.slice(seen + 1)) {
    for (const key of link.openKeys) open.set(key, shard.open.get(key) ?? null)
    for (const key of link.journalKeys) journal.set(key, shard.journal.get(key) ?? null)
    for (const scopeKey of link.scopeKeys)
      if (wanted(scopeKey)) cells.set(scopeKey, copyFields(shard, scopeKey))
  }
  return { incremental: true, lastId, head, cells, open, journal }
}

const copyFields = (shard: ShardContent, scopeKey: string): ReadonlyMap<string, Bytes> | null => {
  const fields = shard.cells.get(scopeKey)
  return fields === undefined ? null : new Map(fields)
}
