import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** A Redis of this test's own, on a free port of 127.0.0.1, with an append-only file unless `args` say otherwise. */
export type OwnRedis = {
  readonly url: string
  readonly port: number
  /** SIGKILL and up again on the same port and folder: scripts are forgotten, data is read from disk. */
  restart(): Promise<void>
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
}

export const startOwnRedis = async (args: readonly string[] = []): Promise<OwnRedis> => {
  const port = await findPort()
  const folder = await mkdtemp(join(tmpdir(), 'redis-test-'))
  const base = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'yes',
    '--dir',
    folder,
  ]
  let child = await launch([...base, '--appendfsync', 'always', ...args], port)
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    restart: async () => {
      await end()
      child = await launch([...base, '--appendfsync', 'always', ...args], port)
    },
    signal: (name) => child.kill(name),
    stop: async () => {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const findPort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const launch = async (args: readonly string[], port: number): Promise<ChildProcess> => {
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  const client = new Redis(port, '127.0.0.1', {
    retryStrategy: () => 25,
    maxRetriesPerRequest: null,
    protocol: 2,
  })
  client.on('error', () => {})
  await Promise.race([
    client.ping().catch((error: Error) => {
      if (!error.message.includes('NOAUTH')) throw error
    }),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`redis-server ended with ${code}`))),
  ])
  client.disconnect()
  return child
}
