import { setTimeout } from 'node:timers/promises'
import type { Consumer, TopicPartitionOffset } from 'kafkajs'
import type { KafkaLog } from './log.ts'

/** Committed offsets for lag tools. They decide nothing, so the latest are sent one request at a time and failures are logged. */
export type Hints = {
  readonly add: (offsets: readonly TopicPartitionOffset[]) => void
  readonly close: () => Promise<void>
}

const closeWaitMs = 1000

export function createHints(consumer: Consumer, log: KafkaLog): Hints {
  const latest = new Map<string, TopicPartitionOffset>()
  let sending: Promise<void> | undefined
  const send = async () => {
    while (latest.size > 0) {
      const offsets = [...latest.values()]
      latest.clear()
      try {
        await consumer.commitOffsets(offsets)
      } catch (error) {
        log.debug({ error: String(error) }, 'offsets for lag tools were not written')
      }
    }
    sending = undefined
  }
  return {
    add: (offsets) => {
      for (const offset of offsets) latest.set(`${offset.topic}-${offset.partition}`, offset)
      if (latest.size > 0) sending ??= send()
    },
    close: async () => {
      await Promise.race([sending, setTimeout(closeWaitMs, undefined, { ref: false })])
    },
  }
}
