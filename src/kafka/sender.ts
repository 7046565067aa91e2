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

/** How often a request is sent that brokers took for something else than it is, or that kafkajs left a part of out. */
const attemptsMax = 3

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
  let link: ProducerLink | undefined = await connectProducer(options)
  let chain: Promise<void> = Promise.resolve()
  let closed = false

  const drop = async () => {
    const dropped = link
    link = undefined
    await dropped?.producer.disconnect()
  }

  /** After any failure the producer goes: under its sequence brokers may take what is sent next for what they have (K8, K9). */
  const sendRequest = async (messages: readonly TopicMessage[], attempt = 1): Promise<void> => {
    link ??= await connectProducer(options)
    try {
      await sendWhole(link, messages, options)
    } catch (error) {
      await drop()
      if (!isBroken(error) || attempt === attemptsMax) throw error
      client.log.warn({ error: String(error) }, 'the kafka producer is made anew')
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
      if (closed) return Promise.reject(new Error('the sender is closed'))
      const sent = chain.then(() => sendAll(messages))
      chain = sent.catch(() => undefined)
      return sent
    },
    close: async () => {
      if (closed) return
      closed = true
      await chain
      await drop()
    },
  }
}

/** A producer, and the topic-partitions its partitioner has chosen since that was last cleared. */
type ProducerLink = { readonly producer: Producer; readonly chosen: Set<string> }

async function connectProducer({ client, partitioner }: SenderOptions): Promise<ProducerLink> {
  const chosen = new Set<string>()
  const producer = client.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: createPartitioner(partitioner, chosen),
    retry: { ...retryTimes, retries: retriesMax },
  })
  try {
    await producer.connect()
    return { producer, chosen }
  } catch (error) {
    throw toKafkaError(client, 'connecting the producer', error)
  }
}

/**
 * When a leader moves to a broker that has answered its part already, kafkajs 2.2.4 says all is sent and leaves the moved
 * partition out (sendMessages.js keeps answers by broker; F19).
 */
async function sendWhole(
  { producer, chosen }: ProducerLink,
  messages: readonly TopicMessage[],
  { compression }: SenderOptions,
): Promise<void> {
  chosen.clear()
  const answers = await producer.sendBatch({
    topicMessages: groupByTopic(messages),
    compression: compressionTypes[compression],
  })
  for (const { topicName, partition } of answers) chosen.delete(placeOf(topicName, partition))
  if (chosen.size > 0) throw new LeftOutError(`not sent to ${[...chosen].join(', ')}`)
}

class LeftOutError extends Error {}

function isBroken(error: unknown): boolean {
  return error instanceof LeftOutError || brokenTypes.some((type) => hasErrorType(error, type))
}

const placeOf = (topic: string, partition: number): string => `${topic}-${partition}`

/** Records without a key all go to one partition: there are none among ours but what is broken. */
function createPartitioner(partitioner: Partitioner, chosen: Set<string>): ICustomPartitioner {
  return () =>
    ({ topic, partitionMetadata, message }) => {
      const partition =
        message.partition ?? partitionFor(message.key ?? '', partitionMetadata.length, partitioner)
      chosen.add(placeOf(topic, partition))
      return partition
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
