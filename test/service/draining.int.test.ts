import { setTimeout } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type FaultBench, openFaultBench } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'
import type { ServiceProcess } from '../support/service.ts'

const drainMs = 5_000
let bench: FaultBench | undefined

afterEach(async () => {
  await bench?.close()
  bench = undefined
})

const urlOf = (process: ServiceProcess): string => {
  const url = /wallboard {2}(\S+)/.exec(process.output())?.[1]
  if (url === undefined) throw new Error(`no address in:\n${process.output()}`)
  return url
}

/** Every different answer of /readyz until the process is gone: status and first reason. */
const watchReadiness = async (process: ServiceProcess): Promise<readonly string[]> => {
  const seen: string[] = []
  while (process.isRunning()) {
    const said = await fetch(`${urlOf(process)}/readyz`).then(
      async (answer) =>
        `${answer.status} ${((await answer.json()) as { reasons?: string[] }).reasons?.[0] ?? ''}`,
      () => 'gone',
    )
    if (said !== seen.at(-1)) seen.push(said)
    await setTimeout(20)
  }
  return seen
}

const groupOf = async ({ client, names }: FaultBench, groupId: string) => {
  const admin = client.kafka.admin()
  await admin.connect()
  try {
    const { groups } = await admin.describeGroups([groupId])
    const topics = Object.values(names.input)
    const offsets = await admin.fetchOffsets({ groupId, topics })
    const committed = offsets.flatMap(({ partitions }) => partitions.map(({ offset }) => Number(offset)))
    return {
      state: groups[0]?.state,
      memberCount: groups[0]?.members.length,
      committedCount: committed.reduce((sum, offset) => sum + Math.max(offset, 0), 0),
    }
  } finally {
    await admin.disconnect()
  }
}

describe('F18: told to stop under load', () => {
  it('a process says so, drains within 5 s, leaves its group, and what follows counts nothing twice', {
    timeout: 180_000,
  }, async () => {
    const groupId = `drain-${process.pid}-${Date.now()}`
    bench = await openFaultBench({ settings: { kafka: { groupId } } })
    const events = simulateEvents({ seed: 18, eventsPerSecond: 4, events: 6_000 })
    const first = bench.start()
    const ask = () => fetch(`${urlOf(first)}/readyz`).then(({ status }) => status)
    await expect.poll(() => ask().catch(() => 0), { timeout: 60_000 }).toBe(200)
    const feeder = bench.feedAt(400, events)
    await bench.untilTaken(500, 60_000)
    expect(feeder.fedCount(), 'it is under load').toBeLessThan(events.length)
    const readiness = watchReadiness(first)
    const fromMs = performance.now()
    expect(await first.kill('SIGTERM'), first.output()).toBe(0)
    const tookMs = performance.now() - fromMs
    expect(tookMs).toBeLessThan(drainMs)
    expect(await readiness).toEqual(expect.arrayContaining(['503 draining: told to stop']))
    const { records = 0 } = await bench.counters()
    expect(await groupOf(bench, groupId)).toEqual({
      state: 'Empty',
      memberCount: 0,
      committedCount: records,
    })
    bench.start()
    await feeder.done
    await bench.untilReplayed(events, 90_000)
    const counters = await bench.counters()
    expect(counters.records).toBe(events.length)
    expect(counters.duplicate ?? 0).toBe(0)
  })
})

describe('a source that cannot go on', () => {
  it('ends the process with code 1 and one line: an input topic gained a partition', {
    timeout: 120_000,
  }, async () => {
    bench = await openFaultBench({ partitions: 2 })
    const process = bench.start()
    await expect.poll(() => process.output(), { timeout: 60_000 }).toContain('wallboard')
    const admin = bench.client.kafka.admin()
    await admin.connect()
    const topic = bench.names.input['call-queue']
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    await admin.disconnect()
    expect(await process.ended).toBe(1)
    expect(process.output()).toMatch(/^floorwatch: the input topics must have the same number of partitions/m)
  })
})
