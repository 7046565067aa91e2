import { createAdminCalls } from './admin-calls.ts'
import type { KafkaClient } from './client.ts'

export type CommittedShardsOptions = {
  readonly client: KafkaClient
  readonly groupId: string
  readonly topicNames: readonly string[]
}

/** Shards of which the group has committed an offset: the service has read them once, whatever is left of the state. */
export async function readCommittedShards(options: CommittedShardsOptions): Promise<ReadonlySet<number>> {
  const { client, groupId, topicNames } = options
  const calls = await createAdminCalls(client)
  try {
    const answers = await calls.ask(`reading the offsets of group ${groupId}`, (admin) =>
      admin.fetchOffsets({ groupId, topics: [...topicNames] }),
    )
    const committed = answers.flatMap(({ partitions }) => partitions).filter(({ offset }) => offset !== '-1')
    return new Set(committed.map(({ partition }) => partition))
  } finally {
    await calls.close()
  }
}
