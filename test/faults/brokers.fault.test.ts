import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FaultBench, openFaultBench, untilTrue } from '../support/fault-bench.ts'
import { simulateEvents } from '../support/load.ts'
import { type KafkaCluster, startKafkaCluster } from '../support/servers/kafka-cluster.ts'
import type { ServiceProcess } from '../support/service.ts'

let cluster: KafkaCluster
let bench: FaultBench | undefined
beforeAll(async () => {
  cluster = await startKafkaCluster()
})
afterEach(async () => {
  await bench?.close()
  bench = undefined
})
afterAll(() => cluster.close())

const perSecond = 100
const sessionTimeoutMs = 6_000
/** The target is 10 s from the election on; the brokers take 6 s to miss one of them, and the machine does other things too. */
const resumeMaxMs = 60_000

const open = () =>
  openFaultBench({
    settings: { log: { level: 'info' } },
    servers: { brokers: cluster.brokers, replicationFactor: 3 },
  })

/** Of Kafka: how often a process has said that it is out, and that it is back. */
const outagesOf = (process: ServiceProcess): readonly [began: number, ended: number] => {
  const lines = process.output().split('\n')
  const count = (word: string) =>
    lines.filter((line) => line.includes(word) && line.includes('"part":"kafka"')).length
  return [count('outage began'), count('outage ended')]
}

/** Whether every partition of the calls has all three replicas in sync again. */
const isWhole = async ({ client, names }: FaultBench): Promise<boolean> => {
  const admin = client.kafka.admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata({ topics: [names.input['call-queue'] ?? ''] })
  await admin.disconnect()
  return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === 3))
}

describe('three brokers', () => {
  it('F19: each of them ended and started again, whatever it led: leaders, the group, the controllers', {
    timeout: 400_000,
  }, async () => {
    const events = simulateEvents({ seed: 19, events: 24_000 })
    bench = await open()
    const opened = bench
    const processes = [opened.start(), opened.start()]
    const feeder = opened.feedAt(perSecond, events)
    await opened.untilTaken(500, 60_000)
    for (const id of [1, 2, 3]) {
      await cluster.stop(id)
      const { records = 0 } = await opened.counters()
      await opened.untilTaken(records + 5 * perSecond, resumeMaxMs)
      await cluster.start(id)
      await untilTrue(() => isWhole(opened).catch(() => false), 60_000)
      await opened.untilTaken(feeder.fedCount(), 60_000)
    }
    const fed = await feeder.stop()
    await opened.untilReplayed(fed, 60_000)
    expect(await opened.counters()).toMatchObject({ applied: fed.length })
    expect(processes.map((one) => one.isRunning())).toEqual([true, true])
  })

  it('F19: connections cut in the middle of what they carry, twelve times, then silent for three sessions: what is out is told when it begins and when it ends', {
    timeout: 300_000,
  }, async () => {
    const events = simulateEvents({ seed: 191, events: 24_000 })
    bench = await open()
    const processes = [bench.start(), bench.start()]
    const feeder = bench.feedAt(perSecond, events)
    await bench.untilTaken(500, 60_000)
    for (let cut = 0; cut < 12; cut++) {
      for (const proxy of cluster.proxies()) proxy.cut()
      await feeder.reach(feeder.fedCount() + 2 * perSecond)
    }
    await bench.untilTaken(feeder.fedCount(), resumeMaxMs)
    for (const proxy of cluster.proxies()) proxy.holdReplies()
    await setTimeout(3 * sessionTimeoutMs)
    for (const proxy of cluster.proxies()) {
      proxy.cut()
      proxy.releaseReplies()
    }
    const fed = await feeder.stop()
    await bench.untilReplayed(fed, 90_000)
    expect(await bench.counters()).toMatchObject({ applied: fed.length })
    expect(processes.map((one) => one.isRunning())).toEqual([true, true])
    const isOver = (process: ServiceProcess) => {
      const [began, ended] = outagesOf(process)
      return began > 0 && began === ended
    }
    await untilTrue(
      () => processes.every(isOver),
      60_000,
      async () => [JSON.stringify(processes.map(outagesOf))],
    )
  })
})
