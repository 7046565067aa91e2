/** Reads every partition of one topic from its beginning, alone, and says when it has come to the end. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Batch, Consumer, KafkaMessage } from 'kafkajs'
import { FloorwatchError } from '../errors.ts'
import { type AdminCalls, createAdminCalls } from './admin-calls.ts'
import { type KafkaClient, toKafkaError } from './client.ts'
import { createGroupMember } from './group-member.ts'
import { createLogOffsets, type LogRange, readPartitionCount } from './log-offsets.ts'

export type TopicReaderOptions = {
  readonly client: KafkaClient
  readonly topicName: string
  /** Readers share nothing: each gets a group of its own whose name begins so. */
  readonly groupPrefix: string
  readonly onMessage: (message: KafkaMessage) => void
  /** The reader has stopped for good. */
  readonly onFatal: (error: Error) => void
}

export type TopicReader = {
  /** Resolves when all has been read that lay in the topic when the reader was made. */
  readonly caughtUp: Promise<void>
  readonly close: () => Promise<void>
}

const fetchWaitMs = 250
const fetchBytesMax = 4 * 1024 * 1024
const pollMs = 50
/** Where nothing more comes for this long, though fetches are answered, the tail holds no record: compaction took them. */
const bareTailMs = 3000
const bareTailAnswers = 6

export async function createTopicReader(options: TopicReaderOptions): Promise<TopicReader> {
  const { client, topicName } = options
  const calls = await createAdminCalls(client)
  const groupId = `${options.groupPrefix}-${randomUUID()}`
  const { consumer, leave } = createGroupMember(client, {
    groupId,
    maxWaitTimeInMs: fetchWaitMs,
    maxBytes: fetchBytesMax,
    allowAutoTopicCreation: false,
  })
  const progress: Progress = { next: new Map(), movedAtMs: Date.now(), answers: 0, closed: false }
  let closing: Promise<void> | undefined
  const close = async () => {
    progress.closed = true
    await leave()
    await dropGroup(client, calls, groupId)
    await calls.close()
  }
  try {
    await readPartitionCount(client, calls, [topicName])
    const ranges = await createLogOffsets(calls).ranges(topicName)
    await runReader(consumer, options, progress)
    return {
      caughtUp: waitForEnds(ranges, progress),
      close: () => {
        closing ??= close()
        return closing
      },
    }
  } catch (error) {
    await close()
    throw toKafkaError(client, `reading ${topicName}`, error)
  }
}

type Progress = { readonly next: Map<number, bigint>; movedAtMs: number; answers: number; closed: boolean }

async function runReader(consumer: Consumer, options: TopicReaderOptions, progress: Progress): Promise<void> {
  const move = ({ partition, lastOffset }: { readonly partition: number; readonly lastOffset: string }) => {
    progress.next.set(partition, BigInt(lastOffset) + 1n)
    progress.movedAtMs = Date.now()
    progress.answers = 0
  }
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize === 0) move(payload)
  })
  consumer.on(consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Fetch') progress.answers += 1
  })
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart && !progress.closed)
      options.onFatal(toKafkaError(options.client, `reading ${options.topicName}`, payload.error))
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [options.topicName], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset }) => {
      const last = readBatch(batch, options)
      if (last === undefined) return
      resolveOffset(last)
      move({ partition: batch.partition, lastOffset: batch.lastOffset() })
    },
  })
}

function readBatch(batch: Batch, { onMessage }: TopicReaderOptions): string | undefined {
  for (const message of batch.messages) onMessage(message)
  return batch.messages.at(-1)?.offset
}

async function waitForEnds(ranges: ReadonlyMap<number, LogRange>, progress: Progress): Promise<void> {
  const isBehind = ([partition, { low, high }]: [number, LogRange]) =>
    (progress.next.get(partition) ?? low) < high
  while ([...ranges].some(isBehind)) {
    if (progress.closed)
      throw new FloorwatchError('kafka-unavailable', 'the reader was closed before it had read all')
    const isBare = progress.answers >= bareTailAnswers && Date.now() - progress.movedAtMs > bareTailMs
    if (isBare) return
    await setTimeout(pollMs)
  }
}

/** Best effort: an empty group without offsets also goes by itself. */
async function dropGroup(client: KafkaClient, calls: AdminCalls, groupId: string): Promise<void> {
  try {
    await calls.ask('dropping a reader group', (admin) => admin.deleteGroups([groupId]))
  } catch (error) {
    client.log.debug({ groupId, error: String(error) }, 'the reader group was not dropped')
  }
}
