import type { MetricPart, MetricValue } from './metric-values.ts'
import type { Snapshot, WorstItem } from './snapshot.ts'

/** Of what a published value is made, in the order of its JSON. Its Avro schema and the ways between the two follow from it. */
export type Shape =
  | { readonly kind: 'text' | 'flag' | 'whole' | 'number' | 'time' }
  /** JSON says null where there is none. */
  | { readonly kind: 'nullable'; readonly of: Shape }
  | { readonly kind: 'list' | 'map'; readonly of: Shape }
  | RecordShape

/** JSON leaves an optional field out where there is none. */
export type FieldShape = Shape | { readonly kind: 'optional'; readonly of: Shape }

export type RecordShape = {
  readonly kind: 'record'
  readonly name: string
  readonly fields: Readonly<Record<string, FieldShape>>
}

const text = { kind: 'text' } as const
const flag = { kind: 'flag' } as const
const whole = { kind: 'whole' } as const
/** Sums too, and percentiles: a double holds what JSON writes, whatever it is. */
const number = { kind: 'number' } as const
const time = { kind: 'time' } as const

const nullable = (of: Shape) => ({ kind: 'nullable', of }) as const
const optional = (of: Shape) => ({ kind: 'optional', of }) as const
const listOf = (of: Shape) => ({ kind: 'list', of }) as const
const mapOf = (of: Shape) => ({ kind: 'map', of }) as const
const record = (name: string, fields: RecordShape['fields']): RecordShape => ({
  kind: 'record',
  name,
  fields,
})

const metricPart = record('MetricPart', {
  value: nullable(number),
  n: optional(whole),
  numerator: optional(number),
  denominator: optional(number),
} satisfies Record<keyof MetricPart, FieldShape>)

/** A metric in a snapshot. */
export const metricShape = record('MetricValue', {
  value: nullable(number),
  unit: text,
  n: whole,
  numerator: optional(number),
  denominator: optional(number),
  p50: optional(number),
  p90: optional(number),
  p95: optional(number),
  p99: optional(number),
  max: optional(number),
  sinceAt: optional(time),
  reason: optional(text),
  parts: optional(mapOf(metricPart)),
  policy: optional(text),
  target: optional(number),
  met: optional(flag),
  provisional: optional(flag),
} satisfies Record<keyof MetricValue, FieldShape>)

const window = record('Window', {
  id: text,
  kind: text,
  startAt: nullable(time),
  endAt: time,
  timeZone: text,
} satisfies Record<keyof Snapshot['window'], FieldShape>)

const worstItem = record('WorstItem', { id: text, sinceAt: time } satisfies Record<
  keyof WorstItem,
  FieldShape
>)

const saidTimes = { watermark: nullable(time), lastEventAt: nullable(time), emittedAt: time } as const

/** A current or a closed window's snapshot, as in CONTRACT: Snapshots. */
export const snapshotShape = record('Snapshot', {
  tenantId: text,
  scope: mapOf(text),
  labels: mapOf(text),
  window,
  asOf: time,
  ...saidTimes,
  revision: whole,
  final: flag,
  partial: flag,
  changedAt: optional(time),
  metrics: mapOf(metricShape),
  worst: mapOf(listOf(worstItem)),
} satisfies Record<keyof Snapshot, FieldShape> & Record<string, FieldShape>)

/** What a publisher says of its progress, among the current windows. */
export const heartbeatShape = record('Heartbeat', {
  publisher: whole,
  asOf: nullable(time),
  ...saidTimes,
  revision: whole,
})
