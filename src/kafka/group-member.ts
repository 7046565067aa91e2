/**
 * A consumer with one life (hazard K7). kafkajs forgets a member that is closed while it asks to join: once let in it reads on
 * for ever, or keeps the group waiting until its session ends. And what a crash is about to start again comes back.
 */
import { setImmediate } from 'node:timers/promises'
import kafkajs, {
  type Assigner,
  type Cluster,
  type Consumer,
  type ConsumerConfig,
  type PartitionAssigner,
} from 'kafkajs'
import { FloorwatchError } from '../errors.ts'
import type { KafkaClient } from './client.ts'

export type GroupMember = {
  readonly consumer: Consumer
  /** The brokers kafkajs fetches from, as it knows the cluster now. */
  readonly nodeIds: () => readonly string[]
  /** Leaves the group and disconnects, after the answer to a join that is under way; does not wait for long. */
  readonly leave: () => Promise<void>
}

export type GroupMemberConfig = Omit<ConsumerConfig, 'partitionAssigners' | 'retry'> & {
  readonly assigner?: PartitionAssigner
}

/** The group answers a join when its other members have heard of it, or their sessions have ended. */
const leaveWaitMs = 2000

/** `leave` is the one way to end it: never `consumer.stop` or `consumer.disconnect`. */
export function createGroupMember(
  { kafka, log }: KafkaClient,
  { assigner = kafkajs.PartitionAssigners.roundRobin, ...config }: GroupMemberConfig,
): GroupMember {
  let hasLeft = false
  let joining = Promise.resolve()
  let endJoin: (() => void) | undefined
  let cluster: Cluster | undefined

  const beginJoin = () => {
    if (endJoin) return
    if (hasLeft) throw new FloorwatchError('kafka-unavailable', 'the consumer was closed before it joined')
    joining = new Promise((resolve) => {
      endJoin = resolve
    })
  }
  const noteJoinEnd = () => {
    endJoin?.()
    endJoin = undefined
  }

  const consumer = kafka.consumer({
    ...config,
    partitionAssigners: [
      (given) => {
        cluster = given.cluster
        return withNotedJoins(assigner(given), beginJoin)
      },
    ],
    retry: { restartOnFailure: async () => !hasLeft },
  })
  consumer.on(consumer.events.GROUP_JOIN, noteJoinEnd)
  consumer.on(consumer.events.CRASH, noteJoinEnd)

  const leaveGroup = async () => {
    await joining
    // kafkajs counts itself in only after it has told of the join.
    await setImmediate()
    await consumer.disconnect()
  }

  return {
    consumer,
    nodeIds: () => cluster?.getNodeIds().map(String) ?? [],
    leave: async () => {
      hasLeft = true
      const leaving = leaveGroup()
      leaving.catch((error: unknown) =>
        log.debug({ error: String(error) }, 'the group was not left in order'),
      )
      const waited = new Promise<void>((resolve) => setTimeout(resolve, leaveWaitMs).unref())
      await Promise.race([leaving, waited])
    },
  }
}

/** kafkajs asks the assigner what to say of the member each time it is about to join. */
const withNotedJoins = (assigning: Assigner, beginJoin: () => void): Assigner => ({
  ...assigning,
  protocol: (subscription) => {
    beginJoin()
    return assigning.protocol(subscription)
  },
})
