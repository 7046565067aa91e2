import { mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyMavenDependencies, installOnce, requireCommand, runTool } from './packages.ts'
import { findFreePort, type RunningServer, startProcess } from './server-process.ts'

export const clusterId = 'Zmxvb3J3YXRjaC10ZXN0cw'

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

export type KafkaProgram = { readonly java: string; readonly classPath: readonly string[] }

/** Kafka from the jars of Maven Central. */
export async function installKafka(): Promise<KafkaProgram> {
  const java = await requireCommand('java', 'default-jre-headless')
  const jars = await installOnce('kafka-4.1.0', (folder) => copyMavenDependencies('kafka-pom.xml', folder))
  return { java, classPath: ['-cp', join(jars, '*')] }
}

export type BrokerOptions = {
  readonly folder: string
  readonly properties: string
  readonly isReady: () => Promise<boolean>
  readonly heapMb: number
  readonly isFolderTemporary?: boolean
}

/** A broker whose log was formatted already. */
export async function startBroker({ java, classPath }: KafkaProgram, options: BrokerOptions) {
  return startProcess({
    command: java,
    args: [
      `-Xmx${options.heapMb}m`,
      '-XX:TieredStopAtLevel=1',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      ...classPath,
      'kafka.Kafka',
      options.properties,
    ],
    folder: options.folder,
    isFolderTemporary: options.isFolderTemporary ?? false,
    isReady: options.isReady,
  })
}

/** One Kafka broker (KRaft), its log in a temporary folder. */
export async function startNativeKafka(): Promise<RunningServer> {
  const kafka = await installKafka()
  const folder = await mkdtemp(join(tmpdir(), 'floorwatch-kafka-'))
  const port = await findFreePort()
  const properties = join(folder, 'server.properties')
  await writeFile(
    properties,
    formatProperties({ ...kafkaSettings, ...nodeSettings(port, await findFreePort(), folder) }),
  )
  const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]
  await runTool(kafka.java, [...kafka.classPath, ...format])
  const isReady = () => isListening(port)
  const options = { folder, properties, isReady, heapMb: 1_024, isFolderTemporary: true }
  const server = await startBroker(kafka, options)
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

export function formatProperties(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** Whether something accepts connections at that port of 127.0.0.1. */
export async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
