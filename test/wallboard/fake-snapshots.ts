import type { Clock, SnapshotRecord, SnapshotSource } from '../../src/ports.ts'

export type FakeSnapshots = SnapshotSource & {
  put(key: string, value: unknown): void
  /** The record's value as it lies in the log, and the revision if it is not the next. */
  putRaw(key: string, value: string | null, revision?: number): void
}

/** A snapshot source in the hands of a test. */
export function createFakeSnapshots(): FakeSnapshots {
  const latest = new Map<string, SnapshotRecord>()
  const listeners = new Set<(record: SnapshotRecord) => void>()
  let lastRevision = 0
  const putRaw: FakeSnapshots['putRaw'] = (key, value, revision = lastRevision + 1) => {
    lastRevision = Math.max(lastRevision, revision)
    const record = { key, value, revision }
    if (value === null) latest.delete(key)
    else latest.set(key, record)
    for (const listener of listeners) listener(record)
  }
  return {
    put: (key, value) => putRaw(key, JSON.stringify(value)),
    putRaw,
    subscribe(listener) {
      listeners.add(listener)
      for (const record of latest.values()) listener(record)
      return () => listeners.delete(listener)
    },
    latest: () => [...latest.values()],
    close: async () => listeners.clear(),
  }
}

export type ManualClock = Clock & { set(atMs: number): void }

export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs
  return {
    now: () => nowMs,
    set(atMs) {
      nowMs = atMs
    },
  }
}

export type SnapshotShape = {
  readonly scope?: Readonly<Record<string, string>>
  readonly window: string
  readonly asOfMs: number
  readonly watermarkMs?: number
  readonly metrics: Readonly<Record<string, unknown>>
}

export function makeSnapshot({
  scope = {},
  window,
  asOfMs,
  watermarkMs = asOfMs,
  metrics,
}: SnapshotShape): unknown {
  return {
    tenantId: 'default',
    scope,
    labels: {},
    window: {
      id: window,
      kind: 'rolling',
      startAt: toIso(asOfMs - 900_000),
      endAt: toIso(asOfMs),
      timeZone: 'UTC',
    },
    asOf: toIso(asOfMs),
    watermark: toIso(watermarkMs),
    lastEventAt: toIso(watermarkMs),
    emittedAt: toIso(asOfMs),
    revision: 1,
    final: false,
    partial: false,
    metrics,
  }
}

export function snapshotKey({ scope = {}, window }: Pick<SnapshotShape, 'scope' | 'window'>): string {
  const dimensions = Object.entries(scope).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `default|${dimensions.sort().join(',')}|${window}`
}

export function toIso(atMs: number): string {
  return new Date(atMs).toISOString()
}
