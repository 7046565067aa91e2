import { parseNumber } from './commands/arguments.ts'
import { showWallboard } from './commands/wallboard.ts'
import type { Config } from './config-schema.ts'
import { stopSignal } from './stop-signal.ts'
import { topicNamesOf } from './topic-names.ts'
import { createCommandLog } from './wiring-commands.ts'
import { openWall } from './wiring-run.ts'
import { openKafka } from './wiring-service.ts'
import { openWallSource } from './wiring-snapshots.ts'

const clock = { now: Date.now }

export type WallboardFlags = { readonly port?: string; readonly host?: string }

/** `floorwatch wallboard`: the wall alone, from the snapshot topic. */
export const runWallboard = async (config: Config, { port, host }: WallboardFlags): Promise<void> => {
  const http = {
    host: host ?? config.http.host,
    port: port === undefined ? config.http.port : parseNumber('--port', port, { min: 0, max: 65_535 }),
  }
  const metricsTopic = topicNamesOf(config.kafka).metrics
  await showWallboard({
    stopped: stopSignal(),
    openSnapshots: (onFatal) =>
      openWallSource(config, {
        client: openKafka(config, createCommandLog(config)),
        onUnreadable: (detail) => {
          process.stderr.write(`floorwatch: some snapshots cannot be read and are not shown: ${detail}\n`)
        },
        onFatal,
      }),
    openWall: (snapshots) => openWall({ ...config, http }, { snapshots, clock, isDemo: false }),
    print: (line) => {
      process.stdout.write(`${line}\n`)
    },
    exit: (code) => process.exit(code),
    metricsTopic,
  })
}
