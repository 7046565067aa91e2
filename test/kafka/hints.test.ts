import type { Consumer, TopicPartitionOffset } from 'kafkajs'
import { expect, test } from 'vitest'
import { createHints } from '../../src/kafka/hints.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const openHints = () => {
  const sent: TopicPartitionOffset[] = []
  const commitOffsets = async (offsets: TopicPartitionOffset[]) => void sent.push(...offsets)
  return { hints: createHints({ commitOffsets } as unknown as Consumer, quiet), sent }
}

test('a shard of which nothing was read yet does not keep later offsets from Kafka', async () => {
  const { hints, sent } = openHints()
  const offset = { topic: 'calls', partition: 0, offset: '3' }
  hints.add([])
  hints.add([offset])
  await hints.close()
  expect(sent).toEqual([offset])
})

test('while one request is under way the latest offset of a partition waits, and older ones are left out', async () => {
  const { hints, sent } = openHints()
  for (const offset of ['1', '2', '3']) hints.add([{ topic: 'calls', partition: 0, offset }])
  await hints.close()
  expect(sent.map(({ offset }) => offset)).toEqual(['1', '3'])
})
