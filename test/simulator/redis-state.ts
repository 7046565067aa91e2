import type {
  Bytes,
  ChangesRequest,
  Commit,
  CommitOutcome,
  Epoch,
  ShardChanges,
  ShardState,
} from '../../src/ports.ts'

/** One atomic change of what Redis holds. */
export type RedisChange =
  | { readonly kind: 'identity'; readonly identity: string }
  | { readonly kind: 'take'; readonly shard: number; readonly epoch: Epoch }
  | { readonly kind: 'commit'; readonly shard: number; readonly commit: Commit }

/** What stands in Redis: a pure function of the changes since it was empty. */
export type RedisState = { identity: string | undefined; readonly shards: Map<number, StoredShard> }

type StoredShard = {
  epoch: Epoch | null
  lastId: string
  head: Bytes | null
  readonly subjects: Map<string, Bytes>
  readonly cells: Map<string, Map<string, Bytes>>
  readonly open: Map<string, Bytes>
  readonly journal: Map<string, Bytes>
  readonly chain: Commit[]
}

export const createRedisState = (changes: readonly RedisChange[] = []): RedisState => {
  const state: RedisState = { identity: undefined, shards: new Map() }
  for (const change of changes) applyChange(state, change)
  return state
}

export const findShard = ({ shards }: RedisState, shard: number): StoredShard => {
  const found = shards.get(shard) ?? {
    epoch: null,
    lastId: '',
    head: null,
    subjects: new Map(),
    cells: new Map(),
    open: new Map(),
    journal: new Map(),
    chain: [],
  }
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
      writeCommit(findShard(state, change.shard), change.commit)
  }
}

/** How a commit would be answered. */
export const judgeCommit = ({ epoch, lastId }: StoredShard, commit: Commit): CommitOutcome => {
  if (epoch?.counter !== commit.epoch.counter || epoch.nonce !== commit.epoch.nonce) return 'fenced'
  if (lastId === commit.id) return 'committed'
  return lastId === commit.previousId ? 'committed' : 'diverged'
}

const writeCommit = (shard: StoredShard, commit: Commit): void => {
  writeFields(shard.subjects, commit.subjects)
  writeFields(shard.open, commit.open)
  writeFields(shard.journal, commit.journal)
  for (const [scopeKey, changes] of commit.cells) writeScope(shard, scopeKey, changes)
  shard.head = commit.head
  shard.lastId = commit.id
  shard.chain.push(commit)
}

const writeScope = (
  { cells }: StoredShard,
  scopeKey: string,
  changes: ReadonlyMap<string, Bytes | null> | null,
): void => {
  const fields = cells.get(scopeKey) ?? new Map<string, Bytes>()
  if (changes) writeFields(fields, changes)
  if (changes === null || fields.size === 0) cells.delete(scopeKey)
  else cells.set(scopeKey, fields)
}

const writeFields = (target: Map<string, Bytes>, changes: ReadonlyMap<string, Bytes | null>): void => {
  for (const [key, value] of changes) {
    if (value === null) target.delete(key)
    else target.set(key, value)
  }
}

export const loadShard = (shard: StoredShard, epoch: Epoch): ShardState => ({
  epoch,
  lastId: shard.lastId,
  head: shard.head,
  cells: copyCells(shard, () => true),
  open: new Map(shard.open),
  journal: new Map(shard.journal),
})

const copyCells = ({ cells }: StoredShard, wanted: ChangesRequest['wanted']) =>
  new Map([...cells].filter(([key]) => wanted(key)).map(([key, fields]) => [key, new Map(fields)] as const))

export const pickSubjects = ({ subjects }: StoredShard, keys: readonly string[]) =>
  new Map(
    keys.flatMap((key): [string, Bytes][] => {
      const value = subjects.get(key)
      return value ? [[key, value]] : []
    }),
  )

export type ChangesAsked = ChangesRequest & { readonly chainLength: number }

export const listChanges = (shard: StoredShard, asked: ChangesAsked): ShardChanges => {
  const { lastId, head, chain } = shard
  const { sinceId, wanted, chainLength } = asked
  const kept = chain.slice(-chainLength)
  const seen = sinceId === '' ? -1 : kept.findIndex(({ id }) => id === sinceId)
  if (seen === -1) {
    const [open, journal] = [new Map(shard.open), new Map(shard.journal)]
    return { incremental: false, lastId, head, cells: copyCells(shard, wanted), open, journal }
  }
  const cells = new Map<string, ReadonlyMap<string, Bytes> | null>()
  const open = new Map<string, Bytes | null>()
  const journal = new Map<string, Bytes | null>()
  for (const commit of kept.slice(seen + 1)) {
    for (const key of commit.open.keys()) open.set(key, shard.open.get(key) ?? null)
    for (const key of commit.journal.keys()) journal.set(key, shard.journal.get(key) ?? null)
    for (const key of commit.cells.keys()) {
      const fields = shard.cells.get(key)
      if (wanted(key)) cells.set(key, fields ? new Map(fields) : null)
    }
  }
  return { incremental: true, lastId, head, cells, open, journal }
}
