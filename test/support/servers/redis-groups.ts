import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { findRedis, isRedisReady, startNativeRedis } from './redis-server.ts'
import { findFreePort, type RunningServer, startProcess } from './server-process.ts'

const settleWithinMs = 60_000
const pollMs = 50

const untilSo = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
  const endMs = Date.now() + settleWithinMs
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > endMs) throw new Error(`${what} did not come about in ${settleWithinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

const ask = async <T>(address: string, question: (client: Redis) => Promise<T>): Promise<T> => {
  const client = new Redis(address, { protocol: 2 })
  client.on('error', () => {})
  try {
    return await question(client)
  } finally {
    client.disconnect()
  }
}

/** A master, its replica, and three Sentinels that make the replica master a second after the master is gone. */
export type SentinelledRedis = {
  readonly url: string
  readonly master: RunningServer
  readonly replica: RunningServer
  /** The replica stops hearing from its master: what comes later is lost with the master. */
  cutReplica(): Promise<void>
  /** Resolves when the replica is master. */
  untilPromoted(): Promise<void>
  close(): Promise<void>
}

const masterName = 'floorwatch'

export const startSentinelledRedis = async (): Promise<SentinelledRedis> => {
  const master = await startNativeRedis()
  const replica = await startNativeRedis({ settings: { replicaof: `127.0.0.1 ${master.port}` } })
  const infoOf = (section: string) => ask(replica.address, (client) => client.info(section))
  await untilSo(
    async () => (await infoOf('replication')).includes('master_link_status:up'),
    'a replica in sync',
  )
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)))
  const knowsAll = async ({ address }: RunningServer) =>
    ask(address, async (client) => {
      const about = (await client.call('SENTINEL', 'MASTER', masterName)) as string[]
      const textOf = (name: string) => about[about.indexOf(name) + 1]
      return textOf('num-slaves') === '1' && textOf('num-other-sentinels') === '2'
    })
  for (const sentinel of sentinels) await untilSo(() => knowsAll(sentinel), 'Sentinels that know each other')
  return {
    url: `redis-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${masterName}`,
    master,
    replica,
    cutReplica: async () => {
      await ask(replica.address, (client) => client.replicaof('127.0.0.1', '1'))
    },
    untilPromoted: () =>
      untilSo(async () => (await infoOf('replication')).includes('role:master'), 'a failover'),
    close: async () => {
      await Promise.all([...sentinels, replica, master].map((server) => server.stop()))
    },
  }
}

const startSentinel = async (masterPort: number): Promise<RunningServer> => {
  const { command, env } = await findRedis()
  const folder = await mkdtemp(join(tmpdir(), 'floorwatch-sentinel-'))
  const port = await findFreePort()
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${masterName} 1000`,
    `sentinel failover-timeout ${masterName} 5000`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const server = await startProcess({
    command,
    args: [file, '--sentinel'],
    folder,
    isFolderTemporary: true,
    env,
    isReady: () => isRedisReady(port),
  })
  return { address: `redis://127.0.0.1:${port}`, port, pid: server.pid, stop: server.stop }
}

/** Three masters that share the slots, and a replica of each that becomes master when its own is gone. */
export type RedisCluster = {
  readonly url: string
  /** Ends the first, second or third master without a last word. */
  endMaster(place: number): Promise<void>
  /** All slots are served, as every node that is left sees it. */
  isWhole(): Promise<boolean>
  close(): Promise<void>
}

const slotRanges = [
  [0, 5_460],
  [5_461, 10_922],
  [10_923, 16_383],
] as const

export const startRedisCluster = async (): Promise<RedisCluster> => {
  const busPorts = await Promise.all([...Array(6)].map(findFreePort))
  const nodes = await Promise.all(
    busPorts.map((busPort) =>
      startNativeRedis({
        settings: {
          'cluster-enabled': 'yes',
          'cluster-node-timeout': '2000',
          'cluster-port': String(busPort),
        },
      }),
    ),
  )
  const [first] = nodes as [RunningServer, ...RunningServer[]]
  for (const [place, [from, to]] of slotRanges.entries())
    await ask((nodes[place] as RunningServer).address, (client) => client.cluster('ADDSLOTSRANGE', from, to))
  for (const [place, { address }] of nodes.entries())
    await ask(address, (client) => client.call('CLUSTER', 'SET-CONFIG-EPOCH', place + 1))
  for (const [place, { port }] of nodes.entries())
    await ask(first.address, (client) =>
      client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPorts[place] as number),
    )
  const countNodes = (address: string) =>
    ask(
      address,
      async (client) =>
        String(await client.call('CLUSTER', 'NODES'))
          .trim()
          .split('\n').length,
    )
  for (const { address } of nodes)
    await untilSo(async () => (await countNodes(address)) === 6, 'a cluster of six')
  for (const place of [0, 1, 2]) {
    const masterId = await ask((nodes[place] as RunningServer).address, (client) =>
      client.call('CLUSTER', 'MYID'),
    )
    await untilSo(async () => {
      await ask((nodes[place + 3] as RunningServer).address, (client) =>
        client.call('CLUSTER', 'REPLICATE', String(masterId)),
      )
      return true
    }, 'a replica')
  }
  const ended = new Set<RunningServer>()
  const isWhole = async (): Promise<boolean> => {
    const left = nodes.filter((node) => !ended.has(node))
    const states = await Promise.all(
      left.map(({ address }) => ask(address, (client) => client.call('CLUSTER', 'INFO'))),
    )
    return states.every((state) => String(state).includes('cluster_state:ok'))
  }
  for (const { address } of nodes.slice(slotRanges.length))
    await untilSo(async () => {
      const about = await ask(address, (client) => client.info('replication'))
      return about.includes('master_link_status:up')
    }, 'a replica in sync')
  await untilSo(isWhole, 'a whole cluster')
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    endMaster: async (place) => {
      const node = nodes[place] as RunningServer
      ended.add(node)
      await node.stop()
    },
    isWhole,
    close: async () => {
      await Promise.all(nodes.map((server) => server.stop()))
    },
  }
}
