import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { runCli, startCli } from './run-cli.ts'

/** How long the process was ready to run while others had the processors; undefined once it is gone, or not on Linux. */
const queuedMs = (pid = 0): number | undefined => {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return undefined
  }
}

/** The time a process takes, without the time it waited for a processor; asked while it runs, the last answer holds. */
const startWatch = (pid: number | undefined) => {
  const startedMs = performance.now()
  const queuedBeforeMs = queuedMs(pid) ?? 0
  let waitedMs = 0
  const elapsedMs = () => {
    waitedMs = (queuedMs(pid) ?? queuedBeforeMs + waitedMs) - queuedBeforeMs
    return performance.now() - startedMs - waitedMs
  }
  return { elapsedMs }
}

const saidWithinMs = 20_000
const pollMs = 50
const started = new Set<ChildProcess>()
afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
  started.clear()
})

const startDemo = () => {
  const child = startCli(['demo', '--port', '0'])
  started.add(child)
  const { elapsedMs: ageMs } = startWatch(child.pid)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      said[name] += part
    })
  const ended = once(child, 'close')
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const until = async (what: string, isReached: () => boolean | Promise<boolean>) => {
    const endMs = performance.now() + saidWithinMs
    while (!(await isReached())) {
      if (!isRunning()) throw new Error(`it ended: ${said.stderr}`)
      if (performance.now() > endMs) throw new Error(`not ${what} in ${saidWithinMs} ms: ${said.stdout}`)
      await setTimeout(pollMs)
    }
  }
  return {
    ageMs,
    until,
    untilSaid: (words: string) => until(`said '${words}'`, () => said.stdout.includes(words)),
    url: () => /wallboard {2}(\S+)/.exec(said.stdout)?.[1] ?? '',
    /** How long it takes to end. */
    stop: async (): Promise<number> => {
      const { elapsedMs } = startWatch(child.pid)
      child.kill('SIGINT')
      while (isRunning()) {
        elapsedMs()
        await setTimeout(pollMs)
      }
      const tookMs = elapsedMs()
      const [code, signal] = await ended
      expect({ code, signal, stderr: said.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
      expect(said.stdout).toMatch(/\nstopped\n$/)
      return tookMs
    },
  }
}
type Demo = ReturnType<typeof startDemo>

type WallSnapshot = {
  readonly asOf: string
  readonly metrics: Readonly<Record<string, { readonly value: number | null }>>
}

/** Until the whole tenant's last quarter of an hour stands there as of now. */
const untilLive = async (demo: Demo): Promise<void> => {
  await demo.untilSaid('Ctrl-C')
  await demo.until('live', async () => {
    const answer = await fetch(`${demo.url()}/api/v1/snapshots?tenant=default&scope=&window=15m`, {
      signal: AbortSignal.timeout(saidWithinMs),
    })
    const { snapshots } = (await answer.json()) as { snapshots: readonly WallSnapshot[] }
    const [snapshot] = snapshots
    const { serviceLevel, averageSpeedOfAnswer, callsOffered } = snapshot?.metrics ?? {}
    const isCurrent = Date.now() - Date.parse(snapshot?.asOf ?? '') < 10_000
    return (
      isCurrent &&
      [serviceLevel, averageSpeedOfAnswer, callsOffered].every((metric) => (metric?.value ?? 0) > 0)
    )
  })
}

const triesMax = 3

/** The quickest of some tries: what else runs on the machine makes one slower and never quicker. */
const quickest = async (enoughMs: number, attempt: () => Promise<number>): Promise<number> => {
  let leastMs = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < triesMax && leastMs >= enoughMs; tries++)
    leastMs = Math.min(leastMs, await attempt())
  return leastMs
}

describe('demo', () => {
  test('shows live numbers within 5 s of its start', async () => {
    const tookMs = await quickest(5_000, async () => {
      const demo = startDemo()
      await untilLive(demo)
      const ageMs = demo.ageMs()
      await demo.stop()
      return ageMs
    })
    expect(tookMs).toBeLessThan(5_000)
  })

  test.each<[string, (demo: Demo) => Promise<unknown>]>([
    ['while its history is made', (demo) => demo.untilSaid('Floorwatch demo')],
    ['while its history is counted', (demo) => demo.untilSaid('Ctrl-C')],
    [
      'live, with a wall that looks on',
      async (demo) => {
        await untilLive(demo)
        await fetch(`${demo.url()}/events`)
      },
    ],
  ])('ends within a second of Ctrl-C %s', async (_, until) => {
    const tookMs = await quickest(1_000, async () => {
      const demo = startDemo()
      await until(demo)
      return demo.stop()
    })
    expect(tookMs).toBeLessThan(1_000)
  })

  test('a busy port is one line that names --port, exit 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stderr } = await runCli(['demo', '--port', String(port)])
    other.close()
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `floorwatch: port ${port} on 127.0.0.1 is busy: choose another with --port (demo, wallboard) or http.port\n`,
    })
  })
})
