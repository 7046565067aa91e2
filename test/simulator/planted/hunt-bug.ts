import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export type Hunt = {
  /** Histories it took; undefined: not found within the bound. */
  readonly histories: number | undefined
  readonly output: string
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** Lets a process with the bug planted live through histories until one goes wrong. */
export const huntBug = (name: string, seedsMax: number): Promise<Hunt> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, '--bug', name, '--seeds', String(seedsMax)])
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    child.stderr.on('data', (text) => {
      output += text
    })
    child.on('error', reject)
    child.on('close', () => {
      const count = /(\d+) histories .* 1 wrong$/m.exec(output)?.[1]
      resolve({ histories: count === undefined ? undefined : Number(count), output })
    })
  })
