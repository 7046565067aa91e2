import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import {
  createRecordMaker,
  planSimulation,
  type SimulatedItem,
  type SimulateFlags,
  type SimulationPlan,
  writeSimulation,
} from './commands/simulate.ts'
import type { Config } from './config-schema.ts'
import { FloorwatchError } from './errors.ts'
import type { KafkaClient } from './kafka/client.ts'
import { type ProfileName, profiles } from './simulate/profiles.ts'
import { createSimulation, formatNdjson } from './simulate/simulation.ts'
import { topicNamesOf } from './topic-names.ts'

const clock = { now: Date.now }

/** What the items go to; `close` resolves when all of them are there. */
type ItemSink = {
  readonly write: (items: readonly SimulatedItem[]) => Promise<void>
  readonly close: () => Promise<void>
  readonly summary: (count: number) => string | undefined
}

/** Writes a simulated contact centre to standard output, a file or Kafka; tells people how much it was, but for a pipe. */
export const simulate = async (flags: SimulateFlags, configOf: () => Config): Promise<void> => {
  const plan = planSimulation(flags, clock)
  const simulation = createSimulation({ ...plan, profile: readProfile(flags.profile) })
  const sink = await openSink(flags, plan, configOf)
  try {
    const count = await writeSimulation(simulation.batches(), plan, {
      clock,
      sleep: setTimeout,
      write: sink.write,
    })
    const summary = sink.summary(count)
    if (summary !== undefined) process.stderr.write(`${summary}\n`)
  } finally {
    await sink.close()
  }
}

const readProfile = (name: string): ProfileName => {
  if (Object.hasOwn(profiles, name)) return name as ProfileName
  const names = Object.keys(profiles).join(', ')
  throw new FloorwatchError('usage-invalid', `--profile: '${name}' is none; write one of ${names}`)
}

const openSink = (flags: SimulateFlags, plan: SimulationPlan, configOf: () => Config): Promise<ItemSink> => {
  switch (plan.to) {
    case 'stdout':
      return Promise.resolve({
        ...textSink(process.stdout),
        close: async () => undefined,
        summary: () => undefined,
      })
    case 'file':
      return openFileSink(flags.out as string)
    case 'kafka':
      return openKafkaSink(configOf(), plan)
  }
}

const textSink = (stream: Writable) => ({
  write: (items: readonly SimulatedItem[]) =>
    new Promise<void>((resolve, reject) => {
      const text = `${items.map(formatNdjson).join('\n')}\n`
      stream.write(text, (error) => (error ? reject(error) : resolve()))
    }),
})

const openFileSink = async (file: string): Promise<ItemSink> => {
  const stream = createWriteStream(file)
  const refuse = (error: Error) =>
    new FloorwatchError(
      'file-unreadable',
      `${file}: cannot be written: ${error.message}; check the path and its permissions`,
      error,
    )
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve())
    stream.once('error', (error) => reject(refuse(error)))
  })
  const { write } = textSink(stream)
  return {
    write: (items) =>
      write(items).catch((error: Error) => {
        throw refuse(error)
      }),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
    summary: (count) => `${count} lines written to ${file}`,
  }
}

/** Asked beforehand, since a producer gives a topic that is missing half a minute to appear. */
const requireTopics = async (client: KafkaClient, names: readonly string[]): Promise<void> => {
  const { describeTopics } = await import('./kafka/topics.ts')
  const found = (await describeTopics(client, names)).map(({ name }) => name)
  const missing = names.filter((name) => !found.includes(name))
  if (missing.length === 0) return
  throw new FloorwatchError(
    'kafka-topic-missing',
    `${missing.join(', ')} not found on ${client.brokers.join(', ')}: \`floorwatch topics create\` makes what is missing`,
  )
}

/** Events that no topic in use takes are left out: nothing reads them yet. */
const openKafkaSink = async (config: Config, { startAtMs }: SimulationPlan): Promise<ItemSink> => {
  const { createCommandLog } = await import('./wiring-commands.ts')
  const { openKafka } = await import('./wiring-service.ts')
  const { createKafkaEventWriter } = await import('./kafka/event-writer.ts')
  const { input } = topicNamesOf(config.kafka)
  const client = openKafka(config, createCommandLog(config))
  await requireTopics(client, Object.values(input))
  const writer = await createKafkaEventWriter({
    client,
    topics: input,
    partitioner: config.kafka.partitioner,
    compression: 'gzip',
  })
  const makeRecord = createRecordMaker(startAtMs, formatNdjson)
  let leftOut = 0
  return {
    write: async (items) => {
      const records = items.map(makeRecord).filter(({ topic }) => Object.hasOwn(input, topic))
      leftOut += items.length - records.length
      await writer.write(records)
    },
    close: writer.close,
    summary: (count) =>
      `${count - leftOut} records written to ${Object.values(input).join(', ')} on ${config.kafka.brokers.join(', ')}` +
      `; ${leftOut} of agents and business left out, which nothing reads yet`,
  }
}
