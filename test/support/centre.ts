import { type Config, configSchema } from '../../src/config-schema.ts'
import { type Event, kafkaKeyOf, type SubjectKind, subjectOf, topicOfType } from '../../src/core/events.ts'
import { decodeHead, type ShardHead } from '../../src/core/shard-codec.ts'
import type { Topic } from '../../src/core/topics.ts'
import { createMemoryDeadLetters } from '../../src/memory/dead-letters.ts'
import { createMemoryLog, type MemoryLog, type MemoryRecord } from '../../src/memory/log.ts'
import { createMemorySource } from '../../src/memory/source.ts'
import { createMemoryStore } from '../../src/memory/store.ts'
import type {
  AssignmentListener,
  DeadLetters,
  EventSource,
  RecordDecoder,
  SnapshotRecord,
  SnapshotSink,
  StateStore,
} from '../../src/ports.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { createService, type Service } from '../../src/service.ts'
import { inputTopics } from '../../src/topic-names.ts'

/** Several processes over one log and one store, in memory; time is moved by hand. */
export type Centre = {
  readonly log: MemoryLog
  readonly store: StateStore
  readonly sink: SnapshotSink
  readonly clock: { nowMs: number }
  /** Appends each event to its topic, keyed as producers do; its record is as old as it is. */
  feed(events: readonly Event[], record?: Partial<MemoryRecord>): void
  /** A process that owns these shards; all of them where none are named. */
  join(options?: JoinOptions): Promise<Process>
  /** What stands on the topic of current windows: the latest of each key by revision, tombstones left out. */
  current(): ReadonlyMap<string, Published>
  /** Everything ever sent, in order. */
  readonly sent: SnapshotRecord[]
  readonly closed: SnapshotRecord[]
  readonly deadLetters: ReturnType<typeof createMemoryDeadLetters>
  readonly logged: LogLine[]
  /** Heads as they stand in the store. */
  heads(): Promise<readonly ShardHead[]>
}

export type LogLine = { readonly level: string; readonly message: string; readonly part?: string }

export type Published = {
  readonly asOf: string
  readonly watermark: string
  readonly revision: number
  readonly partial: boolean
  readonly final: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly window: { readonly startAt: string | null; readonly endAt: string }
  readonly metrics: Readonly<Record<string, { readonly value: number | null; readonly n: number }>>
  readonly worst: unknown
}

export type JoinOptions = {
  readonly shards?: readonly number[]
  readonly store?: StateStore
  readonly sink?: SnapshotSink
  readonly decoder?: RecordDecoder
  readonly deadLetters?: DeadLetters
  readonly source?: (source: EventSource) => EventSource
  /** Of this process; absent: the centre's. */
  readonly config?: object
}

export type Process = {
  readonly service: Service
  /** Goes round until nothing was there to take. */
  settle(): Promise<void>
  round(): Promise<boolean>
  give(shard: number): Promise<void>
  revoke(shard: number): Promise<void>
}

export type CentreOptions = {
  readonly partitions?: number
  readonly config?: object
  readonly startMs?: number
}

const roundsMax = 10_000

export const createCentre = ({ partitions = 1, config = {}, startMs = 0 }: CentreOptions = {}): Centre => {
  const parsed = configSchema.parse(config)
  const clock = { nowMs: startMs }
  const log = createMemoryLog({ partitions, topics: inputTopics, partitioner: parsed.kafka.partitioner })
  const store = createMemoryStore({ chainLength: 16 })
  const deadLetters = createMemoryDeadLetters({ lettersMax: 10_000 })
  const sent: SnapshotRecord[] = []
  const closed: SnapshotRecord[] = []
  const logged: LogLine[] = []
  const sink: SnapshotSink = {
    publish: async (records) => void sent.push(...records),
    standing: async () => [...latestOf(sent).keys()],
    publishClosed: async (records) => void closed.push(...records),
    close: async () => {},
  }
  const join = async (options: JoinOptions = {}): Promise<Process> => {
    const own = options.config ? configSchema.parse(options.config) : parsed
    const source = shareSource(own, log, options.shards)
    const ports = {
      source: options.source ? options.source(source) : source,
      store: options.store ?? store,
      decoder: options.decoder ?? createRegistryDecoder({}),
      deadLetters: options.deadLetters ?? deadLetters,
      sink: options.sink ?? sink,
      clock: { now: () => clock.nowMs },
    }
    const service = createService(own, ports, logInto(logged))
    await service.start()
    return {
      service,
      round: service.runRound,
      settle: () => settle(service),
      give: source.give,
      revoke: source.revoke,
    }
  }
  return {
    log,
    store,
    sink,
    clock,
    sent,
    closed,
    deadLetters,
    logged,
    join,
    feed: (events, record = {}) => {
      for (const event of events) append(log, event, record)
    },
    current: () => latestOf(sent),
    heads: () => readHeads(store, partitions),
  }
}

