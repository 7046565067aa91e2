/** One idempotent producer with one send under way at a time (hazard K8). */
import kafkajs, { type ICustomPartitioner, type Message, type Producer } from 'kafkajs'
import { type Partitioner, partitionFor } from '../core/partition.ts'
import { hasErrorType, type KafkaClient, retryTimes, toKafkaError } from './client.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

export type SenderOptions = {
  readonly client: KafkaClient
  readonly partitioner: Partitioner
  readonly compression: Compression
}

export type TopicMessage = Message & { readonly topic: string }

export type Sender = {
  /** Resolves when the brokers have all of them. Sends run one after another, in the order of the calls. */
  readonly send: (messages: readonly TopicMessage[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** What goes into one request at most; kafkajs makes one batch per partition of it, and brokers refuse batches over 1 MB. */
const requestBytesMax = 512 * 1024
const requestMessagesMax = 2000

/** Enough to outlast a leader's move; then the caller hears of it. */
const retriesMax = 8

/** After these the producer's sequence is lost: only a new producer goes on. */
const brokenTypes = [
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'DUPLICATE_SEQUENCE_NUMBER',
]

const compressionTypes = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  zstd: kafkajs.CompressionTypes.ZSTD,
} as const

export async function createSender(options: SenderOptions): Promise<Sender> {
  const { client } = options
  let producer = await connectProducer(options)
  let chain: Promise<void> = Promise.resolve()
  let closed = false

  const sendRequest = async (messages: readonly TopicMessage[], attempt = 0): Promise<void> => {
    try {
      await producer.sendBatch({
        topicMessages: groupByTopic(messages),
        compression: compressionTypes[options.compression],
      })
    } catch (error) {
      const isBroken = brokenTypes.some((type) => hasErrorType(error, type))
      if (!isBroken || attempt > 0) throw error
      client.log.warn({ error: String(error) }, 'the kafka producer has lost its sequence and is made anew')
      await producer.disconnect()
      producer = await connectProducer(options)
      await sendRequest(messages, attempt + 1)
    }
  }

  const sendAll = async (messages: readonly TopicMessage[]) => {
    try {
      for (const request of splitRequests(messages)) await sendRequest(request)
    } catch (error) {
      throw toKafkaError(client, 'sending', error)
    }
  }

  return {
    send: (messages) => {
      const sent = chain.then(() => sendAll(messages))
      chain = sent.catch(() => undefined)
      return sent
    },
    close: async () => {
      if (closed) return
      closed = true
      await chain
      await producer.disconnect()
    },
  }
}

async function connectProducer({ client, partitioner }: SenderOptions): Promise<Producer> {
  const producer = client.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: createPartitioner(partitioner),
    retry: { ...retryTimes, retries: retriesMax },
  })
  try {
    await producer.connect()
    return producer
  } catch (error) {
    throw toKafkaError(client, 'connecting the producer', error)
  }
}

/** Records without a key all go to one partition: there are none among ours but what is broken. */
function createPartitioner(partitioner: Partitioner): ICustomPartitioner {
  return () =>
    ({ partitionMetadata, message }) => {
      if (message.partition !== undefined && message.partition !== null) return message.partition
      const key = message.key ?? ''
      return partitionFor(key, partitionMetadata.length, partitioner)
    }
}

function groupByTopic(messages: readonly TopicMessage[]): { topic: string; messages: Message[] }[] {
  const topics = new Set(messages.map(({ topic }) => topic))
  return [...topics].map((topic) => ({
    topic,
    messages: messages.filter((message) => message.topic === topic),
  }))
}

function splitRequests(messages: readonly TopicMessage[]): readonly (readonly TopicMessage[])[] {
  const requests: TopicMessage[][] = []
  let bytes = 0
  for (const message of messages) {
    const size = bytesOf(message)
    const open = requests.at(-1)
    if (open && bytes + size <= requestBytesMax && open.length < requestMessagesMax) {
      open.push(message)
      bytes += size
    } else {
      requests.push([message])
      bytes = size
    }
  }
  return requests
}

const messageOverheadBytes = 100

function bytesOf({ key, value, headers }: TopicMessage): number {
  const headerBytes = Object.entries(headers ?? {}).reduce(
    (sum, [name, text]) => sum + name.length + (text?.length ?? 0),
    0,
  )
  return messageOverheadBytes + (key?.length ?? 0) + (value ? Buffer.byteLength(value) : 0) + headerBytes
}
