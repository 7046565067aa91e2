#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { explainMetric, listMetrics } from './commands/metrics.ts'
import { type ReplayFlags, replayFiles } from './commands/replay.ts'
import { loadConfig } from './config.ts'
import { rulesOf } from './config-rules.ts'
import { catalogueFor } from './core/metrics.ts'
import { FloorwatchError } from './errors.ts'
import { openReplayIo } from './wiring.ts'

const usageCodes: ReadonlySet<string> = new Set(['config-invalid', 'usage-invalid'])

const program = new Command('floorwatch')
  .description('Turns the event bus of a contact centre into live, exact numbers')
  .option('--config <file>', 'configuration (YAML); every value can also be set by FLOORWATCH_… variables')
  .exitOverride()
  .showHelpAfterError('(--help tells what is allowed)')

const configOf = () => loadConfig(program.opts<{ config?: string }>().config)

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

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
