import type { Dimensions, Span } from './core/contribution.ts'
import { parseSubjectKey } from './core/events.ts'
import type { JournalEntry } from './core/journal.ts'
import { createOpenTable, type OpenTable } from './core/open-table.ts'
import type { ShardView } from './core/rollup.ts'
import { decodeHead, decodeOpen, decodeScopeFields, type ShardHead } from './core/shard-codec.ts'
import type { ScopeCells } from './core/slices.ts'
import type { StateStore } from './ports.ts'
import { decodeEntries } from './shard-journal.ts'

/** Another owner's shard as its last commit left it. */
export type RemoteShard = {
  readonly head: () => ShardHead | undefined
  readonly view: () => ShardView
  /** What has changed where windows may be closed, by sequence. */
  readonly journal: () => ReadonlyMap<number, JournalEntry>
  /** Reads what was committed since the last call; returns the scopes that changed. */
  refresh(nowMs: number): Promise<ReadonlySet<string>>
  /** When its commit id was last seen to change, by this host's clock. */
  readonly changedAtMs: () => number
}

export type RemoteShardOptions = {
  readonly store: StateStore
  readonly shard: number
  /** Scopes whose cells are read; the others belong to other publishers. */
  readonly wanted: (scopeKey: string) => boolean
  /** When it was last seen to change, as far as is known. */
  readonly changedAtMs: number
}

type RemoteState = RemoteShardOptions & {
  lastId: string
  head: ShardHead | undefined
  changedAtMs: number
  readonly cells: Map<string, ScopeCells>
  readonly unread: Set<string>
  /** One object for equal dimensions of a tenant: thousands of open items have the same. */
  readonly dimensions: Map<string, Dimensions>
  readonly open: OpenTable
  readonly journal: Map<number, JournalEntry>
}

export const createRemoteShard = (options: RemoteShardOptions): RemoteShard => {
  const state: RemoteState = {
    ...options,
    lastId: '',
    head: undefined,
    cells: new Map(),
    unread: new Set(),
    dimensions: new Map(),
    open: createOpenTable(),
    journal: new Map(),
  }
  return {
    head: () => state.head,
    changedAtMs: () => state.changedAtMs,
    view: () => ({
      asOfMs: state.head?.asOfMs ?? Number.NEGATIVE_INFINITY,
      cellsOf: (key) => state.cells.get(key),
      unread: state.unread,
      open: state.open,
    }),
    journal: () => state.journal,
    refresh: (nowMs) => refresh(state, nowMs),
  }
}

const refresh = async (state: RemoteState, nowMs: number): Promise<ReadonlySet<string>> => {
  const unread = new Set<string>()
  const wanted = (key: string): boolean => {
    const isWanted = state.wanted(key)
    if (!isWanted) unread.add(key)
    return isWanted
  }
  const changes = await state.store.readChanges(state.shard, { sinceId: state.lastId, wanted })
  if (changes.lastId === state.lastId) return new Set()
  const touched = new Set<string>(changes.cells.keys())
  if (!changes.incremental) {
    for (const key of state.cells.keys()) touched.add(key)
    state.cells.clear()
    state.unread.clear()
    state.open.clear()
    state.journal.clear()
  }
  for (const [key, fields] of changes.cells) {
    if (fields) state.cells.set(key, decodeScopeFields(fields))
    else state.cells.delete(key)
  }
  for (const key of unread) state.unread.add(key)
  for (const [key, bytes] of changes.open) state.open.set(key, bytes ? readSpans(state, key, bytes) : [])
  for (const [seq, bytes] of changes.journal) if (bytes === null) state.journal.delete(Number(seq))
  for (const [seq, entry] of decodeEntries(dropDeleted(changes.journal))) state.journal.set(seq, entry)
  state.lastId = changes.lastId
  state.head = changes.head ? decodeHead(changes.head) : undefined
  state.changedAtMs = nowMs
  return touched
}

const readSpans = ({ dimensions: known }: RemoteState, key: string, bytes: Uint8Array): readonly Span[] => {
  const { tenantId } = parseSubjectKey(key)
  const { spans } = decodeOpen(bytes, (dimensions) => {
    const name = JSON.stringify([tenantId, dimensions])
    const found = known.get(name) ?? dimensions
    if (known.size >= internedMax) known.clear()
    known.set(name, found)
    return found
  })
  return spans
}

/** Interning is only speed: past this many the table begins anew. */
const internedMax = 200_000

const dropDeleted = <T>(changes: ReadonlyMap<string, T | null>): ReadonlyMap<string, T> =>
  new Map([...changes].filter((change): change is [string, T] => change[1] !== null))
