import type { KafkaClient } from '../../src/kafka/client.ts'
import { revisionHeader } from '../../src/kafka/snapshot-headers.ts'
import { createTopicReader } from '../../src/kafka/topic-reader.ts'
import type { Snapshot } from './service.ts'

/** What a consumer of a snapshot topic sees: of each key the record of the highest revision. */
export type SnapshotTopic = {
  latest(): ReadonlyMap<string, Snapshot>
  /** Records whose revision is lower than one that lies before them under the same key, heartbeats too. */
  regressions(): readonly string[]
  close(): Promise<void>
}

type Seen = { readonly revision: number; readonly value: string | null }

/** Reads the topic from its beginning and goes on; throws, when next asked, what ended the reading. */
export const watchSnapshots = async (client: KafkaClient, topicName: string): Promise<SnapshotTopic> => {
  const seen = new Map<string, Seen>()
  const regressions: string[] = []
  let failure: Error | undefined
  const reader = await createTopicReader({
    client,
    topicName,
    groupPrefix: 'test-watch',
    onFatal: (error) => {
      failure = error
    },
    onMessage: ({ key, value, headers }) => {
      const name = String(key)
      const revision = Number(headers?.[revisionHeader])
      const before = seen.get(name)
      if (before !== undefined && before.revision > revision)
        regressions.push(`${name}: ${revision} after ${before.revision}`)
      else seen.set(name, { revision, value: value?.toString() ?? null })
    },
  })
  return {
    latest: () => {
      if (failure) throw failure
      return new Map(
        [...seen].flatMap(([key, { value }]): [string, Snapshot][] =>
          value === null || key.startsWith('~') ? [] : [[key, JSON.parse(value)]],
        ),
      )
    },
    regressions: () => regressions,
    close: reader.close,
  }
}
