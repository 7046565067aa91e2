import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { parseNumber } from './commands/arguments.ts'
import type { ListFlags, RetryFlags } from './commands/dead-letters.ts'
import type { InspectFlags } from './commands/inspect.ts'
import { explainMetric, listMetrics } from './commands/metrics.ts'
import { addRebuildCommand } from './commands/rebuild-command.ts'
import { type ReplayFlags, replayFiles } from './commands/replay.ts'
import type { SchemasFlags } from './commands/schemas.ts'
import type { SimulateFlags } from './commands/simulate.ts'
import type { CreateFlags } from './commands/topics.ts'
import { loadConfig } from './config.ts'
import { rulesOf } from './config-rules.ts'
import { catalogueFor } from './core/metrics.ts'
import { FloorwatchError } from './errors.ts'
import { stopSignal } from './stop-signal.ts'
import { openReplayIo } from './wiring.ts'
import type { WallboardFlags } from './wiring-wallboard.ts'

const versionOf = (): string =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

const usageCodes: ReadonlySet<string> = new Set(['config-invalid', 'usage-invalid'])

const program = new Command('floorwatch')
  .description('Turns the event bus of a contact centre into live, exact numbers')
  .option('--config <file>', 'configuration (YAML); every value can also be set by FLOORWATCH_… variables')
  .version(versionOf(), '--version', 'tell the version')
  .exitOverride()
  .showHelpAfterError('(--help tells what is allowed)')

const configFile = () => program.opts<{ config?: string }>().config
const configOf = () => loadConfig(configFile())

program
  .command('start')
  .description('the service: Kafka, Redis, registry')
  .action(async () => {
    const stopped = stopSignal()
    const { runStart } = await import('./wiring-run.ts')
    process.exitCode = await runStart(configOf(), stopped)
  })

program
  .command('demo')
  .description('a simulated contact centre on the embedded store, with its wallboard')
  .option('--port <port>', 'of the wallboard (default: http.port, 8080)')
  .option('--seed <number>', 'the same seed, the same centre', '1')
  .option('--rate <events>', 'events a second of simulated time', '4')
  .option('--speed <factor>', 'seconds of simulated time a second', '1')
  .action(async (flags: { port?: string; seed: string; rate: string; speed: string }) => {
    const stopped = stopSignal()
    const { runDemo } = await import('./wiring-run.ts')
    const config = configOf()
    const port =
      flags.port === undefined ? config.http.port : parseNumber('--port', flags.port, { min: 0, max: 65_535 })
    const options = {
      seed: parseNumber('--seed', flags.seed, { min: 0, max: 2 ** 31 }),
      eventsPerSecond: parseNumber('--rate', flags.rate, { min: 0.01, max: 1_000, whole: false }),
      speed: parseNumber('--speed', flags.speed, { min: 0.1, max: 1_000, whole: false }),
    }
    process.exitCode = await runDemo({ ...config, http: { ...config.http, port } }, options, stopped)
  })

program
  .command('replay')
  .description('run events of NDJSON files through the engine, no servers; prints NDJSON snapshots')
  .argument('<files...>', 'NDJSON, .gz too; - reads standard input')
  .option('--as-of <time>', 'file nothing dated at or after this, and read at it')
  .option('--every <duration>', 'snapshots every step of event time, as 15m')
  .option('--windows <ids>', 'windows, parted by commas', 'total')
  .option('--scopes <sets>', "grouping sets: 'queueId;channel,queueId'; empty: the whole tenant", '')
  .option('--table', 'print tables for people')
  .option('--strict', 'exit 1 where a line was refused')
  .action(async (files: string[], flags: ReplayFlags) => {
    const config = configOf()
    const io = openReplayIo(files, config)
    process.exitCode = await replayFiles(files, { config, flags }, io)
  })

