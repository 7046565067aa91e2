/**
 * Runs a server (`supervise.mjs FOLDER COMMAND ARGUMENTS…`) for as long as this process's stdin stays open: when whoever started
 * it closes it or dies, however suddenly, the server is ended too, and FOLDER (unless empty) is removed. Writes the server's pid as
 * the first line on stdout.
 */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

const [folder, command, ...args] = process.argv.slice(2)
// In a process group of its own, so that Ctrl-C in a terminal does not end it before the tests that use it.
const server = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
server.once('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(127)
})
server.once('spawn', () => process.stdout.write(`pid ${server.pid}\n`))
server.once('exit', (code) => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.exit(code ?? 1)
})

process.stdin.once('close', () => server.kill('SIGKILL')).resume()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {})
}
