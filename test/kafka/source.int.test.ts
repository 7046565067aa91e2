import { describeEventSource, type EventLog } from '../contract/event-source.ts'
import { createKafkaTopics, trimTopic } from './kafka-log.ts'

async function createKafkaEventLog(): Promise<EventLog> {
  const topics = await createKafkaTopics()
  return {
    partitions: topics.partitions,
    append: async (topic, records) => topics.append(topic === 'ticket' ? topic : 'call-queue', records),
    trim: async (topic, partition, offset) => {
      await trimTopic(topics, topic === 'ticket' ? topic : 'call-queue', { partition, offset })
    },
    open: topics.open,
    close: topics.close,
  }
}

describeEventSource('the Kafka source', createKafkaEventLog)
