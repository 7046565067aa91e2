import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { runCli, startCli } from './run-cli.ts'

/** How long the process was ready to run while others had the processors, where the system tells (Linux). */
const queuedMs = (pid = 0): number => {
  const file = `/proc/${pid}/schedstat`
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0
}

const startDemo = () => {
  const startedMs = performance.now()
  const child = startCli(['demo', '--port', '0'])
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (part: string) => {
      said[name] += part
    })
  const ended = once(child, 'close')
  return {
    said,
    ageMs: () => performance.now() - startedMs - queuedMs(child.pid),
    untilSaid: async (words: string) => {
      while (!said.stdout.includes(words)) {
        if (child.exitCode !== null) throw new Error(`it ended: ${said.stderr}`)
        await setTimeout(10)
      }
    },
    url: () => /wallboard {2}(\S+)/.exec(said.stdout)?.[1] ?? '',
    /** How long it takes to end. */
    stop: async (): Promise<number> => {
      const toldMs = performance.now()
      child.kill('SIGINT')
      const [code, signal] = await ended
      expect({ code, signal, stderr: said.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
      expect(said.stdout).toMatch(/\nstopped\n$/)
      return performance.now() - toldMs
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
  for (;;) {
    const answer = await fetch(`${demo.url()}/api/v1/snapshots?tenant=default&scope=&window=15m`)
    const { snapshots } = (await answer.json()) as { snapshots: readonly WallSnapshot[] }
    const [snapshot] = snapshots
    const { serviceLevel, averageSpeedOfAnswer, callsOffered } = snapshot?.metrics ?? {}
    const isCurrent = Date.now() - Date.parse(snapshot?.asOf ?? '') < 10_000
    const isFilled = [serviceLevel, averageSpeedOfAnswer, callsOffered].every(
      (metric) => (metric?.value ?? 0) > 0,
    )
    if (isCurrent && isFilled) return
    await setTimeout(100)
  }
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
