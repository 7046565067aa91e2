import kafkajs from 'kafkajs'
import { type BaselineJob, sayProgress } from './job.ts'

/** What any consumer in Node pays: kafkajs alone, counting records in `eachBatch`. Fetches as much at once as it likes. */

const { brokers, groupId, topics, records } = JSON.parse(process.argv[2] ?? '') as BaselineJob
const kafka = new kafkajs.Kafka({
  brokers: [...brokers],
  clientId: groupId,
  logLevel: kafkajs.logLevel.NOTHING,
})
const consumer = kafka.consumer({ groupId })
let count = 0

await consumer.connect()
await consumer.subscribe({ topics: [...topics], fromBeginning: true })
await consumer.run({
  partitionsConsumedConcurrently: 4,
  eachBatch: async ({ batch }) => {
    count += batch.messages.length
    sayProgress(count, records)
  },
})
