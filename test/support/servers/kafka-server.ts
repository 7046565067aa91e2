import { mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyMavenDependencies, installOnce, requireCommand, runTool } from './packages.ts'
import { findFreePort, type RunningServer, startProcess } from './server-process.ts'

const clusterId = 'Zmxvb3J3YXRjaC10ZXN0cw'

/** Broker settings that hold in every rung of the ladder. Records dated long ago or ahead are kept; topics never appear by surprise. */
export const kafkaSettings: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'log.retention.ms': '-1',
  'log.message.timestamp.before.max.ms': '9223372036854775807',
  'log.message.timestamp.after.max.ms': '9223372036854775807',
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '4',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
}

/** One Kafka broker (KRaft) from the jars of Maven Central, its log in a temporary folder. */
export async function startNativeKafka(): Promise<RunningServer> {
  const java = await requireCommand('java', 'default-jre-headless')
  const jars = await installOnce('kafka-4.1.0', (folder) => copyMavenDependencies('kafka-pom.xml', folder))
  const folder = await mkdtemp(join(tmpdir(), 'floorwatch-kafka-'))
  const port = await findFreePort()
  const properties = join(folder, 'server.properties')
  await writeFile(
    properties,
    formatProperties({ ...kafkaSettings, ...nodeSettings(port, await findFreePort(), folder) }),
  )
  const classPath = ['-cp', join(jars, '*')]
  await runTool(java, [...classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties])
  const server = await startProcess({
    command: java,
    args: [
      '-Xmx1g',
      '-XX:TieredStopAtLevel=1',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      ...classPath,
      'kafka.Kafka',
      properties,
    ],
    folder,
    isFolderTemporary: true,
    isReady: () => isListening(port),
  })
  return { address: `127.0.0.1:${port}`, port, pid: server.pid, stop: server.stop }
}

function nodeSettings(port: number, controllerPort: number, folder: string): Record<string, string> {
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'log'),
  }
}

function formatProperties(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Whether something accepts connections at that port of 127.0.0.1. */
async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
