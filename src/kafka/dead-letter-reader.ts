import type { KafkaMessage } from 'kafkajs'
import type { KafkaClient } from './client.ts'
import { createTopicReader } from './topic-reader.ts'

/** A dead letter as it lies in its topic; `origin` is where the refused record lay. */
export type StoredLetter = {
  /** `topic-partition-offset` of the refused record; a letter that was sent twice has it twice. */
  readonly id: string
  readonly origin: { readonly topicName: string; readonly partition: number; readonly offset: bigint }
  readonly reason: string
  readonly detail: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Length of the original value in bytes, when the letter holds only its beginning: such a one cannot be sent again. */
  readonly truncatedFrom: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly refusedAtMs: number
}

export type LettersToRead = {
  readonly client: KafkaClient
  readonly topic: string
  readonly groupPrefix: string
}

/** Calls `visit` with each letter that lies in the topic now, oldest first within a partition. */
export async function readDeadLetters(
  { client, topic, groupPrefix }: LettersToRead,
  visit: (letter: StoredLetter) => void,
): Promise<void> {
  const { promise: failed, reject } = createFailure()
  const reader = await createTopicReader({
    client,
    topicName: topic,
    groupPrefix,
    onFatal: reject,
    onMessage: (message) => visit(toStoredLetter(message)),
  })
  try {
    await Promise.race([reader.caughtUp, failed])
  } finally {
    await reader.close()
  }
}

function createFailure(): { readonly promise: Promise<never>; readonly reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise
  })
  return { promise, reject }
}

const originHeaders = ['reason', 'detail', 'topic', 'partition', 'offset', 'key', 'truncated']

function toStoredLetter({ key, value, headers, timestamp }: KafkaMessage): StoredLetter {
  const text = (name: string) => headers?.[name]?.toString() ?? ''
  const refusedKey = headers?.key
  const others = Object.entries(headers ?? {}).filter(([name]) => !originHeaders.includes(name))
  return {
    id: key?.toString() ?? '',
    origin: {
      topicName: text('topic'),
      partition: Number(text('partition')),
      offset: BigInt(text('offset') || 0),
    },
    reason: text('reason'),
    detail: text('detail'),
    key: Buffer.isBuffer(refusedKey) ? refusedKey : null,
    value,
    truncatedFrom: headers?.truncated === undefined ? undefined : Number(text('truncated')),
    headers: Object.fromEntries(others.map(([name, header]) => [name, header?.toString() ?? ''])),
    refusedAtMs: Number(timestamp),
  }
}
