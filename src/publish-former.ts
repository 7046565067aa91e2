import { parseScopeKey, scopeKeyOf } from './core/scopes.ts'
import { snapshotKeyOf } from './core/snapshot.ts'
import { isRetriable } from './errors.ts'
import type { Clock, SnapshotSink } from './ports.ts'
import { createDesk, type Desk, doubtScope } from './publish-desk.ts'
import type { ScopeInfos } from './publish-scopes.ts'
import type { PublishedState } from './published-state.ts'

/**
 * Keys that stand and that nobody says any more: of grouping sets or windows that are not published now, and of scopes that only
 * a former state had. A wall would show them for ever as if they were of today.
 */
export type FormerKeys = {
  /** Desks that take back what is not published now. */
  desks(): readonly Desk[]
  /** Looks once after each reset; call it when all was read anew. Throws what made that impossible for good. */
  search(now: PublishedState): void
  reset(): void
}

export type FormerKeysOptions = {
  readonly desks: readonly Desk[]
  readonly infos: ScopeInfos
  readonly clock: Clock
  /** Keys that stand; absent: none was published before this process. */
  readonly standing: SnapshotSink['standing']
}

/** Mutable: one for each reset. */
type Search = {
  readonly taken: Map<string, Desk>
  /** Not yet judged. */
  keys: string[]
  error: unknown
  isAsked: boolean
  askAtMs: number
}

const askAgainMs = 10_000
/** However many stand, a round does not wait long. */
const keysPerCall = 2_000

export const createFormerKeys = (options: FormerKeysOptions): FormerKeys => {
  let search = createSearch()
  return {
    desks: () => [...search.taken.values()],
    search: (now) => runSearch(options, search, now),
    reset: () => {
      search = createSearch()
    },
  }
}

const createSearch = (): Search => ({
  taken: new Map(),
  keys: [],
  error: undefined,
  isAsked: false,
  askAtMs: Number.NEGATIVE_INFINITY,
})

const runSearch = (options: FormerKeysOptions, search: Search, now: PublishedState): void => {
  const { clock, standing } = options
  if (search.error !== undefined) throw search.error
  for (const key of search.keys.splice(0, keysPerCall)) judgeKey(options, search, { key, now })
  if (search.isAsked || !standing || clock.now() < search.askAtMs) return
  search.isAsked = true
  void ask(search, standing, clock)
}

const ask = async (search: Search, standing: NonNullable<SnapshotSink['standing']>, clock: Clock) => {
  try {
    search.keys = [...(await standing())]
  } catch (error) {
    if (!isRetriable(error)) search.error = error
    search.askAtMs = clock.now() + askAgainMs
    search.isAsked = false
  }
}

type Standing = { readonly key: string; readonly now: PublishedState }

const judgeKey = ({ desks, infos }: FormerKeysOptions, search: Search, { key, now }: Standing): void => {
  const named = readKey(key)
  if (!named) return
  const { scopeKey, windowId } = named
  const { setName, publisher } = infos.of(scopeKey)
  if (!now.marks.has(publisher)) return
  const desk = desks.find((one) => one.setName === setName && one.window.id === windowId)
  if (desk && now.views.some((view) => view.cellsOf(scopeKey) !== undefined)) return
  const owner = desk ?? formerDesk(search, setName, windowId)
  doubtScope(owner, scopeKey)
  owner.dirty.add(scopeKey)
}

/** Says nothing of its scopes but that they are gone. */
const formerDesk = ({ taken }: Search, setName: string, windowId: string): Desk => {
  const name = `${setName}|${windowId}`
  const desk =
    taken.get(name) ??
    createDesk({
      set: setName === '' ? [] : setName.split(','),
      window: { kind: 'now', id: windowId },
      rows: [],
      everyMs: 0,
    })
  taken.set(name, desk)
  return desk
}

const isHeartbeat = /^~heartbeat\|\d+\|now$/

/** Undefined for a heartbeat, and for what no publisher writes. */
const readKey = (key: string): { readonly scopeKey: string; readonly windowId: string } | undefined => {
  const [tenant = '', scope = '', window, ...more] = key.split('|')
  if (window === undefined || more.length > 0 || isHeartbeat.test(key)) return undefined
  const scopeKey = `${tenant}|${scope}`
  try {
    const { tenantId, dimensions } = parseScopeKey(scopeKey)
    const windowId = decodeURIComponent(window)
    const isOurs = snapshotKeyOf(scopeKeyOf(tenantId, dimensions), windowId) === key
    return isOurs ? { scopeKey, windowId } : undefined
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
