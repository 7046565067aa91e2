import { setImmediate } from 'node:timers/promises'
import type { Config } from './config-schema.ts'
import { kafkaKeyOf, topicOfType } from './core/events.ts'
import { createMemoryDeadLetters } from './memory/dead-letters.ts'
import { createMemoryLog, type MemoryLog } from './memory/log.ts'
import { createMemorySnapshots } from './memory/snapshots.ts'
import { createMemorySource } from './memory/source.ts'
import { createMemoryStore } from './memory/store.ts'
import type { Log } from './outage-log.ts'
import type { Clock, Meter, SnapshotSource } from './ports.ts'
import { createRegistryDecoder } from './registry/decoder.ts'
import { createService, type Service } from './service.ts'
import { createSimulation, formatNdjson, type Simulation } from './simulate/simulation.ts'
import { inputTopics } from './topic-names.ts'

export type DemoOptions = {
  readonly seed: number
  /** Events a second of simulated time, on the mean of a week. */
  readonly eventsPerSecond: number
  /** Seconds of simulated time a second. */
  readonly speed: number
}

export type OpenDemo = {
  readonly service: Service
  readonly snapshots: SnapshotSource
  readonly clock: Clock
  /** Events fed so far. */
  readonly fedCount: () => number
  close(): Promise<void>
}

type DemoTies = { readonly log: Log; readonly meter: Meter }

const hourMs = 3_600_000
/** The wall shows what happened since so long before the start. */
const historyMs = hourMs
const warmUpMs = 6 * hourMs
const feedEveryMs = 200
/** A signal to stop is heard between two stretches of the history, and between two batches. */
const eventsAtOnce = 2_400
const batchRecordsMax = 500
const lettersMax = 1_000
const closedMax = 10_000
const lateShare = 0.01
/** A call whose answer comes hours late waits on the wall all that time: true, and a riddle to whoever looks at a demo. */
const lateMaxMs = 15_000
const duplicateShare = 0.005
/** The simulated morning in which the demo always begins. */
const beginsAtHour = 10.5

/** The whole of Floorwatch in this process: a simulated centre, an in-process log and store. */
export const openDemo = async (
  config: Config,
  options: DemoOptions,
  { log, meter }: DemoTies,
): Promise<OpenDemo> => {
  const startedMs = Date.now()
  const clock: Clock = { now: () => Math.round(startedMs + (Date.now() - startedMs) * options.speed) }
  const events = createMemoryLog({ partitions: 1, topics: inputTopics, partitioner: 'murmur2' })
  const source = createMemorySource({
    log: events,
    startFrom: 'earliest',
    onDataLoss: 'stop',
    dropCommitted: true,
  })
  const snapshots = createMemorySnapshots({ closedMax })
  const ports = {
    source,
    store: createMemoryStore({ chainLength: 16 }),
    decoder: createRegistryDecoder({}),
    deadLetters: createMemoryDeadLetters({ lettersMax }),
    sink: snapshots.sink,
    clock,
    meter,
  }
  const limits = {
    ...config.limits,
    batchRecordsMax: Math.min(config.limits.batchRecordsMax, batchRecordsMax),
  }
  const service = createService({ ...config, limits }, ports, log)
  const feeder = createFeeder(events, openCentre(options, startedMs), clock)
  const stretchMs = (eventsAtOnce / options.eventsPerSecond) * 1_000
  for (let atMs = startedMs - historyMs - warmUpMs; atMs < startedMs; atMs += stretchMs) {
    feeder.feedUntil(atMs)
    await setImmediate()
  }
  feeder.start()
  const close = async () => {
    feeder.stop()
    // Closing the source wakes the loop, which may be waiting for records.
    await Promise.all([service.stop(), source.close()])
    await snapshots.source.close()
  }
  return { service, snapshots: snapshots.source, clock, fedCount: feeder.fedCount, close }
}

const openCentre = ({ seed, eventsPerSecond }: DemoOptions, nowMs: number): Simulation =>
  createSimulation({
    seed,
    profile: 'default',
    eventsPerSecond,
    startAtMs: nowMs - historyMs,
    warmUpMs,
    zoneOffsetMs: offsetToMorning(nowMs),
    lateShare,
    lateMaxMs,
    duplicateShare,
  })

/** Moves the simulated clock so that now is a Tuesday morning. */
const offsetToMorning = (nowMs: number): number => {
  const dayMs = 24 * hourMs
  const tuesdayMs = Date.UTC(2026, 0, 6) + beginsAtHour * hourMs
  const weekMs = 7 * dayMs
  return (((tuesdayMs - nowMs) % weekMs) + weekMs) % weekMs
}

/** Appends what has happened, once started by the clock, a few times a second. */
const createFeeder = (log: MemoryLog, centre: Simulation, clock: Clock) => {
  let count = 0
  let timer: NodeJS.Timeout | undefined
  const feedUntil = (atMs: number) => {
    for (const item of centre.takeUntil(atMs)) {
      if (!('event' in item)) continue
      const topic = topicOfType(item.event.type)
      if (topic === undefined || !log.topics.includes(topic)) continue
      log.append(topic, {
        key: kafkaKeyOf(item.event),
        value: formatNdjson(item),
        timestampMs: item.event.occurredAt,
      })
      count++
    }
  }
  const start = () => {
    feedUntil(clock.now())
    timer = setInterval(() => feedUntil(clock.now()), feedEveryMs)
  }
  return { feedUntil, start, stop: () => clearInterval(timer), fedCount: () => count }
}
