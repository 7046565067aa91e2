import { Redis } from 'ioredis'
import kafkajs, { type EachBatchPayload } from 'kafkajs'
import { type BaselineJob, sayProgress } from './job.ts'
import { type Bump, countEvent, type Known, type PlainEvent, subjectKeyOf } from './plain-counting.ts'

/**
 * What a team writes by hand: kafkajs `eachBatch`, `JSON.parse`, a hash a call and a ticket, a hash of counters a scope and
 * minute, all of a batch in one pipeline, equal counters added up first; offsets after it (at least once: after a crash a
 * batch counts twice). Each second the last 15 minutes of the scopes that changed go out as JSON, those of agents left out.
 */

const job = JSON.parse(process.argv[2] ?? '') as BaselineJob
const { brokers, groupId, topics, metricsTopic, records, redisUrl, keyPrefix } = job
const kafka = new kafkajs.Kafka({
  brokers: [...brokers],
  clientId: groupId,
  logLevel: kafkajs.logLevel.NOTHING,
})
const redis = new Redis(redisUrl)
const consumer = kafka.consumer({ groupId })
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })

const keptSeconds = 2 * 24 * 3_600
const windowMinutes = 15
const changed = new Set<string>()
let count = 0
let minute = 0

const countBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
  const events = batch.messages.flatMap(({ value }) =>
    value ? [JSON.parse(value.toString()) as PlainEvent] : [],
  )
  const known = await readKnown([...new Set(events.map(subjectKeyOf))])
  const bumps = new Map<string, Map<string, number>>()
  const writes = new Map<string, Known>()
  const bump: Bump = (bucket, field, by) => {
    const fields = bumps.get(bucket) ?? new Map<string, number>()
    bumps.set(bucket, fields.set(field, (fields.get(field) ?? 0) + by))
  }
  for (const event of events) {
    const key = subjectKeyOf(event)
    const before = known.get(key) ?? {}
    const after = countEvent(event, before, bump)
    minute = Math.max(minute, Math.floor(Date.parse(event.occurredAt) / 60_000))
    if (after === before) continue
    known.set(key, after)
    writes.set(key, after)
  }
  await write(bumps, writes)
  count += batch.messages.length
  sayProgress(count, records)
}

const readKnown = async (keys: readonly string[]): Promise<Map<string, Known>> => {
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.hgetall(`${keyPrefix}:${key}`)
  const answers = (await pipeline.exec()) ?? []
  return new Map(keys.map((key, at) => [key, (answers[at]?.[1] ?? {}) as Known]))
}

const write = async (bumps: Map<string, Map<string, number>>, writes: Map<string, Known>): Promise<void> => {
  const pipeline = redis.pipeline()
  for (const [key, fields] of writes) {
    pipeline.hset(`${keyPrefix}:${key}`, fields)
    pipeline.expire(`${keyPrefix}:${key}`, keptSeconds)
  }
  for (const [bucket, fields] of bumps) {
    for (const [field, by] of fields) pipeline.hincrby(`${keyPrefix}:${bucket}`, field, by)
    pipeline.expire(`${keyPrefix}:${bucket}`, keptSeconds)
    const scope = bucket.slice(0, bucket.lastIndexOf(':'))
    if (!scope.startsWith('agentId=')) changed.add(scope)
  }
  await pipeline.exec()
}

const publish = async (): Promise<void> => {
  const scopes = [...changed]
  changed.clear()
  if (scopes.length === 0) return
  const pipeline = redis.pipeline()
  for (const scope of scopes)
    for (let back = 0; back < windowMinutes; back++)
      pipeline.hgetall(`${keyPrefix}:${scope}:${minute - back}`)
  const answers = (await pipeline.exec()) ?? []
  const messages = scopes.map((scope, at) => {
    const sum: Record<string, number> = {}
    for (const [, hash] of answers.slice(at * windowMinutes, (at + 1) * windowMinutes))
      for (const [field, text] of Object.entries((hash ?? {}) as Known))
        sum[field] = (sum[field] ?? 0) + Number(text)
    return { key: scope, value: JSON.stringify({ scope, minute, ...sum }) }
  })
  await producer.send({ topic: metricsTopic, messages })
}

await Promise.all([consumer.connect(), producer.connect()])
await consumer.subscribe({ topics: [...topics], fromBeginning: true })
await consumer.run({ partitionsConsumedConcurrently: 4, eachBatch: countBatch })
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await publish()
}
