import { createInterface } from 'node:readline/promises'
import type { RebuildIo } from './commands/rebuild.ts'
import { createProgressLine } from './commands/rebuild-progress-line.ts'
import type { Config } from './config-schema.ts'
import { createKafkaSource } from './kafka/source.ts'
import { openRebuild } from './rebuild-session.ts'
import { createRedisGenerations } from './redis/generations.ts'
import { createRegistryDecoder } from './registry/decoder.ts'
import { createCommandLog } from './wiring-commands.ts'
import { decoderOptionsOf, openKafka, sourceOptionsOf } from './wiring-service.ts'
import { openGeneration, redisOf } from './wiring-state.ts'

const clock = { now: Date.now }

/** Opens what the command needs for as long as it runs. */
export const withRebuildIo = async (
  config: Config,
  run: (io: RebuildIo) => Promise<number>,
): Promise<number> => {
  const log = createCommandLog(config)
  const generations = await createRedisGenerations(redisOf(config, log))
  const decoder = createRegistryDecoder(decoderOptionsOf(config))
  const progress = createProgressLine(process.stderr)
  const openSource = (name: string, fromMs: number | null) => {
    const startFrom = fromMs === null ? ('earliest' as const) : { atMs: fromMs }
    const groupId = `${config.kafka.groupId}-rebuild-${name}`
    return createKafkaSource({ ...sourceOptionsOf(config, openKafka(config, log)), groupId, startFrom })
  }
  try {
    return await run({
      generations,
      open: (request) =>
        openRebuild(
          { ...request, config },
          {
            generations,
            openStore: (name) => openGeneration(config, log, name),
            openSource,
            decoder,
            clock,
            onProgress: progress.show,
          },
        ),
      nowMs: clock.now,
      print: (text) => {
        progress.end()
        process.stdout.write(text)
      },
      note: (text) => {
        progress.end()
        process.stderr.write(`${text}\n`)
      },
      ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
    })
  } finally {
    progress.end()
    await decoder.close()
    await generations.close()
  }
}

const ask = async (question: string): Promise<boolean> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}