/** Twice idle: what the last round committed has then been published. */
const settle = async (service: Service): Promise<void> => {
  let idle = 0
  for (let round = 0; idle < 2; round++) {
    if (round > roundsMax) throw new Error('the process never comes to rest')
    idle = (await service.runRound()) ? 0 : idle + 1
  }
}

/** What may lie on any topic is fed to that of its subject. */
const topicsByKind: Readonly<Partial<Record<SubjectKind, Topic>>> = {
  call: 'call-queue',
  ticket: 'ticket',
  conversation: 'message',
  survey: 'survey',
}

/** The topic an event is fed to. */
export const feedTopicOf = (event: Event): Topic => {
  const topic = topicOfType(event.type) ?? topicsByKind[subjectOf(event).kind]
  if (topic === undefined) throw new Error(`no topic takes ${event.type}`)
  return topic
}

const append = (log: MemoryLog, event: Event, record: Partial<MemoryRecord>): void => {
  const value = JSON.stringify(event)
  log.append(feedTopicOf(event), { key: kafkaKeyOf(event), value, timestampMs: event.occurredAt, ...record })
}

const logInto = (logged: LogLine[]) => {
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, message, ...fields })
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

type SharedSource = EventSource & { give(shard: number): Promise<void>; revoke(shard: number): Promise<void> }

/** The memory source hands out every shard; here a process is given some of them. */
const shareSource = ({ kafka }: Config, log: MemoryLog, shards?: readonly number[]): SharedSource => {
  const startFrom =
    kafka.startFrom === 'earliest' || kafka.startFrom === 'latest' ? kafka.startFrom : undefined
  const source = createMemorySource({
    log,
    startFrom: startFrom ?? { atMs: Date.parse(kafka.startFrom) },
    onDataLoss: 'stop',
    dropCommitted: false,
  })
  let listener: AssignmentListener | undefined
  return {
    ...source,
    start: (given) => {
      listener = given
      const onAssigned = async (shard: number) =>
        shards === undefined || shards.includes(shard) ? given.onAssigned(shard) : {}
      return source.start({ ...given, onAssigned })
    },
    give: async (shard) => source.seek(shard, (await listener?.onAssigned(shard)) ?? {}),
    revoke: async (shard) => listener?.onRevoked(shard),
  }
}

const latestOf = (sent: readonly SnapshotRecord[]): ReadonlyMap<string, Published> => {
  const latest = new Map<string, SnapshotRecord>()
  for (const record of sent)
    if (record.revision > (latest.get(record.key)?.revision ?? 0)) latest.set(record.key, record)
  return new Map(
    [...latest].flatMap(([key, { value }]): [string, Published][] =>
      value === null || key.startsWith('~heartbeat|') ? [] : [[key, JSON.parse(value)]],
    ),
  )
}

const readHeads = async (store: StateStore, partitions: number): Promise<readonly ShardHead[]> => {
  const heads: ShardHead[] = []
  for (let shard = 0; shard < partitions; shard++) {
    const { head } = await store.readChanges(shard, { sinceId: '', wanted: () => false })
    if (head) heads.push(decodeHead(head))
  }
  return heads
}

/** What became of every record, summed over shards. */
export const countersOf = (heads: readonly ShardHead[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {}
  for (const { counters } of heads)
    for (const [name, count] of Object.entries(counters)) sums[name] = (sums[name] ?? 0) + count
  return sums
}
