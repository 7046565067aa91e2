import { expect, test } from 'vitest'
import { createTopics, planTopics, type TopicSizes } from '../../src/kafka/topics.ts'
import { runCli } from './run-cli.ts'
import { openSurroundings } from './surroundings.ts'

const sizes: TopicSizes = {
  inputPartitions: 3,
  outputPartitions: 1,
  replicationFactor: 1,
  inputRetentionMs: -1,
  intervalsRetentionMs: -1,
  deadLettersRetentionMs: -1,
}

test('what is missing is told, then created, then found to be well', async () => {
  const { env, names } = await openSurroundings()
  const before = await runCli(['topics', 'check'], { env })
  expect(before.code).toBe(1)
  expect(before.stdout).toContain(`✗ topic ${names.metrics}: does not exist\n  → `)
  const missing = await runCli(['topics'], { env })
  expect(missing.code).toBe(0)
  expect(missing.stdout).toMatch(new RegExp(`${names.input.ticket} +input +missing`))
  const created = await runCli(['topics', 'create', '--partitions', '2', '--json'], { env })
  expect(created.code).toBe(0)
  const rows = JSON.parse(created.stdout) as { name: string; created: boolean; partitions: number }[]
  expect(rows).toHaveLength(8)
  expect(rows.every((row) => row.created)).toBe(true)
  expect(rows.find(({ name }) => name === names.input.survey)?.partitions).toBe(2)
  const again = await runCli(['topics', 'create'], { env })
  expect(again.stdout.trim().split('\n')).toEqual(rows.map(({ name }) => `${name}: exists`))
  const after = await runCli(['topics', 'check'], { env })
  expect(after.stdout).toContain(`✓ topic ${names.metrics}: metrics\n`)
  expect(after.code).toBe(0)
  const listed = await runCli(['topics', 'list', '--json'], { env })
  expect(JSON.parse(listed.stdout)).toContainEqual(
    expect.objectContaining({ name: names.input['call-queue'], purpose: 'input', partitions: 2 }),
  )
})

test('a missing input topic is made with as many partitions as the others have', async () => {
  const { env, names, client } = await openSurroundings()
  const [first] = planTopics(names, sizes)
  if (first) await createTopics(client, [first])
  const { stdout } = await runCli(['topics', 'create'], { env })
  expect(stdout).toContain(`${names.input['call-queue']}: exists\n`)
  expect(stdout).toContain(`${names.input.message}: created, 3 partitions\n`)
})

test('partition counts that differ are one line that says what to do, and nothing is created', async () => {
  const { env, names, client } = await openSurroundings()
  const plans = planTopics(names, sizes)
  await createTopics(client, plans.slice(0, 1))
  await createTopics(client, planTopics(names, { ...sizes, inputPartitions: 2 }).slice(1, 2))
  const created = await runCli(['topics', 'create'], { env })
  expect(created).toMatchObject({ code: 1, stdout: '' })
  expect(created.stderr.trim().split('\n')).toHaveLength(1)
  expect(created.stderr).toContain(`${names.input['call-queue']} has 3`)
  expect(created.stderr).toContain('Add partitions to those that have fewer')
  const checked = await runCli(['topics', 'check'], { env })
  expect(checked.code).toBe(1)
  expect(checked.stdout).toMatch(new RegExp(`✗ topic ${names.input.ticket}: has 2 partitions where another`))
  expect(checked.stdout).toContain(`✗ topic ${names.metrics}: does not exist`)
})

test('start refuses topics that do not exist and partition counts that differ, one line each, exit 1', async () => {
  const { env, names, client } = await openSurroundings()
  const missing = await runCli(['start'], { env })
  expect(missing.code).toBe(1)
  expect(missing.stderr).toContain(`${names.input.ticket}`)
  expect(missing.stderr).toMatch(/^floorwatch: .*do not exist on .*`floorwatch topics`.*\n$/)
  await createTopics(client, planTopics(names, sizes).slice(0, 1))
  await createTopics(client, planTopics(names, { ...sizes, inputPartitions: 2 }).slice(1))
  const differing = await runCli(['start'], { env })
  expect(differing.code).toBe(1)
  expect(differing.stderr).toMatch(
    /^floorwatch: the input topics must have the same number of partitions.*\n$/,
  )
})
