import type { DeadLetter, DeadLetters } from '../ports.ts'
import type { KafkaClient } from './client.ts'
import { createSender, type TopicMessage } from './sender.ts'

export type DeadLettersOptions = {
  readonly client: KafkaClient
  readonly topic: string
  /** A longer value is cut, or the broker would refuse the letter and stop everything; the header `truncated` says its length. */
  readonly valueBytesMax: number
}

export async function createKafkaDeadLetters(options: DeadLettersOptions): Promise<DeadLetters> {
  const { client } = options
  const sender = await createSender({ client, compression: 'gzip', partitioner: 'murmur2' })
  return {
    send: (letters) => sender.send(letters.map((letter) => toMessage(options, letter))),
    close: sender.close,
  }
}

/** Of the record's own headers those that decide how it is read go along, so that a retry is read alike. */
const keptHeader = /^(ce_|content-type$)/

function toMessage(
  { topic, valueBytesMax }: DeadLettersOptions,
  { record, reason, detail }: DeadLetter,
): TopicMessage {
  const { topicName, partition, offset, value } = record
  const origin = { topic: topicName, partition: String(partition), offset: offset.toString() }
  const kept = Object.entries(record.headers).filter(([name]) => keptHeader.test(name))
  const isCut = value !== null && value.length > valueBytesMax
  return {
    topic,
    key: `${topicName}-${partition}-${offset}`,
    value: value === null ? null : Buffer.from(value.subarray(0, valueBytesMax)),
    headers: {
      ...Object.fromEntries(kept),
      ...origin,
      reason,
      detail: detail.slice(0, detailCharactersMax),
      ...(record.key === null ? {} : { key: Buffer.from(record.key) }),
      ...(isCut ? { truncated: String(value.length) } : {}),
    },
  }
}

const detailCharactersMax = 1000
