import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkTopics, createTopics, describeTopics, planTopics } from '../../src/kafka/topics.ts'
import { createKafkaTopics, type KafkaTopics, plainTopic } from './kafka-log.ts'

let topics: KafkaTopics
beforeAll(async () => {
  topics = await createKafkaTopics()
})
afterAll(() => topics.close())

const day = 86_400_000

function planAt(prefix: string) {
  return planTopics(
    {
      input: { 'call-queue': `${prefix}.call-queue.v1`, ticket: `${prefix}.ticket.v1` },
      metrics: `${prefix}.metrics.v1`,
      intervals: `${prefix}.intervals.v1`,
      deadLetters: `${prefix}.dead-letters.v1`,
      alerts: `${prefix}.alerts.v1`,
    },
    {
      inputPartitions: 4,
      outputPartitions: 2,
      replicationFactor: 1,
      inputRetentionMs: 7 * day,
      intervalsRetentionMs: -1,
      deadLettersRetentionMs: 14 * day,
    },
  )
}

test('what is missing is named and created with its settings; what exists is left alone', async () => {
  const prefix = `test-${randomUUID().slice(0, 8)}`
  const plans = planAt(prefix)
  const before = await checkTopics(topics.client, plans)
  expect(before.every(({ problems }) => problems[0]?.startsWith('does not exist'))).toBe(true)
  expect(await createTopics(topics.client, plans)).toEqual(plans.map(({ name }) => name))
  expect(await createTopics(topics.client, plans)).toEqual([])
  expect((await checkTopics(topics.client, plans)).flatMap(({ problems }) => problems)).toEqual([])
  const states = await describeTopics(
    topics.client,
    plans.map(({ name }) => name),
  )
  const stateOf = (suffix: string) => states.find(({ name }) => name === `${prefix}.${suffix}`)
  expect(stateOf('ticket.v1')).toMatchObject({ partitions: 4, config: { 'retention.ms': String(7 * day) } })
  expect(stateOf('metrics.v1')).toMatchObject({ partitions: 2, config: { 'cleanup.policy': 'compact' } })
  expect(stateOf('intervals.v1')).toMatchObject({
    config: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
  })
})

test('a wrong cleanup policy and a differing partition count each get one line that says what to do', async () => {
  const prefix = `test-${randomUUID().slice(0, 8)}`
  const plans = planAt(prefix)
  await createTopics(topics.client, [
    plainTopic(`${prefix}.call-queue.v1`, 4, { 'cleanup.policy': 'compact' }),
    { ...plainTopic(`${prefix}.metrics.v1`, 2), purpose: 'metrics' },
  ])
  await createTopics(topics.client, [plainTopic(`${prefix}.ticket.v1`, 3)])
  const findings = await checkTopics(topics.client, plans)
  const problemsOf = (suffix: string) => findings.find(({ name }) => name === `${prefix}.${suffix}`)?.problems
  expect(problemsOf('call-queue.v1')).toEqual([
    'has cleanup.policy compact: set it to delete, or all but the last event of a subject are lost',
  ])
  expect(problemsOf('metrics.v1')).toEqual([
    'has cleanup.policy delete: set it to compact, or old keys are never dropped',
  ])
  expect(problemsOf('ticket.v1')?.[0]).toMatch(/^has 3 partitions where another input topic has 4/)
  await expect(createTopics(topics.client, plans)).rejects.toMatchObject({ code: 'kafka-partitions-differ' })
  expect((await describeTopics(topics.client, [`${prefix}.alerts.v1`])).length).toBe(0)
})
