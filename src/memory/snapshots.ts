import type { SnapshotRecord, SnapshotSink, SnapshotSource } from '../ports.ts'

export type MemorySnapshots = {
  readonly sink: SnapshotSink
  /** What the sink publishes, at once: the latest of every key, and each change. */
  readonly source: SnapshotSource
  /** The latest record of every closed interval. */
  readonly closed: () => readonly SnapshotRecord[]
}

export type MemorySnapshotsOptions = {
  /** Closed intervals kept; the ones published longest ago go first. */
  readonly closedMax: number
}

export function createMemorySnapshots({ closedMax }: MemorySnapshotsOptions): MemorySnapshots {
  const current = new Map<string, SnapshotRecord>()
  const closed = new Map<string, SnapshotRecord>()
  const listeners = new Set<(record: SnapshotRecord) => void>()
  const publish = async (records: readonly SnapshotRecord[]) => {
    for (const record of records) {
      if (!isNewer(record, current.get(record.key))) continue
      if (record.value === null) current.delete(record.key)
      else current.set(record.key, record)
      for (const listen of listeners) listen(record)
    }
  }
  const publishClosed = async (records: readonly SnapshotRecord[]) => {
    for (const record of records) {
      if (!isNewer(record, closed.get(record.key))) continue
      closed.delete(record.key)
      closed.set(record.key, record)
    }
    for (const key of [...closed.keys()].slice(0, Math.max(closed.size - closedMax, 0))) closed.delete(key)
  }
  return {
    sink: { publish, publishClosed, close: async () => {} },
    source: {
      subscribe: (listener) => {
        for (const record of current.values()) listener(record)
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      latest: () => [...current.values()],
      close: async () => listeners.clear(),
    },
    closed: () => [...closed.values()],
  }
}

function isNewer(record: SnapshotRecord, known: SnapshotRecord | undefined): boolean {
  return known === undefined || record.revision > known.revision
}
