import { beforeAll, expect, test } from 'vitest'
import { createKafkaDeadLetters } from '../../src/kafka/dead-letters.ts'
import { createTopicReader } from '../../src/kafka/topic-reader.ts'
import type { DeadLetter } from '../../src/ports.ts'
import { runCli } from './run-cli.ts'
import { openSurroundings, type Surroundings } from './surroundings.ts'

let around: Surroundings
const bytes = Buffer.from([0, 0, 0, 0, 9, 0xff, 0xfe])
const valueBytesMax = 1_000

function letterOf(
  offset: bigint,
  changes: Partial<DeadLetter['record']>,
  reason: DeadLetter['reason'],
): DeadLetter {
  const record = {
    topic: 'ticket',
    topicName: around.names.input.ticket,
    partition: 1,
    offset,
    key: Buffer.from('T-1'),
    value: Buffer.from('not json'),
    headers: { ce_type: 'ticket.created', trace: 'x' },
    timestampMs: 0,
    ...changes,
  } as const
  return { record, reason, detail: `refused at ${offset}` }
}

beforeAll(async () => {
  around = await openSurroundings()
  await around.makeTopics(2)
  const { client, names } = around
  const letters = await createKafkaDeadLetters({ client, topic: names.deadLetters, valueBytesMax })
  const malformed = letterOf(5n, {}, 'malformed')
  await letters.send([malformed, malformed])
  await letters.send([
    letterOf(6n, { key: Buffer.from('T-2'), value: bytes }, 'unknown-schema'),
    letterOf(7n, { value: Buffer.alloc(valueBytesMax + 1, 'x') }, 'too-large'),
    letterOf(8n, { topicName: 'elsewhere' }, 'invalid'),
  ])
  await letters.close()
})

const idOf = (offset: number) => `${around.names.input.ticket}-1-${offset}`

async function readTickets() {
  const records: { key: string | undefined; value: Buffer | null; headers: Record<string, string> }[] = []
  const reader = await createTopicReader({
    client: around.client,
    topicName: around.names.input.ticket,
    groupPrefix: 'test-letters',
    onFatal: (error) => {
      throw error
    },
    onMessage: ({ key, value, headers }) => {
      const texts = Object.entries(headers ?? {}).map(([name, header]) => [name, `${header}`])
      records.push({ key: key?.toString(), value, headers: Object.fromEntries(texts) })
    },
  })
  await reader.caughtUp
  await reader.close()
  return records
}

test('list tells each letter once, with reason and detail, and how many there are of each reason', async () => {
  const { code, stdout } = await runCli(['dead-letters'], { env: around.env })
  expect(code).toBe(0)
  expect(stdout).toContain(`malformed        ${idOf(5)}  key T-1  refused at 5\n`)
  expect(stdout.trim().split('\n')).toHaveLength(5)
  expect(stdout).toMatch(/1 malformed/)
  const filtered = await runCli(['dead-letters', 'list', '--key', 'T-2', '--json'], { env: around.env })
  expect(JSON.parse(filtered.stdout)).toMatchObject({
    id: idOf(6),
    reason: 'unknown-schema',
    topic: around.names.input.ticket,
    partition: 1,
    offset: '6',
    bytes: bytes.length,
  })
})

test('show tells everything of one, bytes that are no text as base64', async () => {
  const { stdout } = await runCli(['dead-letters', 'show', idOf(6), '--json'], { env: around.env })
  expect(JSON.parse(stdout)).toMatchObject({
    key: 'T-2',
    headers: { ce_type: 'ticket.created' },
    value: `base64:${bytes.toString('base64')}`,
  })
  const unknown = await runCli(['dead-letters', 'show', 'nothing-0-0'], { env: around.env })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/^floorwatch: no dead letter is called nothing-0-0; .*\n$/)
})

test('retry wants to be told which', async () => {
  const { code, stderr } = await runCli(['dead-letters', 'retry'], { env: around.env })
  expect(code).toBe(2)
  expect(stderr).toBe('floorwatch: name letters by id, --reason or --key, or say --all\n')
})

test('retry sends the original bytes and key to the topic they came from, and tells what cannot be sent', async () => {
  const { code, stdout } = await runCli(['dead-letters', 'retry', '--all'], { env: around.env })
  expect(code).toBe(1)
  expect(stdout).toContain(
    `${idOf(7)}: not sent: only its beginning was kept, of ${valueBytesMax + 1} bytes\n`,
  )
  expect(stdout).toContain('elsewhere-1-8: not sent: elsewhere is no input topic of this configuration\n')
  expect(stdout).toContain('2 of 4 sent again\n')
  const records = await readTickets()
  expect(records).toHaveLength(2)
  expect(records).toContainEqual({ key: 'T-2', value: bytes, headers: { ce_type: 'ticket.created' } })
  expect(records).toContainEqual({
    key: 'T-1',
    value: Buffer.from('not json'),
    headers: { ce_type: 'ticket.created' },
  })
})

test('a dead-letter topic that does not exist is one line, exit 1', async () => {
  const { env } = await openSurroundings()
  const { code, stderr } = await runCli(['dead-letters'], { env })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^floorwatch: .*dead-letters\.v1 does not exist on .*`floorwatch topics`.*\n$/)
})
