import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const toolsPath = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a command in the checkout with the tools of node_modules first on its PATH, and passes stop signals on to it.
 * Resolves with its exit code (a number, 0 when a stop signal that we passed on ended it) and what it printed
 * when `quiet` is set; rejects when it cannot be started.
 */
export function runCommand(command, args, { quiet = false, cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env, PATH: toolsPath },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    })
    const printed = []
    child.stdout?.on('data', (chunk) => printed.push(chunk))
    child.stderr?.on('data', (chunk) => printed.push(chunk))
    let stopped = false
    const pass = (signal) => {
      stopped = true
      child.kill(signal)
    }
    for (const signal of stopSignals) process.on(signal, pass)
    const done = () => {
      for (const signal of stopSignals) process.off(signal, pass)
    }
    child.once('error', (error) => {
      done()
      reject(error)
    })
    child.once('close', (code, signal) => {
      done()
      resolve({ code: code ?? (stopped ? 0 : 1), signal, stopped, output: Buffer.concat(printed).toString() })
    })
  })
}
