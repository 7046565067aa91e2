import type { RejectReason } from '../core/events.ts'
import type { ServiceStatus, ShardStatus } from '../ports.ts'
import { isOut } from './verdicts.ts'

export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** A metric that is read off the service's status when it is asked for. */
export type StatusMetric = {
  readonly kind: 'gauge' | 'counter'
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  readonly read: (status: ServiceStatus) => readonly Sample[]
}

const rejectReasons = Object.keys({
  malformed: true,
  invalid: true,
  'unknown-type': true,
  'unknown-schema': true,
  'too-large': true,
  'from-the-future': true,
  'too-old': true,
  misrouted: true,
  'subject-too-long': true,
  conflicting: true,
} satisfies Record<RejectReason, true>)

const outcomes = { applied: 'applied', duplicate: 'duplicate', 'not-counted': 'notCounted' }

type ByShard = (shard: ShardStatus, nowMs: number) => readonly Sample[]

const each =
  (read: ByShard): StatusMetric['read'] =>
  ({ shards, nowMs }) =>
    shards.flatMap((shard) =>
      read(shard, nowMs).map(({ labels, value }) => ({
        labels: { partition: String(shard.shard), ...labels },
        value,
      })),
    )

const counter = (name: string): StatusMetric['read'] =>
  each(({ counters }) => [{ labels: {}, value: counters[name] ?? 0 }])

const age = (instantOf: (shard: ShardStatus) => number | null): StatusMetric['read'] =>
  each((shard, nowMs) => {
    const atMs = instantOf(shard)
    return atMs === null ? [] : [{ labels: {}, value: Math.max(0, nowMs - atMs) / 1000 }]
  })

const partition = ['partition']

/** Counters are those that are committed with the state: they outlive the process and move with the partition. */
export const statusMetrics: readonly StatusMetric[] = [
  {
    kind: 'gauge',
    name: 'floorwatch_partitions',
    help: 'Partitions that this process writes.',
    labels: [],
    read: ({ shards }) => [{ labels: {}, value: shards.length }],
  },
  {
    kind: 'gauge',
    name: 'floorwatch_topic_partitions',
    help: 'Partitions of each input topic; over all processes as many are to be written.',
    labels: [],
    read: ({ shardCount }) => [{ labels: {}, value: shardCount }],
  },
  {
    kind: 'gauge',
    name: 'floorwatch_lag_records',
    help: 'Records in the log that are not in the committed state yet; absent while Kafka does not answer.',
    labels: ['topic', 'partition'],
    read: each(({ lag }) =>
      lag.flatMap(({ topic, recordCount }) =>
        recordCount === null ? [] : [{ labels: { topic }, value: recordCount }],
      ),
    ),
  },
  {
    kind: 'gauge',
    name: 'floorwatch_queued_records',
    help: 'Records that wait to be taken; a topic-partition of Kafka is not fetched past limits.queueRecordsMax.',
    labels: ['topic', 'partition'],
    read: each(({ lag }) => lag.map(({ topic, queuedCount }) => ({ labels: { topic }, value: queuedCount }))),
  },
  {
    kind: 'gauge',
    name: 'floorwatch_watermark_age_seconds',
    help: 'How far the events of the partition are counted behind the clock.',
    labels: partition,
    read: age(({ watermarkMs }) => watermarkMs),
  },
  {
    kind: 'gauge',
    name: 'floorwatch_as_of_age_seconds',
    help: 'How far the published instant of the partition is behind the clock; it waits for the slowest partition.',
    labels: partition,
    read: age(({ asOfMs }) => asOfMs),
  },
  {
    kind: 'gauge',
    name: 'floorwatch_commit_age_seconds',
    help: 'Since the partition was last committed to Redis, or taken.',
    labels: partition,
    read: age(({ committedAtMs }) => committedAtMs),
  },
  {
    kind: 'counter',
    name: 'floorwatch_records_total',
    help: 'Records read and accounted for.',
    labels: partition,
    read: counter('records'),
  },
  {
    kind: 'counter',
    name: 'floorwatch_events_total',
    help: 'Events by what became of them: applied, duplicate (known already), not-counted (of a kind nothing counts).',
    labels: ['partition', 'outcome'],
    read: each(({ counters }) =>
      Object.entries(outcomes).map(([outcome, name]) => ({
        labels: { outcome },
        value: counters[name] ?? 0,
      })),
    ),
  },
  {
    kind: 'counter',
    name: 'floorwatch_late_events_total',
    help: 'Events applied although dated before their record by more than time.disorderMs; they correct what was published.',
    labels: partition,
    read: counter('late'),
  },
  {
    kind: 'counter',
    name: 'floorwatch_dead_letters_total',
    help: 'Records refused, by reason: too-old, misrouted, malformed and so on.',
    labels: ['partition', 'reason'],
    read: each(({ counters }) =>
      rejectReasons.map((reason) => ({ labels: { reason }, value: counters[`deadLetter.${reason}`] ?? 0 })),
    ),
  },
  {
    kind: 'counter',
    name: 'floorwatch_capped_total',
    help: 'Keys that went to __other__ because their grouping set was full (limits.scopeKeysMax).',
    labels: partition,
    read: counter('capped'),
  },
  {
    kind: 'gauge',
    name: 'floorwatch_orphan_outcomes',
    help: 'Outcomes in the state whose beginning was never seen, such as an answer without its call.queued.',
    labels: partition,
    read: counter('orphan'),
  },
  {
    kind: 'gauge',
    name: 'floorwatch_outage',
    help: '1 while the part is out: kafka, redis, registry, publishing.',
    labels: ['part'],
    read: ({ outages }) =>
      outages.map((outage) => ({ labels: { part: outage.part }, value: isOut(outage) ? 1 : 0 })),
  },
  {
    kind: 'counter',
    name: 'floorwatch_outages_total',
    help: 'Outages of the part since the process started.',
    labels: ['part'],
    read: ({ outages }) => outages.map(({ part, count }) => ({ labels: { part }, value: count })),
  },
]
