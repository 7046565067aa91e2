/** The topics floorwatch reads and writes, for `floorwatch topics` and `doctor`. Nothing here is called by `start` to create. */
import { setTimeout } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Topic } from '../core/topics.ts'
import { FloorwatchError } from '../errors.ts'
import { type AdminCalls, createAdminCalls } from './admin-calls.ts'
import type { KafkaClient } from './client.ts'
import { readPartitionCounts, requireEqualCounts } from './log-offsets.ts'

export type TopicNames = {
  readonly input: Readonly<Partial<Record<Topic, string>>>
  readonly metrics: string
  readonly intervals: string
  readonly deadLetters: string
  readonly alerts: string
}

export type TopicSizes = {
  readonly inputPartitions: number
  readonly outputPartitions: number
  /** −1: as the broker's default says. */
  readonly replicationFactor: number
  /** −1: kept for ever. */
  readonly inputRetentionMs: number
  readonly intervalsRetentionMs: number
  readonly deadLettersRetentionMs: number
}

export type TopicPlan = {
  readonly name: string
  readonly purpose: 'input' | 'metrics' | 'intervals' | 'dead letters' | 'alerts'
  readonly partitions: number
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

export function planTopics(names: TopicNames, sizes: TopicSizes): readonly TopicPlan[] {
  const plan = (purpose: TopicPlan['purpose'], name: string, config: TopicPlan['config']): TopicPlan => ({
    name,
    purpose,
    partitions: purpose === 'input' ? sizes.inputPartitions : sizes.outputPartitions,
    replicationFactor: sizes.replicationFactor,
    config,
  })
  const compacted = { 'cleanup.policy': 'compact' }
  return [
    ...Object.values(names.input).map((name) => plan('input', name, keptFor(sizes.inputRetentionMs))),
    plan('metrics', names.metrics, compacted),
    plan('intervals', names.intervals, keptFor(sizes.intervalsRetentionMs)),
    plan('dead letters', names.deadLetters, keptFor(sizes.deadLettersRetentionMs)),
    plan('alerts', names.alerts, compacted),
  ]
}

function keptFor(retentionMs: number): Readonly<Record<string, string>> {
  return { 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs) }
}

export type TopicState = {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** The topics that exist, of those named. */
export async function describeTopics(
  client: KafkaClient,
  names: readonly string[],
): Promise<readonly TopicState[]> {
  return withCalls(client, async (calls) => {
    const counts = await readPartitionCounts(calls, names)
    const configs = await readConfigs(calls, [...counts.keys()])
    return [...counts].map(([name, partitions]) => ({ name, partitions, config: configs.get(name) ?? {} }))
  })
}

export type TopicFinding = {
  readonly name: string
  readonly purpose: TopicPlan['purpose']
  /** Empty when all is well; each says what is wrong and what to do. */
  readonly problems: readonly string[]
}

export async function checkTopics(
  client: KafkaClient,
  plans: readonly TopicPlan[],
): Promise<readonly TopicFinding[]> {
  const states = await describeTopics(
    client,
    plans.map(({ name }) => name),
  )
  const inputCount = greatestInputCount(plans, states)
  return plans.map((plan) => {
    const state = states.find(({ name }) => name === plan.name)
    return { name: plan.name, purpose: plan.purpose, problems: findProblems(plan, state, inputCount) }
  })
}

function greatestInputCount(plans: readonly TopicPlan[], states: readonly TopicState[]): number {
  const inputs = plans.filter(({ purpose }) => purpose === 'input').map(({ name }) => name)
  const counts = states.filter(({ name }) => inputs.includes(name)).map(({ partitions }) => partitions)
  return Math.max(0, ...counts)
}

function findProblems(plan: TopicPlan, state: TopicState | undefined, inputCount: number): readonly string[] {
  if (!state) return ['does not exist: `floorwatch topics create` makes it']
  const problems: string[] = []
  if (plan.purpose === 'input' && state.partitions !== inputCount) {
    problems.push(
      `has ${state.partitions} partitions where another input topic has ${inputCount}: make it anew with ${inputCount}, ` +
        'so that one subject’s events meet',
    )
  }
  const wanted = plan.config['cleanup.policy'] ?? 'delete'
  const policy = state.config['cleanup.policy'] ?? wanted
  if (policy.includes('compact') !== wanted.includes('compact')) {
    problems.push(`has cleanup.policy ${policy}: set it to ${wanted}${reasonOf(wanted)}`)
  }
  return problems
}

function reasonOf(policy: string): string {
  return policy === 'compact'
    ? ', or old keys are never dropped'
    : ', or all but the last event of a subject are lost'
}

/**
 * Creates the topics that do not exist and answers with their names. Existing input topics with another partition count than
 * planned throw `kafka-partitions-differ` before anything is created.
 */
export async function createTopics(
  client: KafkaClient,
  plans: readonly TopicPlan[],
): Promise<readonly string[]> {
  return withCalls(client, async (calls) => {
    const names = plans.map(({ name }) => name)
    const counts = await readPartitionCounts(calls, names)
    const inputs = plans.filter(({ purpose }) => purpose === 'input')
    if (inputs.length > 0) {
      requireEqualCounts(
        new Map(inputs.map(({ name, partitions }) => [name, counts.get(name) ?? partitions])),
      )
    }
    const missing = plans.filter(({ name }) => !counts.has(name))
    if (missing.length > 0) await createAll(client, calls, missing)
    return missing.map(({ name }) => name)
  })
}

async function createAll(client: KafkaClient, calls: AdminCalls, plans: readonly TopicPlan[]): Promise<void> {
  const topics = plans.map(({ name, partitions, replicationFactor, config }) => ({
    topic: name,
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  }))
  // kafkajs gives up waiting for leaders when a broker does not know the topic yet, which is usual just after it was made.
  await calls.ask('creating topics', (admin) => admin.createTopics({ waitForLeaders: false, topics }))
  await waitUntilReady(client, calls, plans)
}

const readyPollMs = 100
const readyPolls = 100

async function waitUntilReady(
  client: KafkaClient,
  calls: AdminCalls,
  plans: readonly TopicPlan[],
): Promise<void> {
  const names = plans.map(({ name }) => name)
  for (let poll = 0; poll < readyPolls; poll += 1) {
    if (await haveLeaders(calls, names)) return
    await setTimeout(readyPollMs)
  }
  throw new FloorwatchError(
    'kafka-unavailable',
    `${names.join(', ')} on ${client.brokers.join(', ')} were created but have no leaders yet; see the brokers' logs`,
  )
}

async function haveLeaders(calls: AdminCalls, names: readonly string[]): Promise<boolean> {
  return calls.ask('waiting for new topics', async (admin) => {
    const existing = await admin.listTopics()
    if (!names.every((name) => existing.includes(name))) return false
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] })
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  })
}

async function readConfigs(
  calls: AdminCalls,
  names: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  if (names.length === 0) return new Map()
  const type = kafkajs.ConfigResourceTypes.TOPIC
  const resources = names.map((name) => ({ type, name, configNames: configsRead }))
  const described = await calls.ask('reading the settings of topics', (admin) =>
    admin.describeConfigs({ includeSynonyms: false, resources }),
  )
  return new Map(
    described.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  )
}

const configsRead = ['cleanup.policy', 'retention.ms', 'max.message.bytes']

async function withCalls<Result>(
  client: KafkaClient,
  use: (calls: AdminCalls) => Promise<Result>,
): Promise<Result> {
  const calls = await createAdminCalls(client)
  try {
    return await use(calls)
  } finally {
    await calls.close()
  }
}
