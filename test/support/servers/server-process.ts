import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A server on 127.0.0.1. `address` is what a client is given: `host:port` for Kafka, a URL for the others. */
export type RunningServer = {
  readonly address: string
  readonly port: number
  /** Its process, for tests that kill or freeze it; `null` where a container runs it. */
  readonly pid: number | null
  /** Ends it at once, without a last word to its clients; safe to call twice. */
  stop(): Promise<void>
}

export type ServerCommand = {
  readonly command: string
  readonly args: readonly string[]
  readonly folder: string
  /** Whether the folder is removed when the server has ended. */
  readonly isFolderTemporary: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly isReady: () => Promise<boolean>
}

const readyWithinMs = 90_000
const outputLinesKept = 30
const supervisor = fileURLToPath(new URL('supervise.mjs', import.meta.url))

/** Starts a server and waits until it answers; rejects with the end of its output when it ends before or takes too long. */
export async function startProcess(server: ServerCommand): Promise<{ pid: number; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [supervisor, server.isFolderTemporary ? server.folder : '', server.command, ...server.args],
    {
      cwd: server.folder,
      env: { ...process.env, ...server.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const output = keepOutput(child)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.stdin?.end()
    await ended
  }
  const deadlineMs = Date.now() + readyWithinMs
  for (;;) {
    const pid = findPid(output)
    if (pid !== undefined && (await server.isReady())) return { pid, stop }
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      await stop()
      throw new Error(`${server.command} did not come up:\n${output.join('\n')}`)
    }
    await sleep(50)
  }
}

function keepOutput(child: ChildProcess): string[] {
  const lines: string[] = []
  const keep = (chunk: Buffer) => {
    lines.push(...chunk.toString().trimEnd().split('\n'))
    // The first line names the pid.
    if (lines.length > outputLinesKept) lines.splice(1, lines.length - outputLinesKept)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return lines
}

function findPid(output: readonly string[]): number | undefined {
  const line = output.find((text) => text.startsWith('pid '))
  return line === undefined ? undefined : Number(line.slice('pid '.length))
}

/** Below what the system gives to connections that go out. */
const [lowestPort, pastPorts] = [20_000, 32_000]
const givenPorts = new Set<number>()

/** A port of 127.0.0.1 that was free a moment ago, and was given to nobody here before. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    if (givenPorts.size === pastPorts - lowestPort) throw new Error('every port there is to give was given')
    const port = randomInt(lowestPort, pastPorts)
    if (givenPorts.has(port)) continue
    givenPorts.add(port)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const isTaken = await new Promise<boolean>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(true) : reject(error),
    )
    probe.listen(port, '127.0.0.1', () => resolve(false))
  })
  if (!isTaken) await new Promise((resolve) => probe.close(resolve))
  return !isTaken
}
