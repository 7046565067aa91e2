import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCommand, installOnce, libraryPath, unpackDebian } from './packages.ts'
import { findFreePort, type RunningServer, startProcess } from './server-process.ts'

/** `settings` as in redis.conf, over the defaults; `folder` and `port` to start again where an earlier one left off. */
export type RedisOptions = {
  readonly settings?: Readonly<Record<string, string>>
  readonly folder?: string
  readonly port?: number
}

export const redisSettings: Readonly<Record<string, string>> = {
  save: '',
  appendonly: 'yes',
  // As docker-compose.yml has it: commits write the default 64 MB within seconds, and each rewrite takes a core for about one.
  'auto-aof-rewrite-min-size': '512mb',
  'maxmemory-policy': 'noeviction',
}

/** One Redis, from PATH or from its Debian package. A `folder` of the caller's outlives it. */
export async function startNativeRedis(options: RedisOptions = {}): Promise<RunningServer> {
  const binary = await findRedis()
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'floorwatch-redis-')))
  const port = options.port ?? (await findFreePort())
  const settings = {
    ...redisSettings,
    ...options.settings,
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
  }
  const server = await startProcess({
    command: binary.command,
    args: formatRedisArguments(settings),
    folder,
    isFolderTemporary: options.folder === undefined,
    env: binary.env,
    isReady: () => isRedisReady(port),
  })
  return { address: `redis://127.0.0.1:${port}`, port, pid: server.pid, stop: server.stop }
}

export function formatRedisArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

export async function findRedis(): Promise<{ command: string; env: Record<string, string> }> {
  const command = await findCommand(['redis-server', 'valkey-server'])
  if (command !== undefined) return { command, env: {} }
  const folder = await installOnce('redis-server', (draft) => unpackDebian('redis-server', draft))
  return {
    command: join(folder, 'usr', 'bin', 'redis-server'),
    env: { LD_LIBRARY_PATH: await libraryPath(folder) },
  }
}

/** Ready once it answers PONG: while it loads its file it accepts connections and answers LOADING. */
export async function isRedisReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer.toString().startsWith('+PONG'))
    })
    socket.once('error', () => resolve(false))
    socket.once('end', () => resolve(false))
  })
}
