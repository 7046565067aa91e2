import type { Clock, SnapshotRecord, SnapshotSource } from '../ports.ts'
import { createProgressMarks, type RecordTimes } from './progress-marks.ts'
import type { FeedMarks } from './wire.ts'

/** The latest snapshot of a key; `json` is one line. */
export type StoredSnapshot = {
  readonly key: string
  readonly json: string
  readonly revision: number
  /** Null: it does not say. */
  readonly emittedAtMs: number | null
}

export type SnapshotChanges = { readonly set: readonly StoredSnapshot[]; readonly gone: readonly string[] }

export type SnapshotFeed = {
  latest(): readonly StoredSnapshot[]
  /** What changed since it was last asked. */
  takeChanges(): SnapshotChanges
  marks(): FeedMarks
  /** Rises with every record taken in, heartbeats included. */
  version(): number
  /** Records that were no JSON object, and records of keys beyond the limit. */
  dropped(): { readonly unreadable: number; readonly overLimit: number }
  close(): void
}

export type SnapshotFeedOptions = {
  readonly snapshots: SnapshotSource
  readonly clock: Clock
  readonly demo: boolean
  readonly keysMax: number
  /** What was said so long before the latest that was said is shown no more. */
  readonly unsaidMaxMs: number
  readonly believeLowerAfterMs: number
  readonly onChange: () => void
}

/** How often what is silent is looked for, by what was said. */
const lookEveryMs = 60_000

/** Holds the latest of every key, drops what is older than what it has, and follows the processor's progress. */
export function createSnapshotFeed(options: SnapshotFeedOptions): SnapshotFeed {
  const latest = new Map<string, StoredSnapshot>()
  const changed = new Set<string>()
  const marks = createProgressMarks(options)
  const dropped = { unreadable: 0, overLimit: 0 }
  let version = 0
  let saidMs = Number.NEGATIVE_INFINITY
  let lookedMs = Number.NEGATIVE_INFINITY

  const takeIn = (record: SnapshotRecord): void => {
    const stored = latest.get(record.key)
    if (stored !== undefined && record.revision <= stored.revision) return
    if (record.value === null) {
      if (latest.delete(record.key)) changed.add(record.key)
    } else {
      const read = readValue(record.value)
      if (read === null) {
        dropped.unreadable += 1
        return
      }
      marks.note(read.times, options.clock.now())
      const { emittedAtMs } = read.times
      const { key, revision } = record
      if (read.isSnapshot) store(key, { key, json: oneLine(record.value), revision, emittedAtMs })
      saidMs = Math.max(saidMs, emittedAtMs ?? saidMs)
      dropSilent()
    }
    version += 1
    if (changed.size > 0) options.onChange()
  }

  const store = (key: string, snapshot: StoredSnapshot): void => {
    if (!latest.has(key) && latest.size >= options.keysMax) {
      dropped.overLimit += 1
      return
    }
    latest.set(key, snapshot)
    changed.add(key)
  }

  /** A tile of what nobody publishes any more would look live beside the rest. */
  const dropSilent = (): void => {
    if (saidMs - lookedMs < lookEveryMs) return
    lookedMs = saidMs
    for (const { key, emittedAtMs } of latest.values()) {
      if (emittedAtMs === null || saidMs - emittedAtMs <= options.unsaidMaxMs) continue
      latest.delete(key)
      changed.add(key)
    }
  }

  const unsubscribe = options.snapshots.subscribe(takeIn)
  return {
    latest: () => [...latest.values()],
    takeChanges: () => splitChanges(changed, latest),
    marks: () => marks.read(options.clock.now()),
    version: () => version,
    dropped: () => ({ ...dropped }),
    close: unsubscribe,
  }
}

function splitChanges(changed: Set<string>, latest: ReadonlyMap<string, StoredSnapshot>): SnapshotChanges {
  const set: StoredSnapshot[] = []
  const gone: string[] = []
  for (const key of changed) {
    const stored = latest.get(key)
    if (stored === undefined) gone.push(key)
    else set.push(stored)
  }
  changed.clear()
  return { set, gone }
}

type ReadValue = { readonly times: RecordTimes; readonly isSnapshot: boolean }

/** Null when the text is no JSON object. Without `metrics` it is a heartbeat. */
function readValue(text: string): ReadValue | null {
  const value = parseObject(text)
  if (value === null) return null
  const times = {
    asOfMs: readInstant(value.asOf),
    watermarkMs: readInstant(value.watermark),
    emittedAtMs: readInstant(value.emittedAt),
  }
  return { times, isSnapshot: typeof value.metrics === 'object' && value.metrics !== null }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function readInstant(value: unknown): number | null {
  const atMs = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(atMs) ? atMs : null
}

/** A line break inside JSON is only layout, and would end the field of an event stream. */
function oneLine(json: string): string {
  return json.replaceAll(/[\r\n]+/g, ' ')
}
