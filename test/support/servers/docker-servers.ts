import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers'
import { kafkaSettings } from './kafka-server.ts'
import { formatRedisArguments, type RedisOptions, redisSettings } from './redis-server.ts'
import { registryPath } from './registry-server.ts'
import { findFreePort, type RunningServer } from './server-process.ts'

const startWithinMs = 180_000

/** Whether a Docker daemon (or one that speaks its protocol) answers. */
export async function isDockerThere(): Promise<boolean> {
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  )
}

/** The broker tells its clients its own address, so its port is the same on both sides. */
export async function startDockerKafka(): Promise<RunningServer> {
  const port = await findFreePort()
  const settings = {
    ...kafkaSettings,
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': '1@localhost:29093',
    listeners: `PLAINTEXT://:${port},CONTROLLER://:29093`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  }
  const container = new GenericContainer('apache/kafka:4.1.0')
    .withExposedPorts({ container: port, host: port })
    .withEnvironment(toKafkaEnvironment(settings))
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
  return run(container, port, () => `127.0.0.1:${port}`)
}

export async function startDockerRedis(options: RedisOptions = {}): Promise<RunningServer> {
  const container = new GenericContainer('redis:7-alpine')
    .withExposedPorts(options.port === undefined ? 6379 : { container: 6379, host: options.port })
    .withCommand(['redis-server', ...formatRedisArguments({ ...redisSettings, ...options.settings })])
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
  if (options.folder !== undefined) {
    container.withBindMounts([{ source: options.folder, target: '/data', mode: 'rw' }])
  }
  return run(container, 6379, (port) => `redis://127.0.0.1:${port}`)
}

export async function startDockerRegistry(): Promise<RunningServer> {
  const container = new GenericContainer('apicurio/apicurio-registry:3.3.0')
    .withExposedPorts(8080)
    .withWaitStrategy(Wait.forHttp(`${registryPath}/subjects`, 8080))
  return run(container, 8080, (port) => `http://127.0.0.1:${port}${registryPath}`)
}

async function run(
  container: GenericContainer,
  containerPort: number,
  formatAddress: (port: number) => string,
): Promise<RunningServer> {
  const started = await container.withStartupTimeout(startWithinMs).start()
  const port = started.getMappedPort(containerPort)
  let stopped: Promise<unknown> | undefined
  const stop = async () => {
    stopped ??= started.stop({ timeout: 0 })
    await stopped
  }
  return { address: formatAddress(port), port, pid: null, stop }
}

/** The image reads `KAFKA_LOG_DIRS` for `log.dirs`. */
function toKafkaEnvironment(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
      value,
    ]),
  )
}
