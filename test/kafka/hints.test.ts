import type { Consumer, TopicPartitionOffset } from 'kafkajs'
import { expect, test } from 'vitest'
import { createHints } from '../../src/kafka/hints.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A consumer that answers when told to. */
const slowConsumer = () => {
  const sent: string[] = []
  const answers: (() => void)[] = []
  const commitOffsets = (offsets: readonly TopicPartitionOffset[]) => {
    sent.push(offsets.map(({ partition, offset }) => `${partition}:${offset}`).join())
    return new Promise<void>((resolve) => answers.push(resolve))
  }
  const answer = async () => {
    answers.shift()?.()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { consumer: { commitOffsets } as unknown as Consumer, sent, answer }
}

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset: String(offset) })

test('of what is added while a request is under way only the latest is sent, in one request', async () => {
  const { consumer, sent, answer } = slowConsumer()
  const hints = createHints(consumer, silent)
  hints.add([at(0, 1)])
  hints.add([at(0, 2), at(1, 5)])
  hints.add([at(0, 3)])
  await answer()
  await answer()
  hints.add([at(0, 4)])
  expect(sent).toEqual(['0:1', '0:3,1:5', '0:4'])
})

test('a commit that moved no offset does not keep the later ones from being sent', async () => {
  const { consumer, sent } = slowConsumer()
  const hints = createHints(consumer, silent)
  hints.add([])
  hints.add([at(0, 1)])
  expect(sent).toEqual(['0:1'])
})
