import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { resolve } from 'node:path'

export type CliRun = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

export type CliOptions = {
  /** Beside PATH and the like; the tests' own FLOORWATCH_ variables are left out. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** A file that takes the standard output; the run tells nothing of it then. */
  readonly stdoutTo?: string
}

/** The real process, from its sources. */
export function startCli(
  args: readonly string[],
  { env = {} }: CliOptions = {},
): ChildProcessWithoutNullStreams {
  return spawn(nodeFile, ['src/cli.ts', ...args], { env: envOf(env) })
}

const nodeFile = resolve('node_modules/.bin/node')

function envOf(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('FLOORWATCH_'))
  return { ...Object.fromEntries(inherited), ...env }
}

/** As a shell does where its output goes into a file. */
function startInto(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const output = openSync(file, 'w')
  try {
    return spawn(nodeFile, ['src/cli.ts', ...args], { env, stdio: ['pipe', output, 'pipe'] })
  } finally {
    closeSync(output)
  }
}

/** Runs it to its end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { env = {}, stdin = '', stdoutTo } = options
  const child = stdoutTo === undefined ? startCli(args, options) : startInto(stdoutTo, args, envOf(env))
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (part: string) => {
      text[name] += part
    })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(stdin)
  return new Promise((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done({ code, ...text }))
  })
}