program
  .command('simulate')
  .description('write the events of a made-up contact centre as NDJSON, or to Kafka')
  .option('--profile <name>', 'default, calls, tickets or quiet', 'default')
  .option('--rate <number>', 'events a second of simulated time', '4')
  .option('--duration <duration>', 'end after so much simulated time, as 8h')
  .option('--events <number>', 'end after so many events')
  .option('--seed <number>', 'the same seed gives the same bytes', '1')
  .option('--late <share>', 'share of the events delivered late, 0 to 1', '0')
  .option('--duplicates <share>', 'share of the events delivered again, 0 to 1', '0')
  .option('--poison <share>', 'share of the events followed by a bad line, 0 to 1', '0')
  .option('--start <time>', 'first instant, or now', '2026-03-02T00:00:00Z')
  .option('--speed <factor>', 'simulated seconds a second (1: live); without it as fast as it goes')
  .option('--out <file>', 'write there and not to standard output')
  .option('--to <destination>', 'kafka: to the topics that `floorwatch topics` lists')
  .action(async (flags: SimulateFlags) => {
    const { simulate } = await import('./wiring-simulate.ts')
    await simulate(flags, configOf)
  })

type JsonFlag = { readonly json?: boolean }

const topics = program.command('topics').description('the topics in Kafka: names, state, creation')
topics
  .command('list', { isDefault: true })
  .description('every topic, what it is for, whether it exists')
  .option('--json', 'as JSON')
  .action(async ({ json = false }: JsonFlag) => {
    const { listTopics } = await import('./commands/topics.ts')
    const { openTopicsIo } = await import('./wiring-commands.ts')
    await listTopics(openTopicsIo(configOf()), json)
  })
topics
  .command('check')
  .description('what is missing or wrong, with the fix; exit 1 where anything is')
  .option('--json', 'as JSON')
  .action(async ({ json = false }: JsonFlag) => {
    const { checkTopicsNow } = await import('./commands/topics.ts')
    const { openTopicsIo } = await import('./wiring-commands.ts')
    process.exitCode = await checkTopicsNow(openTopicsIo(configOf()), json)
  })
topics
  .command('create')
  .description('creates what is missing; what exists is left alone')
  .option('--partitions <number>', 'of each input topic (default: as those that exist, else 6)')
  .option('--output-partitions <number>', 'of each other topic', '1')
  .option('--replication-factor <number>', "copies (default: the brokers' own)")
  .option('--retention <duration>', 'how long input topics keep events', '30d')
  .option('--json', 'as JSON')
  .action(async (flags: CreateFlags) => {
    const { createMissingTopics } = await import('./commands/topics.ts')
    const { openTopicsIo } = await import('./wiring-commands.ts')
    await createMissingTopics(openTopicsIo(configOf()), flags)
  })

const schemas = program
  .command('schemas')
  .description('the schemas of events, and of snapshots in Avro, in the registry')
for (const [action, description] of [
  ['check', 'which subjects have this version; exit 1 where one has not'],
  ['register', 'registers what is missing or may follow; exit 1 where one may not'],
] as const) {
  schemas
    .command(action)
    .description(description)
    .option('--format <format>', "the events': avro or json", 'avro')
    .option('--json', 'as JSON')
    .action(async (flags: SchemasFlags) => {
      const { runSchemas } = await import('./commands/schemas.ts')
      const { openSchemasIo } = await import('./wiring-commands.ts')
      process.exitCode = await runSchemas(action, flags, openSchemasIo(configOf()))
    })
}

program
  .command('doctor')
  .description('checks every connection, topic and setting; exit 1 where any is wrong')
  .option('--json', 'as JSON')
  .action(async ({ json = false }: JsonFlag) => {
    const { examine } = await import('./commands/doctor.ts')
    const { openDoctorIo } = await import('./wiring-commands.ts')
    process.exitCode = await examine(openDoctorIo(configOf(), configFile()), json)
  })

addRebuildCommand(program, configOf)

program
  .command('wallboard')
  .description('the wallboard alone, from the snapshot topic')
  .option('--port <port>', 'instead of http.port; 0: any free one')
  .option('--host <address>', 'instead of http.host; there is no access control')
  .action(async (flags: WallboardFlags) => {
    const { runWallboard } = await import('./wiring-wallboard.ts')
    await runWallboard(configOf(), flags)
  })

