import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startCli } from '../commands/run-cli.ts'

type Ended = { readonly code: number | null; readonly said: string; readonly afterMs: number }

/** Runs a process whose service is broken that way; `signal` is sent once it runs. */
const runDying = async (fault: string, signal?: NodeJS.Signals): Promise<Ended> => {
  const child = spawn(resolve('node_modules/.bin/node'), ['test/health/dying-process.ts', fault])
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
  })
  await once(child.stdout, 'data')
  const fromMs = Date.now()
  if (signal) child.kill(signal)
  const [code] = await once(child, 'exit')
  return { code, said, afterMs: Date.now() - fromMs }
}

describe('a process that cannot go on ends with code 1 and says why', () => {
  test.each([
    ['source-fatal', /^floorwatch: the log is not what it was\n$/],
    ['wall-reader', /^floorwatch: no snapshots\n$/],
    ['loop-bug', /TypeError: a bug/],
    ['no-progress', /^floorwatch: records wait in partition 0, none was committed for \d+ s, and .*\n$/],
  ])('%s', async (fault, said) => {
    const ended = await runDying(fault)
    expect(ended.said).toMatch(said)
    expect(ended.code).toBe(1)
  })

  test('loop-hangs: what waits for ever cannot be closed either, and both are told', async () => {
    const { code, said } = await runDying('loop-hangs')
    expect(said).toMatch(
      /^floorwatch: the loop has made no turn for \d+ s: .*\nfloorwatch: not all could be closed within 5 s: ends at once\n$/,
    )
    expect(code).toBe(1)
  })
})

describe('told to stop', () => {
  test('a healthy process ends with 0 and says nothing', async () => {
    expect(await runDying('none', 'SIGTERM')).toMatchObject({ code: 0, said: '' })
  })

  test('a close that hangs is cut off after 5 s, with code 1 and one line', async () => {
    const { code, said, afterMs } = await runDying('close-hangs', 'SIGTERM')
    expect({ code, said }).toEqual({
      code: 1,
      said: 'floorwatch: not all could be closed within 5 s: ends at once\n',
    })
    expect(afterMs).toBeGreaterThan(4_900)
  })

  test('what was left open does not keep it alive', async () => {
    expect(await runDying('left-open', 'SIGINT')).toMatchObject({ code: 0, said: '' })
  })
})

describe('the command line', () => {
  const preload = (code: string) => ({
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` },
  })

  test.each([
    ['a rejection nobody handles', `setTimeout(() => Promise.reject(new Error('injected')), 2000)`],
    ['an exception nobody catches', `setTimeout(() => { throw new Error('injected') }, 2000)`],
  ])('%s ends it with code 1 and its stack', async (_, code) => {
    const child = startCli(['demo', '--port', '0'], preload(code))
    let said = ''
    child.stderr.on('data', (part) => {
      said += part
    })
    child.stdout.resume()
    const [exitCode] = await once(child, 'exit')
    expect(said).toContain('Error: injected')
    expect(exitCode).toBe(1)
  })

  test('the demo answers /livez, /readyz, /healthz and /metrics, and ends at SIGTERM with 0', async () => {
    const child = startCli(['demo', '--port', '0'])
    let printed = ''
    for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
      printed += part
      if (printed.includes('Ctrl-C')) break
    }
    const url = /wallboard {2}(\S+)/.exec(printed)?.[1] ?? ''
    const ask = async (path: string) => {
      const answer = await fetch(`${url}${path}`)
      return { status: answer.status, text: await answer.text() }
    }
    expect(await ask('/livez')).toMatchObject({ status: 200 })
    expect([200, 503]).toContain((await ask('/readyz')).status)
    expect(JSON.parse((await ask('/healthz')).text)).toMatchObject({ partitions: { all: 1, own: 1 } })
    await expect
      .poll(async () => (await ask('/metrics')).text, { timeout: 30_000 })
      .toMatch(/floorwatch_commits_total\{outcome="committed"\} [1-9]/)
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
  })
})
