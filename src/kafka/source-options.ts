import type { Topic } from '../core/topics.ts'
import type { KafkaClient } from './client.ts'
import type { SourceLimits } from './limits.ts'

export type KafkaSourceOptions = {
  readonly client: KafkaClient
  readonly groupId: string
  /** The topics' names in Kafka, prefix included. */
  readonly topics: Readonly<Partial<Record<Topic, string>>>
  readonly startFrom: StartFrom
  /** What to do when retention has removed records that were not read yet, or a topic was made anew. */
  readonly onDataLoss: 'stop' | 'continue'
  readonly limits: SourceLimits
}

/** Where a shard without a stored offset begins. */
export type StartFrom = 'earliest' | 'latest' | { readonly atMs: number }
