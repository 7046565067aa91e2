import { FloorwatchError } from '../errors.ts'
import { createAdminCalls } from './admin-calls.ts'
import { type KafkaClient, toKafkaError } from './client.ts'

/** One line of `floorwatch doctor`. `fix` says what to do when it is not ok, else null. */
export type KafkaCheck = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly fix: string | null
}

export type KafkaCheckOptions = { readonly client: KafkaClient; readonly groupId: string }

/**
 * Connects and tries what a group member and an idempotent producer need, without joining and without writing. An outage is
 * a row, not an error; further rows are left out then.
 */
export async function checkKafka({ client, groupId }: KafkaCheckOptions): Promise<readonly KafkaCheck[]> {
  const connection = await tryStep(
    { name: 'kafka connection', fix: 'start Kafka, or correct kafka.brokers (and ssl, username, password)' },
    () => describeBrokers(client),
  )
  if (!connection.ok) return [connection]
  return [
    connection,
    await tryStep(
      { name: `kafka group ${groupId}`, fix: `allow Read and Describe on the group ${groupId} (ACL)` },
      () => describeGroup(client, groupId),
    ),
    await tryStep(
      { name: 'kafka producer', fix: 'allow IdempotentWrite on the cluster, or Write on the topics (ACL)' },
      () => connectProducer(client),
    ),
  ]
}

type Step = { readonly name: string; readonly fix: string }

/** `attempt` answers what it found; kafkajs throws everything as its own errors. */
async function tryStep({ name, fix }: Step, attempt: () => Promise<string>): Promise<KafkaCheck> {
  try {
    return { name, ok: true, detail: await attempt(), fix: null }
  } catch (error) {
    return { name, ok: false, detail: describeError(error), fix }
  }
}

function describeError(error: unknown): string {
  if (error instanceof FloorwatchError) return error.what
  return error instanceof Error ? error.message : String(error)
}

async function describeBrokers(client: KafkaClient): Promise<string> {
  const calls = await createAdminCalls(client)
  try {
    const { brokers } = await calls.ask('naming the brokers', (admin) => admin.describeCluster())
    const names = brokers.map(({ host, port }) => `${host}:${port}`)
    return `${names.length} ${names.length === 1 ? 'broker' : 'brokers'} (${names.join(', ')})`
  } finally {
    await calls.close()
  }
}

async function describeGroup(client: KafkaClient, groupId: string): Promise<string> {
  const calls = await createAdminCalls(client)
  try {
    const { groups } = await calls.ask('describing the group', (admin) => admin.describeGroups([groupId]))
    const members = groups[0]?.members.length ?? 0
    return members === 0 ? 'no members' : `${members} ${members === 1 ? 'member' : 'members'}`
  } finally {
    await calls.close()
  }
}

/** An idempotent producer asks for its id when it connects: refused where it may not write. */
async function connectProducer(client: KafkaClient): Promise<string> {
  const producer = client.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
  })
  try {
    await producer.connect()
    return 'may write; whether to each topic shows with the first record'
  } catch (error) {
    throw toKafkaError(client, 'connecting the producer', error)
  } finally {
    await producer.disconnect()
  }
}