program
  .command('inspect')
  .description('the timeline of a call or ticket and what it contributed')
  .argument('<subject>', 'kind/id, as call/123 or ticket/T-1')
  .option('--tenant <id>', 'whose it is', 'default')
  .option('--file <files...>', 'NDJSON files to read it from; without it from Redis')
  .option('--json', 'as JSON')
  .action(async (name: string, flags: InspectFlags) => {
    const { inspectSubject } = await import('./commands/inspect.ts')
    const { openInspectIo } = await import('./wiring-commands.ts')
    const config = configOf()
    const request = {
      name,
      flags,
      rules: rulesOf(config).rules,
      eventsMax: config.limits.eventsPerSubjectMax,
    }
    process.exitCode = await inspectSubject(request, openInspectIo(config))
  })

const deadLetters = program.command('dead-letters').description('what was refused, and why')
deadLetters
  .command('list', { isDefault: true })
  .description('the newest refused records, and how many of each reason')
  .option('--reason <reason>', 'only of this reason, as malformed')
  .option('--key <key>', 'only of this record key')
  .option('--limit <number>', 'at most so many', '100')
  .option('--json', 'as NDJSON')
  .action(async (flags: ListFlags) => {
    const { listLetters } = await import('./commands/dead-letters.ts')
    const { openDeadLettersIo } = await import('./wiring-commands.ts')
    await listLetters(openDeadLettersIo(configOf()), flags)
  })
deadLetters
  .command('show')
  .description('everything of one refused record')
  .argument('<id>', 'topic-partition-offset, as list tells it')
  .option('--json', 'as JSON')
  .action(async (id: string, { json = false }: JsonFlag) => {
    const { showLetter } = await import('./commands/dead-letters.ts')
    const { openDeadLettersIo } = await import('./wiring-commands.ts')
    await showLetter(openDeadLettersIo(configOf()), id, json)
  })
deadLetters
  .command('retry')
  .description('sends refused records again, original key and bytes, to the topic they came from')
  .argument('[ids...]', 'topic-partition-offset, as list tells it')
  .option('--reason <reason>', 'all of this reason')
  .option('--key <key>', 'all of this record key')
  .option('--all', 'all there are')
  .option('--json', 'as NDJSON')
  .action(async (ids: string[], flags: RetryFlags) => {
    const { retryLetters } = await import('./commands/dead-letters.ts')
    const { openDeadLettersIo } = await import('./wiring-commands.ts')
    process.exitCode = await retryLetters(openDeadLettersIo(configOf()), ids, flags)
  })

const metrics = program.command('metrics').description('the catalogue of metrics')
metrics
  .command('list', { isDefault: true })
  .description('every metric: id, unit, formula')
  .option('--json', 'as JSON')
  .action(({ json = false }: { json?: boolean }) => {
    process.stdout.write(listMetrics(catalogueFor(rulesOf(configOf()).rules), json))
  })
metrics
  .command('explain')
  .description('formula, edge rules and source of a metric')
  .argument('<id>')
  .option('--json', 'as JSON')
  .action((id: string, { json = false }: { json?: boolean }) => {
    process.stdout.write(explainMetric(catalogueFor(rulesOf(configOf()).rules), id, json))
  })

/** One line to stderr; 2 for a wrong call or configuration, 1 for a failure. */
const report = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof FloorwatchError) {
    process.stderr.write(`floorwatch: ${error.message}\n`)
    return usageCodes.has(error.code) ? 2 : 1
  }
  throw error
}

/** kafkajs arms a timer with a negative delay (its issue 1751): harmless, and nobody who runs this can do anything about it. */
const hushWarnings = (): void => {
  const [printWarning] = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') printWarning?.(warning)
  })
}

/** A reader that has gone, as `head` does when it has enough, is no failure. */
const endWithReader = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    process.stderr.write(`floorwatch: standard output: ${error.message}\n`)
    process.exit(1)
  })
}

/** Runs the command that the process was called with. */
export const runCommandLine = async (): Promise<void> => {
  hushWarnings()
  endWithReader()
  try {
    await program.parseAsync()
  } catch (error) {
    process.exitCode = report(error)
  }
}
