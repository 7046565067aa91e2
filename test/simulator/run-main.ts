import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

/** Some 40 s where nothing else runs; a machine that is busy with other things takes its time. */
export const historiesTimeoutMs = 1_800_000

/** What the command says, in a process of its own: histories run on one core each, and a planted bug stays in there. */
export const runMain = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args])
    let output = ''
    const note = (text: unknown) => {
      output += text
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.on('error', reject)
    child.on('close', (_code, signal) => {
      if (signal) reject(new Error(`${args.join(' ')} was ended by ${signal}: ${output}`))
      else resolve(output)
    })
  })
