import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Running } from './commands/start.ts'
import { runUntilStopped } from './commands/start.ts'
import type { Config } from './config-schema.ts'
import { createKafkaSnapshotSource } from './kafka/snapshot-source.ts'
import type { Clock, SnapshotSource } from './ports.ts'
import { inputTopics, topicNamesOf } from './topic-names.ts'
import { createWallboard } from './wallboard/server.ts'
import { type DemoOptions, openDemo } from './wiring-demo.ts'
import { createCloser, createLog, openKafka, openService } from './wiring-service.ts'

const wallKeysMax = 100_000

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Changes with the program, so that open pages load themselves anew. */
const buildId = (): string =>
  createHash('sha256')
    .update(readFileSync(process.argv[1] ?? ''))
    .digest('hex')
    .slice(0, 12)

/** Resolves at the first SIGINT or SIGTERM; later ones, such as a terminal's second copy, change nothing. */
export const stopSignal = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal))
  })

type Wall = { readonly snapshots: SnapshotSource; readonly clock: Clock; readonly isDemo: boolean }

export const openWall = ({ http, time, labels, limits }: Config, { snapshots, clock, isDemo }: Wall) =>
  createWallboard({
    host: http.host,
    port: http.port,
    snapshots,
    clock,
    mode: { demo: isDemo },
    buildId: buildId(),
    zone: time.zone,
    labels,
    limits: { connectionsMax: limits.wallboardClientsMax },
  })

/** `floorwatch demo`: the embedded default. Returns the exit code. */
export const runDemo = async (config: Config, options: DemoOptions): Promise<number> => {
  const stopped = stopSignal()
  print('Floorwatch demo: a simulated contact centre, nothing outside this process.')
  const demo = openDemo(config, options, createLog({ ...config, log: { level: 'warn' } }))
  const wall = await openWall(config, { ...demo, isDemo: true }).catch(async (error: unknown) => {
    await demo.close()
    throw error
  })
  print(`  events     ${options.eventsPerSecond}/s on average, speed ${options.speed}, seed ${options.seed}`)
  print(`  wallboard  ${wall.url}`)
  print('Ctrl-C ends it.')
  const running: Running = { service: demo.service, wall, close: demo.close }
  return runUntilStopped(running, { print, stopped })
}

/** `floorwatch start`: the service. Returns the exit code. */
export const runStart = async (config: Config): Promise<number> => {
  const stopped = stopSignal()
  const log = createLog(config)
  const closer = createCloser()
  try {
    const opened = closer.keep(await openService(config, log))
    const reader = closer.keep(await openReader(config, log))
    const wall = await openWall(config, { snapshots: reader, clock: { now: Date.now }, isDemo: false })
    return await serve(config, { opened, wall, closer, stopped })
  } catch (error) {
    await closer.closeAll()
    throw error
  }
}

type Serving = {
  readonly opened: Awaited<ReturnType<typeof openService>>
  readonly wall: Running['wall']
  readonly closer: ReturnType<typeof createCloser>
  readonly stopped: Promise<string>
}

const serve = (config: Config, { opened, wall, closer, stopped }: Serving): Promise<number> => {
  const names = topicNamesOf(config.kafka)
  print(`Floorwatch consumes ${inputTopics.map((topic) => names.input[topic]).join(', ')}`)
  print(
    `  from       ${config.kafka.brokers.join(', ')} as ${config.kafka.groupId}, ${opened.partitions} partitions`,
  )
  print(`  publishes  ${names.metrics}, ${names.intervals}; refused records to ${names.deadLetters}`)
  print(`  wallboard  ${wall.url}`)
  return runUntilStopped({ service: opened.service, wall, close: closer.closeAll }, { print, stopped })
}

/** Every process shows the whole wall, whoever published it. */
const openReader = (config: Config, log: ReturnType<typeof createLog>): Promise<SnapshotSource> =>
  createKafkaSnapshotSource({
    client: openKafka(config, log),
    metricsTopic: topicNamesOf(config.kafka).metrics,
    groupPrefix: `${config.kafka.groupId}-wall`,
    keysMax: wallKeysMax,
    onFatal: (error) => {
      log.error({ reason: error.message }, 'the wall lost its snapshots')
    },
  })
