import { instantText } from './core/instant-text.ts'
import type { MetricValue } from './core/metric-values.ts'
import type { Metrics } from './core/row-readings.ts'
import type { Snapshot } from './core/snapshot.ts'
import type { SnapshotRecord } from './ports.ts'

/** Names for ids, by dimension. */
export type Labels = Readonly<Record<string, Readonly<Record<string, string>>>>

/** What a publisher says beside the numbers. Times are epoch ms; −Infinity is said as null. */
export type Saying = {
  readonly revision: number
  readonly emittedAtMs: number
  readonly watermarkMs: number
  readonly lastEventAtMs: number | null
}

/** The greater part of a snapshot as JSON, made once to be compared and to be sent. */
export type SnapshotTexts = { readonly metrics: string; readonly worst: string }

export const textsOf = ({ metrics, worst }: Snapshot): SnapshotTexts => ({
  metrics: writeMetrics(metrics),
  worst: JSON.stringify(worst),
})

/** Most values say nothing and are shared by all snapshots that say so (row-readings.ts): each of those is written once. */
const writeMetrics = (metrics: Metrics): string => {
  let text = ''
  for (const id in metrics) text += entryTextOf(id, metrics[id] as MetricValue)
  return `{${text.slice(1)}}`
}

type WrittenEntry = { readonly value: MetricValue; readonly text: string }

/** By id, the shared value that was written last: snapshots of a set and window mostly follow each other. */
const lastEntries = new Map<string, WrittenEntry>()
const keyTexts = new Map<string, string>()
const sharedTexts = new WeakMap<MetricValue, string>()

const entryTextOf = (id: string, value: MetricValue): string => {
  const last = lastEntries.get(id)
  if (last?.value === value) return last.text
  const text = `${keyTextOf(id)}${valueTextOf(value)}`
  if (Object.isFrozen(value)) lastEntries.set(id, { value, text })
  return text
}

const keyTextOf = (id: string): string => {
  const known = keyTexts.get(id)
  if (known !== undefined) return known
  const text = `,${JSON.stringify(id)}:`
  keyTexts.set(id, text)
  return text
}

const valueTextOf = (value: MetricValue): string => {
  const known = sharedTexts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  if (Object.isFrozen(value)) sharedTexts.set(value, text)
  return text
}

export type SaidSnapshot = {
  readonly key: string
  readonly snapshot: Snapshot
  readonly texts: SnapshotTexts
  readonly labels: Labels
  readonly partial: boolean
  /** When the configuration changed within the window; null: it did not. */
  readonly changedMs: number | null
}

/** JSON as in CONTRACT: Snapshots. */
export const snapshotRecord = (
  { key, snapshot, texts, labels, partial, changedMs }: SaidSnapshot,
  saying: Saying,
): SnapshotRecord => {
  const { tenantId, scope, window, asOf, final } = snapshot
  const { revision } = saying
  const head = JSON.stringify({
    tenantId,
    scope,
    labels: labelsOf(labels, scope),
    window,
    asOf,
    ...timesOf(saying),
    revision,
    final,
    partial,
    ...(changedMs === null ? {} : { changedAt: isoOf(changedMs) }),
  })
  const value = `${head.slice(0, -1)},"metrics":${texts.metrics},"worst":${texts.worst}}`
  return { key, value, revision }
}

/** As-of and watermark, so that readers can tell silence from death. */
export const heartbeatRecord = (
  publisher: { readonly shard: number; readonly asOfMs: number },
  saying: Saying,
): SnapshotRecord => {
  const { revision } = saying
  const { shard, asOfMs } = publisher
  const value = JSON.stringify({ publisher: shard, asOf: isoOf(asOfMs), ...timesOf(saying), revision })
  return { key: `~heartbeat|${shard}|now`, value, revision }
}

const timesOf = ({ watermarkMs, lastEventAtMs, emittedAtMs }: Saying) => ({
  watermark: isoOf(watermarkMs),
  lastEventAt: lastEventAtMs === null ? null : isoOf(lastEventAtMs),
  emittedAt: isoOf(emittedAtMs),
})

const isoOf = (atMs: number): string | null => (Number.isFinite(atMs) ? instantText(atMs) : null)

const labelsOf = (labels: Labels, scope: Snapshot['scope']): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const [name, value] of Object.entries(scope)) {
    const named = labels[name]
    // An id may be the name of what every object has.
    if (named && Object.hasOwn(named, value)) found[name] = named[value] as string
  }
  return found
}
