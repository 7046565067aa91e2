import { afterEach, describe, expect, test } from 'vitest'
import { numbered, recordingListener, takeRecords, until } from '../contract/event-source.ts'
import { createKafkaTopics, type KafkaTopics, trimTopic } from './kafka-log.ts'

let topics: KafkaTopics | undefined
afterEach(async () => {
  await topics?.close()
  topics = undefined
})

/** Ten records in the log; Kafka was told that four were read, and the state that knew is gone. */
const readFourOfTen = async (): Promise<KafkaTopics> => {
  const made = await createKafkaTopics()
  topics = made
  await made.append('call-queue', numbered(10))
  await made.admin.setOffsets({
    groupId: made.groupId,
    topic: made.topics['call-queue'],
    partitions: [{ partition: 0, offset: '4' }],
  })
  return made
}

const isSaid = ({ said }: KafkaTopics): boolean =>
  said.some(({ level, message }) => level === 'error' && message.includes('the state is gone'))

describe('R13: a shard without a state of which Kafka was told', () => {
  test('is read again from the start of the log where that is whole, and it is said', async () => {
    const made = await readFourOfTen()
    const source = await made.open()
    await source.start(recordingListener())
    const records = await takeRecords(source, 0, 10)
    expect(records.map(({ offset }) => Number(offset))).toEqual([...Array(10).keys()])
    expect(isSaid(made)).toBe(true)
  })

  test('stops the source where the log no longer holds its start', async () => {
    const made = await readFourOfTen()
    await trimTopic(made, 'call-queue', { partition: 0, offset: 2n })
    const source = await made.open()
    const listener = recordingListener()
    await source.start(listener)
    await until(() => listener.fatal.length > 0)
    expect(listener.fatal[0]).toMatchObject({ code: 'kafka-data-loss' })
  })

  test('stops the source that would begin at the end of the log', async () => {
    const made = await readFourOfTen()
    const source = await made.open({ startFrom: 'latest' })
    const listener = recordingListener()
    await source.start(listener)
    await until(() => listener.fatal.length > 0)
    expect(listener.fatal[0]?.message).toContain('offset 4 was to be read next')
  })

  test('goes on where it was told to, and says what is lost', async () => {
    const made = await readFourOfTen()
    await trimTopic(made, 'call-queue', { partition: 0, offset: 2n })
    const source = await made.open({ onDataLoss: 'continue' })
    const listener = recordingListener()
    await source.start(listener)
    const records = await takeRecords(source, 0, 8)
    expect(Number(records[0]?.offset)).toBe(2)
    expect(listener.losses).toEqual([{ topic: 'call-queue', partition: 0, expected: 0n, found: 2n }])
  })

  test('is nothing to speak of where Kafka was told nothing', async () => {
    topics = await createKafkaTopics()
    await topics.append('call-queue', numbered(1))
    const source = await topics.open()
    await source.start(recordingListener())
    await takeRecords(source, 0, 1)
    expect(isSaid(topics)).toBe(false)
  })
})
