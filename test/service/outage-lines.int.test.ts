import { afterEach, describe, expect, it } from 'vitest'
import { type FaultyProxy, startProxy } from '../support/proxy.ts'
import { totalsSettings } from '../support/replayed.ts'
import { startKafka, startRedis } from '../support/servers.ts'
import { openServiceBench, type ServiceProcess } from '../support/service.ts'

const closing: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close()
})

type Line = { readonly msg: string; readonly part?: string; readonly said?: string }

/** What it logged, all levels but debug. */
const linesOf = (process: ServiceProcess): readonly Line[] =>
  process
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)

const wordsOf = (process: ServiceProcess) =>
  linesOf(process).map(({ msg, part, said }) => `${msg}: ${part ?? said}`)
const statusOf = async (process: ServiceProcess, path: string): Promise<number> => {
  const url = /wallboard {2}(\S+)/.exec(process.output())?.[1] ?? ''
  return fetch(`${url}${path}`).then(
    ({ status }) => status,
    (error: unknown) => {
      throw new Error(`${path} is not answered:\n${process.output()}`, { cause: error })
    },
  )
}
const untilReady = (process: ServiceProcess) =>
  expect.poll(() => statusOf(process, '/readyz').catch(() => 0), { timeout: 60_000 }).toBe(200)

/** Publishing needs Kafka and Redis both: it is a part of its own, out when what it sends does not arrive. */
const ofPublishing = ['outage began: publishing', 'outage ended: publishing']
const expectOnce = (words: readonly string[]) => expect(words).toEqual([...new Set(words)])

const settings = { ...totalsSettings([[]]), log: { level: 'info' } }

describe('a long outage is one line when it begins and one when it ends', () => {
  it('of Redis, that first hangs and then refuses; alive all the while, ready only before and after', {
    timeout: 180_000,
  }, async () => {
    const redis = await startRedis()
    closing.push({ close: redis.stop })
    const target = { host: '127.0.0.1', port: redis.port }
    let proxy: FaultyProxy = await startProxy(target)
    closing.push({ close: () => proxy.close() })
    const { port } = proxy
    const url = { url: `redis://127.0.0.1:${port}`, commandTimeoutMs: 1_000 }
    const bench = await openServiceBench({ ...settings, redis: url }, 2, { redisUrl: redis.address })
    closing.push(bench)
    const process = bench.start()
    await untilReady(process)
    proxy.holdReplies()
    await expect.poll(() => wordsOf(process), { timeout: 30_000 }).toContain('outage began: redis')
    await proxy.close()
    await expect.poll(() => statusOf(process, '/readyz'), { timeout: 30_000 }).toBe(503)
    const refusedUntilMs = Date.now() + 5_000
    await expect.poll(() => Date.now(), { timeout: 30_000 }).toBeGreaterThan(refusedUntilMs)
    expect(await statusOf(process, '/livez')).toBe(200)
    proxy = await startProxy(target, port)
    await untilReady(process)
    // Ready comes a moment before the line.
    await expect.poll(() => wordsOf(process), { timeout: 30_000 }).toContain('outage ended: redis')
    expect(wordsOf(process).filter((word) => !ofPublishing.includes(word))).toEqual([
      'outage began: redis',
      'outage ended: redis',
    ])
    expectOnce(wordsOf(process))
  })

  it('of Kafka, whatever its client tries meanwhile', { timeout: 180_000 }, async () => {
    const kafka = await startKafka()
    closing.push({ close: kafka.stop })
    const bench = await openServiceBench(settings, 2, { brokers: [kafka.address] })
    closing.push(bench)
    const process = bench.start()
    await untilReady(process)
    await kafka.stop()
    await expect.poll(() => wordsOf(process), { timeout: 60_000 }).toContain('outage began: kafka')
    await expect.poll(() => statusOf(process, '/readyz'), { timeout: 30_000 }).toBe(503)
    const watchedUntilMs = Date.now() + 10_000
    await expect.poll(() => Date.now(), { timeout: 30_000 }).toBeGreaterThan(watchedUntilMs)
    expect(await statusOf(process, '/livez')).toBe(200)
    expect(wordsOf(process).filter((word) => !ofPublishing.includes(word))).toEqual(['outage began: kafka'])
    expectOnce(wordsOf(process))
  })
})
