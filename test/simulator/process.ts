import { type Config, configSchema } from '../../src/config-schema.ts'
import { FloorwatchError } from '../../src/errors.ts'
import { createRegistryDecoder } from '../../src/registry/decoder.ts'
import { createService, type ServicePorts } from '../../src/service.ts'
import { createRandom } from '../../src/simulate/random.ts'
import { createKafkaSourceModel, type KafkaSourceModel } from './kafka-source.ts'
import { createLink, noFaults } from './link.ts'
import { createMachine, type Machine } from './machine.ts'
import type { Plan } from './plan.ts'
import { fetchMsOf, idleMsOf, isClogged, type World } from './world.ts'

/** A process of the service on its machine. */
export type SimulatedProcess = {
  readonly machine: Machine
  readonly source: KafkaSourceModel
  /** SIGTERM: ends after the round under way, and leaves the group. */
  stop(): void
}

export const configOf = (plan: Plan): Config => {
  const parsed = configSchema.parse({
    time: {
      source: plan.source,
      latenessMs: plan.latenessMs,
      disorderMs: plan.disorderMs,
      visitExpiryMs: plan.visitExpiryMs,
    },
    limits: { batchRecordsMax: plan.batchRecordsMax },
    scopes: plan.sets,
    publish: [{ scopes: plan.sets, windows: plan.windows, metrics: plan.metrics, everyMs: plan.everyMs }],
  })
  return { ...parsed, limits: { ...parsed.limits, liveSubjectsMax: plan.liveSubjectsMax, dueSubjectsMax: 3 } }
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Starts a process and lets it live: round after round until it is killed, stopped, or ends by itself. */
export const startProcess = (world: World, name: string): SimulatedProcess => {
  const { scheduler, plan, machines } = world
  const machine = createMachine(name, scheduler, plan.seed)
  machines.set(name, machine)
  scheduler.note(`${name} starts`)
  const source = connectSource(world, machine)
  world.sources.set(name, source)
  const process: State = { world, machine, source, isStopping: false }
  void live(process).catch((error: unknown) => endWith(process, error))
  return {
    machine,
    source,
    stop: () => {
      process.isStopping = true
      scheduler.note(`${name} is told to stop`)
    },
  }
}

type State = {
  readonly world: World
  readonly machine: Machine
  readonly source: KafkaSourceModel
  isStopping: boolean
}

const linkOf = (world: World, machine: Machine, server: 'redis' | 'kafka') => {
  const { plan, scheduler } = world
  const faults = server === 'redis' ? plan.redisFaults : plan.kafkaFaults
  return createLink({
    scheduler,
    machine,
    server: server === 'redis' ? world.redis.server : world.kafka,
    random: createRandom(plan.seed, `link ${machine.name} ${server}`),
    faults: () => (world.isCalm ? noFaults : faults),
    timeoutMs: plan.timeoutMs,
  })
}

const connectSource = (world: World, machine: Machine): KafkaSourceModel => {
  const { scheduler, log, group, hints, plan, cuts, alteration } = world
  return createKafkaSourceModel({
    scheduler,
    machine,
    random: createRandom(plan.seed, `fetches ${machine.name}`),
    log,
    link: linkOf(world, machine, 'kafka'),
    group,
    isCut: () => (cuts.get(machine.name) ?? 0) > scheduler.now(),
    fetchMs: () => fetchMsOf(world),
    isClogged: (topic, partition) => isClogged(world, topic, partition),
    queueRecordsMax: plan.queueRecordsMax,
    startsFromHints: alteration.startsFromHints ?? false,
    hints,
  })
}

const connectPorts = ({ world, machine, source }: State): ServicePorts => {
  const { redis, outputs, scheduler, alteration } = world
  const outside = outputs.connect(linkOf(world, machine, 'kafka'), machine.name)
  const ports: ServicePorts = {
    source,
    store: redis.connect(linkOf(world, machine, 'redis'), machine.name),
    decoder: createRegistryDecoder({}),
    ...outside,
    clock: { now: scheduler.now },
    delay: (attempt) => rest({ world, machine }, 100 * 2 ** Math.min(attempt, 5)),
    giveWay: () => rest({ world, machine }, 0),
  }
  return alteration.alterPorts?.(ports, world) ?? ports
}

const rest = ({ world, machine }: Pick<State, 'world' | 'machine'>, delayMs: number): Promise<void> =>
  new Promise((resolve) => void world.scheduler.after(delayMs, () => machine.deliver(resolve)))

const busyMs = 5

const live = async (process: State): Promise<void> => {
  const { world, machine, source } = process
  const service = createService(configOf(world.plan), connectPorts(process), silent)
  await service.start()
  while (!process.isStopping) {
    const hasWorked = await service.runRound()
    await (hasWorked ? rest(process, world.random() * busyMs) : source.wait(idleMsOf(world)))
  }
  await service.stop()
  await source.close()
  machine.kill()
}

/** Nothing in a history is a reason to end by oneself. */
const endWith = ({ world, machine }: State, error: unknown): void => {
  const told =
    error instanceof FloorwatchError ? `${error.code}: ${error.message}` : String((error as Error).stack)
  world.violations.push(`${machine.name} ended by itself: ${told}`)
  machine.kill()
}
