import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type FaultyProxy, startProxy } from './proxy.ts'
import type { RunningServer } from './servers/server-process.ts'
import { startRedis } from './servers.ts'

/** A Redis of the test's own, its append-only file kept over restarts, with a proxy before it. */
export type BreakableRedis = {
  /** Past the proxy: for the bench. */
  readonly url: string
  /** Through the proxy: for the service. */
  readonly proxiedUrl: string
  readonly proxy: FaultyProxy
  readonly admin: Redis
  /** Bytes of the append-only file, to lose what comes later. */
  markTail(): Promise<number>
  /** Ends it without a last word. */
  stop(): Promise<void>
  /** Starts it again at the same address; without what lies behind the mark, where one is given: so many bytes. */
  startAgain(tailMark?: number): Promise<number>
  close(): Promise<void>
}

const settings = { appendfsync: 'everysec' }

export const startBreakableRedis = async (): Promise<BreakableRedis> => {
  const folder = await mkdtemp(join(tmpdir(), 'floorwatch-redis-'))
  let server: RunningServer = await startRedis({ folder, settings })
  const { port } = server
  const proxy = await startProxy({ host: '127.0.0.1', port })
  const admin = new Redis(server.address, { protocol: 2, maxRetriesPerRequest: 100 })
  admin.on('error', () => {})
  return {
    url: server.address,
    proxiedUrl: `redis://127.0.0.1:${proxy.port}`,
    proxy,
    admin,
    markTail: async () => (await stat(await appendFileOf(folder))).size,
    stop: () => server.stop(),
    startAgain: async (tailMark) => {
      await server.stop()
      const file = await appendFileOf(folder)
      const { size } = await stat(file)
      if (tailMark !== undefined) await truncate(file, tailMark)
      server = await startRedis({ folder, settings, port })
      return size - (tailMark ?? size)
    },
    close: async () => {
      admin.disconnect()
      await proxy.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The only increment: the tests write far less than what makes Redis begin another. */
const appendFileOf = async (folder: string): Promise<string> => {
  const appended = join(folder, 'appendonlydir')
  const names = (await readdir(appended)).filter((name) => name.endsWith('.incr.aof'))
  const [name] = names
  if (name === undefined || names.length > 1) throw new Error(`one increment was expected: ${names}`)
  return join(appended, name)
}
