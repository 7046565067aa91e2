import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCpuMs } from './cpu.ts'

/** A process under measurement; whatever runs at the end of the bench is ended. */
export type Measured = {
  readonly pid: number
  readonly cpuMs: () => number
  readonly output: () => string
  readonly hasEnded: () => boolean
  kill(signal?: NodeJS.Signals): Promise<void>
}

const running = new Set<ChildProcess>()

/** `BENCH_NODE_ARGS` reach the product's node, as `--cpu-prof`. */
const nodeArgs = (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter(Boolean)

export const startProduct = (configFile: string): Measured =>
  startNode([...nodeArgs, 'src/cli.ts', '--config', configFile, 'start'])

export const startNode = (args: readonly string[]): Measured => {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-20_000)
    })
  const ended = once(child, 'exit')
  const pid = child.pid as number
  return {
    pid,
    cpuMs: () => readCpuMs(pid),
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await ended
      running.delete(child)
    },
  }
}

/** By their own handles, also after a failure. */
export const endProcesses = (): void => {
  for (const child of running) child.kill('SIGKILL')
}

export type Waiting = {
  readonly timeoutMs: number
  readonly everyMs?: number
  readonly of: readonly Measured[]
}

/** Asks until the answer is there; fails with what the processes said when one has ended or time is up. */
export const waitFor = async <T>(ask: () => Promise<T | undefined>, waiting: Waiting): Promise<T> => {
  const { timeoutMs, everyMs = 100, of } = waiting
  const deadlineMs = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    const ended = of.some(({ hasEnded }) => hasEnded())
    if (ended || Date.now() > deadlineMs)
      throw new Error(
        `${ended ? 'ended' : `not reached in ${timeoutMs} ms`}\n${of.map(({ output }) => output()).join('\n')}`,
      )
    await sleep(everyMs)
  }
}
