import { setFlagsFromString } from 'node:v8'
import { buildIdOf } from './build-id.ts'
import type { Running } from './commands/start.ts'
import { runUntilStopped } from './commands/start.ts'
import type { Config } from './config-schema.ts'
import type { Log } from './outage-log.ts'
import type { Clock, SnapshotSource } from './ports.ts'
import { inputTopics, topicNamesOf } from './topic-names.ts'
import { createWallboard } from './wallboard/server.ts'
import { type DemoOptions, openDemo } from './wiring-demo.ts'
import { type Health, openHealth } from './wiring-health.ts'
import { type Closer, createCloser, createLog, openKafka, openService } from './wiring-service.ts'
import { openWallSource } from './wiring-snapshots.ts'

/** Connections beside those of wallboards, for probes and readers that poll. */
const spareConnections = 64

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const complain = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** The signal that was told, once it has been. */
type StopSignal = Promise<string>

const io = { print, complain, exit: (code: number) => process.exit(code) }

const buildId = (): string => buildIdOf(import.meta.dirname)

/**
 * V8 looks through all old objects for every 64 MB of buffers, which are gone within a second here: that took a third of a second
 * every four. Counted with the heap they wait for its own limit. Node 20 has no such flag, and would say so.
 */
const collectWithHeap = (): void => {
  if (Number.parseInt(process.versions.node, 10) >= 24)
    setFlagsFromString('--external-memory-accounted-in-global-limit')
}

/**
 * V8 makes objects old at once where those made before lived long. What is made in the same places lives long in a round of records
 * and not at all while windows are read: hundreds of MB a minute were made old that were gone within milliseconds.
 */
const makeObjectsYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring')

type Wall = {
  readonly snapshots: SnapshotSource
  readonly clock: Clock
  readonly isDemo: boolean
  readonly answers?: Health['answers']
}

export const openWall = (
  { http, time, labels, limits }: Config,
  { snapshots, clock, isDemo, answers }: Wall,
) =>
  createWallboard({
    host: http.host,
    port: http.port,
    snapshots,
    clock,
    mode: { demo: isDemo },
    buildId: buildId(),
    zone: time.zone,
    labels,
    limits: {
      streamsMax: limits.wallboardClientsMax,
      connectionsMax: limits.wallboardClientsMax + spareConnections,
    },
    answers,
  })

/** `floorwatch demo`: the embedded default. Returns the exit code. */
export const runDemo = async (config: Config, options: DemoOptions, stopped: StopSignal): Promise<number> => {
  const opened = await Promise.race([startDemo(config, options), stopped])
  return typeof opened === 'string' ? endUnbegun() : await runUntilStopped(opened, { ...io, stopped })
}

const startDemo = async (config: Config, options: DemoOptions): Promise<Running> => {
  print('Floorwatch demo: a simulated contact centre, nothing outside this process.')
  const health = openHealth(config, buildId())
  const log = createLog({ ...config, log: { level: 'warn' } })
  const demo = await openDemo(config, options, { log, meter: health.meter })
  const { answers } = health
  const wall = await openWall(config, { ...demo, isDemo: true, answers }).catch(async (error: unknown) => {
    await demo.close()
    throw error
  })
  health.watch(demo.service.status, health.fail)
  print(`  events     ${options.eventsPerSecond}/s on average, speed ${options.speed}, seed ${options.seed}`)
  print(`  wallboard  ${wall.url}`)
  print('Ctrl-C ends it.')
  const close = () => closeTogether([health, demo])
  return { service: demo.service, wall, failed: health.failed, close }
}

const closeTogether = async (opened: readonly { close(): Promise<void> }[]): Promise<void> => {
  await Promise.all(opened.map((one) => one.close()))
}

/** `floorwatch start`: the service. Returns the exit code. */
export const runStart = async (config: Config, stopped: StopSignal): Promise<number> => {
  collectWithHeap()
  makeObjectsYoung()
  const closer = createCloser()
  try {
    const opened = await Promise.race([openStart(config, closer), stopped])
    return typeof opened === 'string' ? endUnbegun() : await runUntilStopped(opened, { ...io, stopped })
  } catch (error) {
    await closer.closeAll()
    throw error
  }
}

/** Nothing was taken yet that must be handed back, and a server that does not answer may be long about it. */
const endUnbegun = (): never => {
  print('stopped')
  return io.exit(0)
}

const openStart = async (config: Config, closer: Closer): Promise<Running> => {
  const log = createLog(config)
  const health = closer.keep(openHealth(config, buildId()))
  const published: { reader?: SnapshotSource } = {}
  const standing = async () => published.reader?.latest().map(({ key }) => key) ?? []
  const opened = closer.keep(await openService(config, { log, meter: health.meter, standing }))
  const reader = closer.keep(await openReader(config, { log, fail: health.fail }))
  published.reader = reader
  const wall = await openWall(config, {
    snapshots: reader,
    clock: { now: Date.now },
    isDemo: false,
    answers: health.answers,
  })
  health.watch(opened.service.status, health.fail)
  announce(config, opened.partitions, wall.url)
  const close = () => closeTogether([health, opened, reader])
  return { service: opened.service, wall, failed: health.failed, close }
}

const announce = (config: Config, partitions: number, url: string): void => {
  const names = topicNamesOf(config.kafka)
  print(`Floorwatch consumes ${inputTopics.map((topic) => names.input[topic]).join(', ')}`)
  print(
    `  from       ${config.kafka.brokers.join(', ')} as ${config.kafka.groupId}, ${partitions} partitions`,
  )
  print(`  publishes  ${names.metrics}, ${names.intervals}; refused records to ${names.deadLetters}`)
  print(`  wallboard  ${url}`)
}

type ReaderTies = { readonly log: Log; readonly fail: (error: unknown) => void }

/** Every process shows the whole wall, whoever published it. */
const openReader = (config: Config, { log, fail }: ReaderTies): Promise<SnapshotSource> =>
  openWallSource(config, {
    client: openKafka(config, log),
    onUnreadable: (detail) => log.error({ detail }, 'snapshots that cannot be read are not shown'),
    onFatal: fail,
  })
