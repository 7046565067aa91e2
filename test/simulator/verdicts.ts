import { decodeJsonRecord } from '../../src/core/decode.ts'
import { type Event, kafkaKeyOf } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import type { Topic } from '../../src/core/topics.ts'
import type { MemoryLog } from '../../src/memory/log.ts'
import type { SourceRecord } from '../../src/ports.ts'
import type { Plan } from './plan.ts'

/** What is to become of a record, judged from the log alone. */
export type Verdict = {
  readonly record: SourceRecord
  readonly event: Event | undefined
  /** Why it is refused; undefined: it is filed. */
  readonly reason: string | undefined
  /** Greatest event time filed up to here and with it. */
  readonly greatestMs: number
}

export type Verdicts = {
  /** Of all records of a topic-partition that lie in the log by now, in order. */
  of(topic: Topic, partition: number): readonly Verdict[]
  all(): readonly Verdict[]
}

/** The rule of DESIGN.md (Time: accepted or not), told once more without the product's code for it. */
export const createVerdicts = (plan: Plan, log: MemoryLog): Verdicts => {
  const lanes = new Map<string, Verdict[]>()
  const of = (topic: Topic, partition: number): readonly Verdict[] => {
    const name = `${topic}-${partition}`
    const judged = lanes.get(name) ?? []
    lanes.set(name, judged)
    const { high } = log.range(topic, partition)
    for (let offset = BigInt(judged.length); offset < high; offset++) {
      const record = log.read(topic, partition, offset)
      if (record) judged.push(judge(plan, record, judged.at(-1)?.greatestMs ?? Number.NEGATIVE_INFINITY))
    }
    return judged
  }
  const all = () =>
    log.topics.flatMap((topic) =>
      Array.from({ length: log.partitions }, (_, partition) => of(topic, partition)).flat(),
    )
  return { of, all }
}

const judge = (plan: Plan, record: SourceRecord, greatestMs: number): Verdict => {
  const parsed = decodeJsonRecord({ text: new TextDecoder().decode(record.value ?? undefined), headers: {} })
  if (!parsed.ok) return { record, event: undefined, reason: parsed.reason, greatestMs }
  const { event } = parsed
  const reason = refusalOf(plan, { record, event, greatestMs })
  return { record, event, reason, greatestMs: reason ? greatestMs : Math.max(greatestMs, event.occurredAt) }
}

type Judged = { readonly record: SourceRecord; readonly event: Event; readonly greatestMs: number }

const skewMs = 60_000

const refusalOf = (plan: Plan, { record, event, greatestMs }: Judged): string | undefined => {
  const { source, latenessMs, partitions } = plan
  if (partitionFor(kafkaKeyOf(event), partitions, 'murmur2') !== record.partition) return 'misrouted'
  const newestMs = source === 'clock' ? record.timestampMs : greatestMs
  if (event.occurredAt < newestMs - latenessMs) return 'too-old'
  return source === 'clock' && event.occurredAt > newestMs + skewMs ? 'from-the-future' : undefined
}
