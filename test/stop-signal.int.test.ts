import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { startCli } from './commands/run-cli.ts'

const settleMs = 200

/** Loaded before the program: sends it a signal while the first package of its commands is being loaded. */
const signalAtLoad = (signal: NodeJS.Signals): string => {
  const hooks = `export const resolve = async (name, context, next) => {
    if (name === 'commander') {
      process.kill(process.pid, '${signal}')
      await new Promise((done) => setTimeout(done, ${settleMs}))
    }
    return next(name, context)
  }`
  const source = `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(hooks))})`
  return `--import=${moduleOf(source)}`
}

const moduleOf = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`

const endedBy = async (signal: NodeJS.Signals, args: readonly string[]) => {
  const child = startCli(args, { env: { NODE_OPTIONS: signalAtLoad(signal) } })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      text[name] += part
    })
  const [code, endSignal] = await once(child, 'close')
  return { code, endSignal, ...text }
}

describe('a signal that comes while the commands are still being loaded', () => {
  test.each([
    ['SIGINT', ['start']],
    ['SIGTERM', ['start']],
    ['SIGTERM', ['--config', '/dev/null', 'start']],
    ['SIGTERM', ['--config=/dev/null', 'demo', '--port', '0']],
    ['SIGINT', ['wallboard', '--port', '0']],
  ] as const)('%s ends %j with a word and code 0', async (signal, args) => {
    const stdout = expect.stringMatching(/(^|\n)stopped\n$/)
    expect(await endedBy(signal, args)).toEqual({ code: 0, endSignal: null, stdout, stderr: '' })
  })

  test.each([
    ['SIGINT', ['replay', 'demo']],
    ['SIGTERM', ['simulate']],
  ] as const)('%s ends %j as it ends any command that only computes', async (signal, args) => {
    expect(await endedBy(signal, args)).toMatchObject({ code: null, endSignal: signal, stdout: '' })
  })
})
