import type { Admin } from 'kafkajs'
import type { KafkaClient } from '../../src/kafka/client.ts'
import { untilTrue } from './fault-bench.ts'

const nodeIds = [1, 2, 3]
const deadlineMs = 60_000

/** On a cluster of three with all replicas: broker `nodeId` leads what is asked for, of all topics, and nothing else. */
export const giveLeadership = async (
  { kafka }: KafkaClient,
  nodeId: number,
  isWanted: (topic: string, partition: number) => boolean,
): Promise<void> => {
  const admin = kafka.admin()
  await admin.connect()
  const misplaced = async () =>
    (await leadersOf(admin)).filter(
      ({ topic, partition, leader }) => (leader === nodeId) !== isWanted(topic, partition),
    )
  const moves = Map.groupBy(await misplaced(), ({ topic }) => topic)
  await admin.alterPartitionReassignments({
    topics: [...moves].map(([topic, partitions]) => ({
      topic,
      partitionAssignment: partitions.map(({ partition, leader }) => ({
        partition,
        replicas: replicasOf(nodeId, leader),
      })),
    })),
  })
  await untilTrue(
    async () => (await misplaced()).length === 0,
    deadlineMs,
    async () => [`still led by another: ${JSON.stringify(await misplaced())}`],
  )
  await admin.disconnect()
}

/** A leader that keeps no replica is replaced by the first that does. */
const replicasOf = (nodeId: number, leader: number): number[] => {
  const others = nodeIds.filter((id) => id !== nodeId && id !== leader)
  return leader === nodeId ? others : [nodeId, ...others]
}

const leadersOf = async (admin: Admin) =>
  (await admin.fetchTopicMetadata()).topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionId, leader }) => ({ topic: name, partition: partitionId, leader })),
  )
