import type { Topic } from '../../src/core/topics.ts'
import { createMemoryLog, type MemoryLog } from '../../src/memory/log.ts'
import type { ShardOffsets } from '../../src/ports.ts'
import type { ServicePorts } from '../../src/service.ts'
import { createRandom, type Random } from '../../src/simulate/random.ts'
import { inputTopics } from '../../src/topic-names.ts'
import { createGroup, type Group } from './kafka-group.ts'
import { createKafkaOutputs, type KafkaOutputs } from './kafka-outputs.ts'
import type { KafkaSourceModel } from './kafka-source.ts'
import { createServer, type Server } from './link.ts'
import type { Machine } from './machine.ts'
import type { Plan } from './plan.ts'
import { type CommitSeen, createRedisModel, type RedisModel } from './redis-model.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import { createVerdicts, type Verdicts } from './verdicts.ts'

/** A bug planted from outside the product. */
export type Alteration = {
  /** What a process gets in place of its ports. */
  readonly alterPorts?: (ports: ServicePorts, world: World) => ServicePorts
  readonly checksEpoch?: boolean
  readonly checksPrevious?: boolean
  readonly noticesGaps?: boolean
  readonly startsFromHints?: boolean
}

/** `isLost`: Redis has forgotten it, so that the owner before it may go on. */
export type Taking = {
  readonly shard: number
  readonly writer: string
  readonly atMs: number
  isLost: boolean
}

/** Everything there is in a history: one clock, the models of Kafka and Redis, the machines. */
export type World = {
  readonly plan: Plan
  readonly alteration: Alteration
  readonly scheduler: Scheduler
  readonly random: Random
  readonly log: MemoryLog
  readonly redis: RedisModel
  readonly kafka: Server
  readonly group: Group
  readonly outputs: KafkaOutputs
  readonly hints: Map<number, ShardOffsets>
  readonly machines: Map<string, Machine>
  /** What each machine's process reads of Kafka. */
  readonly sources: Map<string, KafkaSourceModel>
  readonly verdicts: Verdicts
  /** Topic-partitions whose fetches are held up, until when. */
  readonly clogs: Map<string, number>
  /** Machines that cannot reach the coordinator, until when. */
  readonly cuts: Map<string, number>
  /** Who took a shard, in order. */
  readonly takings: Taking[]
  readonly violations: string[]
  /** Redis has forgotten something. */
  hasLost: boolean
  /** Faults are over. */
  isCalm: boolean
  /** Hours of quiet have rarer turns, and the end has more of them. */
  pace: 'usual' | 'quiet' | 'brisk'
}

export type WorldOptions = {
  readonly alteration: Alteration
  readonly keepsTrace: boolean
  readonly onCommit: (world: World, seen: CommitSeen) => void
}

export const createWorld = (plan: Plan, { alteration, keepsTrace, onCommit }: WorldOptions): World => {
  const { seed, partitions } = plan
  const random = createRandom(seed, 'world')
  const startMs = plan.acts[0]?.fromMs ?? 0
  const scheduler = createScheduler({ startMs, random: createRandom(seed, 'order'), keepsTrace })
  const log = createMemoryLog({ partitions, topics: inputTopics, partitioner: 'murmur2' })
  const takings: World['takings'] = []
  const redis = createRedisModel({
    now: scheduler.now,
    random: createRandom(seed, 'redis'),
    chainLength: plan.chainLength,
    onCommit: (seen) => onCommit(world, seen),
    onLoss: (sinceMs) => {
      world.hasLost = true
      for (const taking of takings) taking.isLost ||= taking.atMs >= sinceMs
    },
    onTake: (shard, writer) => void takings.push({ shard, writer, atMs: scheduler.now(), isLost: false }),
    checksEpoch: alteration.checksEpoch ?? true,
    checksPrevious: alteration.checksPrevious ?? true,
    noticesGaps: alteration.noticesGaps ?? true,
  })
  const world: World = {
    plan,
    alteration,
    scheduler,
    random,
    log,
    redis,
    kafka: createServer('kafka'),
    group: createGroup({
      scheduler,
      random: createRandom(seed, 'group'),
      shardCount: partitions,
      sessionMs: plan.sessionMs,
      tellingMs: () => (world.isCalm ? Math.min(plan.tellingMs, 2_000) : plan.tellingMs),
    }),
    outputs: createKafkaOutputs(scheduler.now),
    hints: new Map(),
    machines: new Map(),
    sources: new Map(),
    verdicts: createVerdicts(plan, log),
    clogs: new Map(),
    cuts: new Map(),
    takings,
    violations: [],
    hasLost: false,
    isCalm: false,
    pace: 'usual',
  }
  return world
}

/** How long a fetch takes just now; undefined: Kafka is out. */
export const fetchMsOf = ({ kafka, plan, isCalm }: World): number | undefined => {
  if (kafka.state !== 'up') return undefined
  return isCalm ? Math.min(plan.fetchMs, 20) : plan.fetchMs
}

export const isClogged = ({ clogs, scheduler }: World, topic: Topic, partition: number): boolean =>
  (clogs.get(`${topic}-${partition}`) ?? 0) > scheduler.now()

/** Less than after which a shard counts as standing still. */
const quietIdleMs = 25_000
const briskIdleMs = 600

export const idleMsOf = ({ pace, plan, random }: World): number => {
  switch (pace) {
    case 'quiet':
      return quietIdleMs
    case 'brisk':
      return briskIdleMs
    case 'usual':
      return plan.idleMs * (0.5 + random())
  }
}
