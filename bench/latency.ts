import { setTimeout as sleep } from 'node:timers/promises'
import { goalOf } from './goals.ts'
import { untilShared } from './group.ts'
import { feedLive, type LiveStream, offeredPlaces, retime } from './live.ts'
import { startProduct } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { type Log, openLog, openRig } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { makeStream } from './streams.ts'
import { findSustainedRate } from './top-rate.ts'

/**
 * From the moment an event is given to the producer to the arrival of the first snapshot that counts it, at half the rate that
 * one process keeps up with while it is fed. Told by the calls offered to the whole tenant: the k-th call queued is in the first
 * snapshot that says k or more. The publish interval, which any event may just have missed, is taken off.
 */

const intervalMs = 1_000
/** Time to pack the stream, so that nothing of it is late from the start. */
const startMs = 6_000
const warmUpMs = 10_000
const windowMs = 8_000
const windows = 3
/** Fed on, so that the last calls measured are not the last there are. */
const tailMs = 3_000
const countedKey = 'default||total'

const publish = [
  { scopes: [[], ['queueId'], ['channel'], ['teamId'], ['agentId']], windows: ['now'], everyMs: 1_000 },
  {
    scopes: [[], ['queueId'], ['channel'], ['teamId'], ['agentId']],
    windows: ['15m', 'hour', 'today'],
    everyMs: 5_000,
  },
  { scopes: [[]], windows: ['total'], metrics: ['callsOffered'], everyMs: intervalMs },
]

export const measureLatency = async (servers: BenchServers): Promise<readonly Result[]> => {
  const perSecond = Math.round((await findSustainedRate(servers, { publish })) / 2)
  const log = await openLog(servers)
  const rig = await openRig(log, servers, { publish })
  const product = startProduct(rig.configFile)
  try {
    await untilShared(rig, [product])
    const records = Math.ceil((perSecond * (warmUpMs + windows * windowMs + tailMs)) / 1_000)
    const live = retime(makeStream({ eventsPerSecond: 200, records }, Date.now()), {
      startAtMs: Date.now() + startMs,
      perSecond,
    })
    const offered = offeredPlaces(live)
    const arrivals = await listenToCounts(log)
    const sentAtMs: number[] = []
    await feedLive(log, live, { sentAtMs, isStopped: () => false })
    const endMs = await untilTold(arrivals.counts, offered.length)
    await arrivals.close()
    const worst = sentAtMs.reduce((most, atMs, place) => Math.max(most, atMs - live.atMs(place)), 0)
    console.log(`  ${perSecond} events/s; the feeder was at most ${worst} ms late`)
    return [
      summarise(
        goalOf('latency-p99'),
        quantiles(live, { offered, sentAtMs, counts: arrivals.counts, endMs }),
      ),
    ]
  } finally {
    await product.kill()
    await rig.close()
    await log.close()
  }
}

type Count = { readonly count: number; readonly atMs: number }

const listenToCounts = async (log: Log) => {
  const counts: Count[] = []
  const consumer = log.client.kafka.consumer({ groupId: `${log.topicPrefix}latency` })
  await consumer.connect()
  await consumer.subscribe({ topics: [log.names.metrics], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (message.key?.toString() !== countedKey || message.value === null) return
      const { metrics } = JSON.parse(message.value.toString())
      counts.push({ count: metrics.callsOffered.value ?? 0, atMs: Date.now() })
    },
  })
  return { counts, close: () => consumer.disconnect() }
}

const toldMaxMs = 60_000

/** Until the last call is told of; returns when it was, or when waiting was given up. */
const untilTold = async (counts: readonly Count[], count: number): Promise<number> => {
  const deadlineMs = Date.now() + toldMaxMs
  while ((counts.at(-1)?.count ?? 0) < count && Date.now() < deadlineMs) await sleep(100)
  return Date.now()
}

type Arrivals = {
  /** Of all that is fed. */
  readonly offered: readonly number[]
  readonly sentAtMs: readonly number[]
  readonly counts: readonly Count[]
  /** What was not told of by then took at least so long. */
  readonly endMs: number
}

/** The p99 of each window after the warm-up, beyond the interval. */
const quantiles = (live: LiveStream, { offered, sentAtMs, counts, endMs }: Arrivals): readonly number[] => {
  const fromMs = live.atMs(0) + warmUpMs
  const found: number[][] = Array.from({ length: windows }, () => [])
  let at = 0
  for (const [index, place] of offered.entries()) {
    while (at < counts.length && (counts[at] as Count).count <= index) at++
    const window = Math.floor((live.atMs(place) - fromMs) / windowMs)
    if (window < 0 || window >= windows) continue
    const arrivedMs = counts[at]?.atMs ?? endMs
    found[window]?.push(arrivedMs - (sentAtMs[place] as number))
  }
  return found.map((delays) => {
    const sorted = delays.sort((a, b) => a - b)
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.POSITIVE_INFINITY
    console.log(`  p50 ${sorted[sorted.length >> 1]} ms, p99 ${p99} ms of ${sorted.length} calls`)
    return p99 - intervalMs
  })
}
