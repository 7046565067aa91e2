import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Event } from '../../src/core/events.ts'
import type { MetricValue } from '../../src/core/metric-values.ts'
import { readNdjson } from '../../src/files/ndjson.ts'

/** Real events stand beside the checkout and never in it. */
const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

const pathOf = (name: string): string => {
  const path = `${folder}${name}`
  if (!existsSync(path)) throw new Error(`real events are expected in ${folder}, which has no ${name}`)
  return path
}

export const readRealEvents = async (name: string): Promise<readonly Event[]> => {
  const events: Event[] = []
  for await (const batch of readNdjson([pathOf(name)]))
    for (const { decoded } of batch) {
      if (!decoded.ok) throw new Error(`${name} holds a record that is no event: ${decoded.detail}`)
      events.push(decoded.event)
    }
  return events
}

/** Every wait from the queue to one of these exits, in ms, ascending; each call of the bank has one visit. */
export const waitsUntil = (events: readonly Event[], exits: readonly Event['type'][]): readonly number[] => {
  const queuedAtMs = new Map<string, number>()
  const waits: number[] = []
  for (const event of events) {
    if (event.type === 'call.queued') queuedAtMs.set(event.callId, event.occurredAt)
    else if ('callId' in event && exits.includes(event.type))
      waits.push(event.occurredAt - (queuedAtMs.get(event.callId ?? '') ?? Number.NaN))
  }
  return waits.sort((a, b) => a - b)
}

export type TruthRow = Readonly<Record<string, string>>

export const readTruth = (name: string): readonly TruthRow[] => {
  const bytes = readFileSync(pathOf(name))
  const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [head = '', ...lines] = text.trim().split('\n')
  const names = head.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [names[at] ?? '', cell])))
}

export type Measured = { readonly metrics: Readonly<Record<string, MetricValue>> }

/** Throws where the snapshot lacks it. */
export const metricOf = (snapshot: Measured | undefined, id: string): MetricValue => {
  const metric = snapshot?.metrics[id]
  if (!metric) throw new Error(`the snapshot has no ${id}`)
  return metric
}

/** The truth's columns of a queue, out of its `total`. */
export const queueRowOf = (snapshot: Measured | undefined): Readonly<Record<string, number | null>> => {
  const metric = (id: string) => metricOf(snapshot, id)
  const numerator = (id: string) => metric(id).numerator ?? 0
  const percent = (id: string) => 100 * (metric(id).value ?? Number.NaN)
  const seconds = (id: string) => (metric(id).value ?? 0) / 1000
  return {
    offered: metric('callsOffered').value,
    served: metric('callsAnswered').value,
    hang_in_queue: metric('callsAbandoned').value,
    abandon_rate_pct: percent('abandonRate'),
    asa_s: seconds('averageSpeedOfAnswer'),
    wait_sum_served_s: numerator('averageSpeedOfAnswer') / 1000,
    mean_wait_abandoned_s: seconds('abandonTime'),
    aht_s: seconds('averageHandleTime'),
    ser_sum_s: numerator('averageHandleTime') / 1000,
    answered_le_20: numerator('serviceLevel'),
    abandoned_le_20: numerator('serviceLevel.removed-from-queue') - numerator('serviceLevel'),
    sl_20_of_offered_pct: percent('serviceLevel'),
    sl_20_of_answered_pct: percent('serviceLevel.answered-only'),
    sl_20_excl_short_abandons_pct: percent('serviceLevel.without-short-abandons'),
    sl_20_removed_from_queue_pct: percent('serviceLevel.removed-from-queue'),
    answered_le_30: numerator('serviceLevel.30s'),
    answered_le_60: numerator('serviceLevel.60s'),
  }
}

/** The truth's columns of a quarter of an hour; a quarter without a snapshot is empty. */
export const quarterRowOf = (snapshot: Measured | undefined): Readonly<Record<string, number>> => {
  const numerator = (id: string) => (snapshot && metricOf(snapshot, id).numerator) ?? 0
  const value = (id: string) => (snapshot && metricOf(snapshot, id).value) ?? 0
  return {
    offered: value('callsOffered'),
    answered: value('callsAnswered'),
    abandoned: value('callsAbandoned'),
    wait_sum_answered_s: numerator('averageSpeedOfAnswer') / 1000,
    wait_sum_abandoned_s: numerator('abandonTime') / 1000,
    answered_le_20: numerator('serviceLevel'),
    answered_le_30: numerator('serviceLevel.30s'),
    answered_le_60: numerator('serviceLevel.60s'),
    ended: snapshot ? metricOf(snapshot, 'averageHandleTime').n : 0,
    service_sum_ended_s: numerator('averageHandleTime') / 1000,
    waiting_at_end: value('waitingNow'),
  }
}
