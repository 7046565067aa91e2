import type { SnapshotRecord, SnapshotSource } from '../ports.ts'
import type { KafkaClient } from './client.ts'
import { createMessageReader, type MessageReading } from './snapshot-messages.ts'
import { createTopicReader } from './topic-reader.ts'

export type SnapshotSourceOptions = Pick<MessageReading, 'read' | 'onUnreadable'> & {
  readonly client: KafkaClient
  readonly metricsTopic: string
  readonly groupPrefix: string
  /** Keys held at most; the snapshots of further keys are not shown, which is logged once. */
  readonly keysMax: number
  readonly onFatal: (error: Error) => void
}

const retryEveryMs = 5_000

/** Reads the compacted topic from its start: for a wallboard that runs alone. Resolves when the latest of every key is there. */
export async function createKafkaSnapshotSource(options: SnapshotSourceOptions): Promise<SnapshotSource> {
  const known = new Map<string, SnapshotRecord>()
  const listeners = new Set<(record: SnapshotRecord) => void>()
  const keep = createKeeper(options, known)
  const messages = createMessageReader({
    read: options.read,
    take: (record) => {
      if (!keep(record)) return
      for (const listen of listeners) listen(record)
    },
    onUnreadable: options.onUnreadable,
    onFault: (error) => options.onFatal(error instanceof Error ? error : new Error(String(error))),
    waitingMax: options.keysMax,
    retryEveryMs,
  })
  const reader = await createTopicReader({
    client: options.client,
    topicName: options.metricsTopic,
    groupPrefix: options.groupPrefix,
    onFatal: options.onFatal,
    onMessage: messages.add,
  })
  await reader.caughtUp
  await messages.start()
  const latest = () => [...known.values()].filter(({ value }) => value !== null)
  return {
    subscribe: (listener) => {
      for (const record of latest()) listener(record)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    latest,
    close: async () => {
      listeners.clear()
      messages.close()
      await reader.close()
    },
  }
}

/** False for a record that an equal or later one has overtaken. Tombstones are kept, so that they too overtake. */
function createKeeper({ client, keysMax }: SnapshotSourceOptions, known: Map<string, SnapshotRecord>) {
  let complained = false
  return (record: SnapshotRecord): boolean => {
    const before = known.get(record.key)
    if (before && before.revision >= record.revision) return false
    if (!before && known.size >= keysMax) {
      if (!complained)
        client.log.error({ keysMax }, 'there are more snapshot keys than fit; some are not shown')
      complained = true
      return false
    }
    known.set(record.key, record)
    return true
  }
}
