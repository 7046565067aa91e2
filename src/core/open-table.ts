import type { Span } from './contribution.ts'

/** What a shard's subjects keep open. It remembers what changed for one that follows it. */
export type OpenTable = {
  readonly size: () => number
  readonly entries: () => Iterable<readonly [subjectKey: string, spans: readonly Span[]]>
  get(subjectKey: string): readonly Span[] | undefined
  /** No spans: nothing of it is open. */
  set(subjectKey: string, spans: readonly Span[]): void
  clear(): void
  /** Subjects that changed since the last call; undefined: all may have. */
  takeChanges(): ReadonlySet<string> | undefined
}

/** Nobody has to remember more changes than these beyond what is open: all is read again then. */
const changesMax = 100_000

export const createOpenTable = (): OpenTable => {
  const open = new Map<string, readonly Span[]>()
  let changes: Set<string> | undefined
  return {
    size: () => open.size,
    entries: () => open,
    get: (key) => open.get(key),
    set: (key, spans) => {
      if (spans.length > 0) open.set(key, spans)
      else if (!open.delete(key)) return
      if (changes?.add(key) && changes.size > changesMax + open.size) changes = undefined
    },
    clear: () => {
      open.clear()
      changes = undefined
    },
    takeChanges: () => {
      const taken = changes
      changes = new Set()
      return taken
    },
  }
}
