import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { resolve } from 'node:path'

export type CliRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type CliOptions = {
  /** Beside PATH and the like; the tests' own FLOORWATCH_ variables are left out. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** The real process, from its sources. */
export function startCli(
  args: readonly string[],
  { env = {} }: CliOptions = {},
): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('FLOORWATCH_'))
  return spawn(resolve('node_modules/.bin/node'), ['src/cli.ts', ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
  })
}

/** Runs it to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = startCli(args, options)
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part
    })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done({ code, ...text }))
  })
}
