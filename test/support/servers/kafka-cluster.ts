import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FaultyProxy, startProxy } from '../proxy.ts'
import {
  clusterId,
  formatProperties,
  installKafka,
  isListening,
  kafkaSettings,
  startBroker,
} from './kafka-server.ts'
import { runTool } from './packages.ts'
import { findFreePort, type RunningServer } from './server-process.ts'

/** Three brokers, each also a controller and behind a proxy of its own, that can be ended and started again one by one. */
export type KafkaCluster = {
  readonly brokers: readonly string[]
  readonly proxies: () => readonly FaultyProxy[]
  proxyOf(nodeId: number): FaultyProxy
  /** Ends a broker without a last word to its clients; its address refuses them. */
  stop(nodeId: number): Promise<void>
  /** Starts it again, with its log. */
  start(nodeId: number): Promise<void>
  close(): Promise<void>
}

const nodeIds = [1, 2, 3]

/** Everything is kept three times; two replicas must have a record before it counts as written. */
const replicated: Readonly<Record<string, string>> = {
  ...kafkaSettings,
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'min.insync.replicas': '2',
  'default.replication.factor': '3',
  'broker.session.timeout.ms': '6000',
  'broker.heartbeat.interval.ms': '1000',
  'controller.quorum.election.timeout.ms': '1000',
  'controller.quorum.fetch.timeout.ms': '2000',
}

type Node = {
  readonly id: number
  readonly port: number
  readonly internalPort: number
  readonly controllerPort: number
  readonly folder: string
  /** Of its proxy: where clients find it. */
  readonly clientPort: number
}

export const startKafkaCluster = async (): Promise<KafkaCluster> => {
  const kafka = await installKafka()
  const nodes = await Promise.all(nodeIds.map(createNode))
  const voters = nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(',')
  const running = new Map<number, Pick<RunningServer, 'stop'>>()
  const proxies = new Map<number, FaultyProxy>()
  for (const node of nodes) {
    await writeFile(propertiesOf(node), formatProperties({ ...replicated, ...settingsOf(node, voters) }))
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', propertiesOf(node)]
    await runTool(kafka.java, [...kafka.classPath, ...format])
  }
  const start = async (node: Node): Promise<void> => {
    const isReady = () => isListening(node.port)
    const options = { folder: node.folder, properties: propertiesOf(node), isReady, heapMb: 384 }
    running.set(node.id, await startBroker(kafka, options))
    proxies.set(node.id, await startProxy({ host: '127.0.0.1', port: node.port }, node.clientPort))
  }
  const stop = async (id: number): Promise<void> => {
    await running.get(id)?.stop()
    await proxies.get(id)?.close()
    proxies.delete(id)
  }
  await Promise.all(nodes.map(start))
  const nodeOf = (id: number): Node => {
    const node = nodes.find((one) => one.id === id)
    if (node === undefined) throw new Error(`there is no broker ${id}`)
    return node
  }
  return {
    brokers: nodes.map(({ clientPort }) => `127.0.0.1:${clientPort}`),
    proxies: () => [...proxies.values()],
    proxyOf: (id) => {
      const proxy = proxies.get(id)
      if (proxy === undefined) throw new Error(`broker ${id} does not run`)
      return proxy
    },
    stop,
    start: (id) => start(nodeOf(id)),
    close: async () => {
      await Promise.all(nodes.map(({ id }) => stop(id)))
      await Promise.all(nodes.map(({ folder }) => rm(folder, { recursive: true, force: true })))
    },
  }
}

const createNode = async (id: number): Promise<Node> => ({
  id,
  port: await findFreePort(),
  internalPort: await findFreePort(),
  controllerPort: await findFreePort(),
  clientPort: await findFreePort(),
  folder: await mkdtemp(join(tmpdir(), `floorwatch-kafka-${id}-`)),
})

const propertiesOf = ({ folder }: Node): string => join(folder, 'server.properties')

/** Clients are told the proxy's address; brokers reach each other past it. */
const settingsOf = (node: Node, voters: string): Record<string, string> => ({
  'process.roles': 'broker,controller',
  'node.id': String(node.id),
  'controller.quorum.voters': voters,
  listeners: [
    `PLAINTEXT://127.0.0.1:${node.port}`,
    `INTERNAL://127.0.0.1:${node.internalPort}`,
    `CONTROLLER://127.0.0.1:${node.controllerPort}`,
  ].join(','),
  'advertised.listeners': [
    `PLAINTEXT://127.0.0.1:${node.clientPort}`,
    `INTERNAL://127.0.0.1:${node.internalPort}`,
  ].join(','),
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'INTERNAL',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,INTERNAL:PLAINTEXT',
  'log.dirs': join(node.folder, 'log'),
})
