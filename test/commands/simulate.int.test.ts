import { expect, test } from 'vitest'
import { createTopicReader } from '../../src/kafka/topic-reader.ts'
import { runCli } from './run-cli.ts'
import { openSurroundings, type Surroundings } from './surroundings.ts'

type Written = {
  readonly key: string
  readonly ownKey: string
  readonly occurredAt: number
  readonly atMs: number
}

async function readTopic({ client }: Surroundings, topicName: string): Promise<readonly Written[]> {
  const written: Written[] = []
  const reader = await createTopicReader({
    client,
    topicName,
    groupPrefix: 'test-simulate',
    onFatal: (error) => {
      throw error
    },
    onMessage: ({ key, value, timestamp }) => {
      const event = JSON.parse(value?.toString() ?? '')
      const ownKey = event.ticketId ?? event.callId ?? event.conversationId ?? event.customerId
      const occurredAt = Date.parse(event.occurredAt)
      written.push({ key: `${key}`, ownKey, occurredAt, atMs: Number(timestamp) })
    },
  })
  await reader.caughtUp
  await reader.close()
  return written
}

test('events lie in their topics under their subject, at the time they happened', async () => {
  const around = await openSurroundings()
  await around.makeTopics(3)
  const flags = ['--events', '400', '--start', 'now']
  const { code, stdout, stderr } = await runCli(['simulate', '--to', 'kafka', ...flags], { env: around.env })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  const [, count, leftOut] =
    /^(\d+) records written to .*; (\d+) of agents and business left out/.exec(stderr) ?? []
  expect(Number(count) + Number(leftOut)).toBe(400)
  let written = 0
  for (const topicName of Object.values(around.names.input)) {
    for (const { key, ownKey, occurredAt, atMs } of await readTopic(around, topicName)) {
      written += 1
      expect({ key, atMs }).toEqual({ key: ownKey, atMs: occurredAt })
    }
  }
  expect(written).toBe(Number(count))
})

test('a topic that does not exist is one line, exit 1', async () => {
  const { env } = await openSurroundings()
  const { code, stderr } = await runCli(['simulate', '--to', 'kafka', '--events', '50'], { env })
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^floorwatch: .*ticket\.v1, .* not found on .*: `floorwatch topics create` makes .*\n$/,
  )
})
