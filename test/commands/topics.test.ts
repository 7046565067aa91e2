import { expect, test } from 'vitest'
import {
  checkTopicsNow,
  createMissingTopics,
  listTopics,
  type PlannedTopic,
  type TopicSizes,
  type TopicState,
  type TopicsIo,
} from '../../src/commands/topics.ts'

const flags = { outputPartitions: '1', retention: '30d' }

function ioOf(states: readonly TopicState[], problems: Readonly<Record<string, readonly string[]>> = {}) {
  const printed: string[] = []
  const sizes: TopicSizes[] = []
  const io: TopicsIo<PlannedTopic> = {
    plan: (asked) => {
      sizes.push(asked)
      return [
        { name: 'in', purpose: 'input', partitions: asked.inputPartitions, config: {} },
        { name: 'out', purpose: 'metrics', partitions: asked.outputPartitions, config: {} },
      ]
    },
    describe: async (names) => states.filter(({ name }) => names.includes(name)),
    check: async (plans) => plans.map(({ name }) => ({ name, problems: problems[name] ?? [] })),
    create: async (plans) =>
      plans.map(({ name }) => name).filter((name) => !states.some((state) => state.name === name)),
    print: (text) => {
      printed.push(text)
    },
  }
  return { io, printed, sizes }
}

const standing = (name: string, partitions: number): TopicState => ({
  name,
  partitions,
  config: { 'cleanup.policy': 'delete' },
})

test('list tells what each is for and what is missing', async () => {
  const { io, printed } = ioOf([standing('in', 1)])
  await listTopics(io, false)
  expect(printed).toEqual([
    'in   input         1 partition, cleanup.policy delete\n',
    'out  metrics       missing\n',
  ])
})

test('check parts a problem into what is wrong and what to do', async () => {
  const { io, printed } = ioOf([], { out: ['has cleanup.policy delete: set it to compact, or: keys stay'] })
  expect(await checkTopicsNow(io, false)).toBe(1)
  expect(printed.join('')).toBe(
    '✓ topic in: input\n✗ topic out: has cleanup.policy delete\n  → set it to compact, or: keys stay\n',
  )
})

test('without --partitions a new installation gets six, a standing one what it has', async () => {
  const fresh = ioOf([])
  await createMissingTopics(fresh.io, flags)
  expect(fresh.printed).toEqual(['in: created, 6 partitions\n', 'out: created, 1 partition\n'])
  const grown = ioOf([standing('in', 12)])
  await createMissingTopics(grown.io, flags)
  expect(grown.sizes.at(-1)?.inputPartitions).toBe(12)
  expect(grown.printed[0]).toBe('in: exists\n')
})

test('numbers and durations that are none are refused before anything is made', async () => {
  const { io, printed } = ioOf([])
  await expect(createMissingTopics(io, { ...flags, partitions: '0' })).rejects.toThrow('--partitions')
  await expect(createMissingTopics(io, { ...flags, retention: '15x' })).rejects.toThrow('--retention')
  await expect(createMissingTopics(io, { ...flags, replicationFactor: 'two' })).rejects.toThrow(
    '--replication-factor',
  )
  expect(printed).toEqual([])
})
