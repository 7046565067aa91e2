import { isDockerThere, startDockerKafka, startDockerRedis, startDockerRegistry } from './docker-servers.ts'
import { startNativeKafka } from './kafka-server.ts'
import { type RedisOptions, startNativeRedis } from './redis-server.ts'
import { startNativeRegistry } from './registry-server.ts'
import type { RunningServer } from './server-process.ts'

export type ServerKind = 'kafka' | 'redis' | 'registry'

type Rungs = {
  readonly variable: string
  readonly example: string
  readonly startDocker: () => Promise<RunningServer>
  readonly startNative: () => Promise<RunningServer>
  readonly nativeNeeds: string
}

const ladder: Readonly<Record<ServerKind, Rungs>> = {
  kafka: {
    variable: 'FLOORWATCH_TEST_KAFKA',
    example: '127.0.0.1:9092',
    startDocker: startDockerKafka,
    startNative: startNativeKafka,
    nativeNeeds: 'Java 17 or later, Maven, and Maven Central within reach',
  },
  redis: {
    variable: 'FLOORWATCH_TEST_REDIS',
    example: 'redis://127.0.0.1:6379',
    startDocker: startDockerRedis,
    startNative: startNativeRedis,
    nativeNeeds: 'redis-server on PATH, or Debian with its package archive within reach',
  },
  registry: {
    variable: 'FLOORWATCH_TEST_REGISTRY',
    example: 'http://127.0.0.1:8081',
    startDocker: startDockerRegistry,
    startNative: startNativeRegistry,
    nativeNeeds: 'Java 17 or later, Maven, and Maven Central within reach',
  },
}

/** The address of a server: of the one that the environment names, else of one that is started in Docker, else natively. */
export async function provideServer(kind: ServerKind): Promise<Pick<RunningServer, 'address' | 'stop'>> {
  const address = process.env[ladder[kind].variable]
  if (address !== undefined && address !== '') return { address, stop: async () => {} }
  return climb(kind, ladder[kind].startDocker, ladder[kind].startNative)
}

/** A Redis of the test's own, in Docker or natively: the one in the environment is not ours to change or to end. */
export async function startOwnRedis(options: RedisOptions): Promise<RunningServer> {
  return climb(
    'redis',
    () => startDockerRedis(options),
    () => startNativeRedis(options),
  )
}

/** A Kafka of the test's own. */
export async function startOwnKafka(): Promise<RunningServer> {
  return climb('kafka', startDockerKafka, startNativeKafka)
}

async function climb(
  kind: ServerKind,
  startDocker: () => Promise<RunningServer>,
  startNative: () => Promise<RunningServer>,
): Promise<RunningServer> {
  const reasons: string[] = []
  if (await isDockerThere()) {
    try {
      return await startDocker()
    } catch (error) {
      reasons.push(`Docker answers, but: ${(error as Error).message}`)
    }
  } else reasons.push('No Docker daemon answers.')
  try {
    return await startNative()
  } catch (error) {
    reasons.push(`Without Docker: ${(error as Error).message}`)
    throw new Error(formatMissing(kind, reasons), { cause: error })
  }
}

function formatMissing(kind: ServerKind, reasons: readonly string[]): string {
  const { variable, example, nativeNeeds } = ladder[kind]
  return [
    `The tests need a ${kind} server; there is none, and none could be started. Provide one of the three:`,
    `  1. ${variable}=${example} that names a running one;`,
    '  2. a Docker daemon that answers;',
    `  3. ${nativeNeeds}.`,
    ...reasons,
  ].join('\n')
}
