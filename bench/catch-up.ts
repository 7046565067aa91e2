import { goalOf } from './goals.ts'
import { feedLive, packStream } from './live.ts'
import { runProduct } from './pipeline.ts'
import { startProduct, waitFor } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { type Log, openLog, openRig, type Rig } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { type BenchRecord, toRecord } from './streams.ts'

/**
 * Ten minutes behind, while events go on arriving at a fifth of the rate that one process reaches by the clock: how fast as-of
 * moves. Every call is answered after 10 s, so any miss of the service level (20 s) is one that a clock has invented.
 */

const behindMs = 600_000
const warmUpMs = 8_000
const windowMs = 8_000
const windows = 4
const queues = 8
const agents = 200

export const measureCatchUp = async (servers: BenchServers): Promise<readonly Result[]> => {
  const callsPerSecond = Math.ceil((await findTopRate(servers)) / 5 / steps.length)
  const log = await openLog(servers)
  const startMs = Date.now()
  for (const records of callsBetween({ fromMs: startMs - behindMs, toMs: startMs, callsPerSecond }))
    await log.write(records)
  console.log(
    `  ${callsPerSecond * steps.length} events/s, ${(behindMs / 1_000) * callsPerSecond * steps.length} behind, written in ${Date.now() - startMs} ms`,
  )
  const rig = await openRig(log, servers, {
    publish: [
      { scopes: [[], ['queueId'], ['channel'], ['agentId']], windows: ['now'], everyMs: 1_000 },
      {
        scopes: [[], ['queueId'], ['channel'], ['agentId']],
        windows: ['15m', 'hour', 'today'],
        everyMs: 5_000,
      },
    ],
  })
  let isStopped = false
  const live = feedOnward(log, { fromMs: startMs, callsPerSecond, isStopped: () => isStopped })
  const product = startProduct(rig.configFile)
  try {
    const begunMs = await waitFor(async () => ((await rig.progress()).asOfMs > 0 ? Date.now() : undefined), {
      timeoutMs: 60_000,
      of: [product],
    })
    const sampleAt = (atMs: number) => {
      const sample = movesAfter(rig, begunMs + atMs)
      return waitFor(sample, { timeoutMs: 60_000, everyMs: 50, of: [product] })
    }
    const ratios: number[] = []
    let before = await sampleAt(warmUpMs)
    for (let window = 1; window <= windows; window++) {
      const after = await sampleAt(warmUpMs + window * windowMs)
      const speed = (after.asOfMs - before.asOfMs) / (after.nowMs - before.nowMs)
      console.log(
        `  window ${window}: as-of moved at ${speed.toFixed(2)} times real time, ${((after.nowMs - after.asOfMs) / 1_000).toFixed(0)} s behind`,
      )
      if (before.nowMs - before.asOfMs > windowMs) ratios.push(speed)
      before = after
    }
    return [summarise(goalOf('catch-up'), ratios)]
  } finally {
    isStopped = true
    await live
    await product.kill()
    await rig.close()
    await log.close()
  }
}

type Sample = { readonly nowMs: number; readonly asOfMs: number }

/** The first move of as-of past an instant: it moves once a round, and a stretch that cuts one is a third too short or too long. */
const movesAfter = (rig: Rig, atMs: number) => {
  let stoodMs: number | undefined
  return async (): Promise<Sample | undefined> => {
    await refuseMisses(rig)
    const { asOfMs } = await rig.progress()
    const nowMs = Date.now()
    if (nowMs < atMs) return undefined
    stoodMs ??= asOfMs
    return asOfMs > stoodMs ? { nowMs, asOfMs } : undefined
  }
}

const refuseMisses = async (rig: Rig): Promise<void> => {
  for (const window of ['now', '15m', 'hour', 'today']) {
    const level = (await rig.latest(`default||${window}`))?.metrics.serviceLevel
    if (typeof level?.value === 'number' && level.value < 1)
      throw new Error(`a miss was invented: ${JSON.stringify(level)}`)
  }
}

type Stretch = { readonly fromMs: number; readonly toMs: number; readonly callsPerSecond: number }

/** Second by second: each call is queued, answered 10 s later, ended after 90 s, wrapped up after 100 s. */
function* callsBetween({ fromMs, toMs, callsPerSecond }: Stretch): Generator<readonly BenchRecord[]> {
  for (let second = Math.floor(fromMs / 1_000); second < Math.floor(toMs / 1_000); second++) {
    const records: BenchRecord[] = []
    for (let place = 0; place < callsPerSecond; place++)
      for (const [type, afterSeconds] of steps) {
        const number = (second - afterSeconds) * callsPerSecond + place
        const atMs = second * 1_000 + Math.floor((place * 1_000) / callsPerSecond)
        records.push(recordOf(type, number, atMs))
      }
    yield records
  }
}

const steps = [
  ['call.queued', 0],
  ['call.answered', 10],
  ['call.ended', 90],
  ['call.wrapped', 100],
] as const

const recordOf = (type: (typeof steps)[number][0], number: number, occurredAt: number): BenchRecord => {
  const callId = `call-${number}`
  const common = { eventId: `${callId}-${type}`, occurredAt, tenantId: 'default', callId }
  return toRecord(
    type === 'call.queued'
      ? { ...common, type, direction: 'inbound', queueId: `queue-${number % queues}`, channel: 'voice' }
      : { ...common, type, agentId: `agent-${number % agents}` },
  )
}

const feedOnward = async (
  log: Log,
  { isStopped, ...stretch }: Omit<Stretch, 'toMs'> & { readonly isStopped: () => boolean },
): Promise<void> => {
  for (const records of callsBetween({ ...stretch, toMs: stretch.fromMs + 3_600_000 })) {
    if (isStopped()) return
    await feedLive(log, packStream(records), { sentAtMs: [], isStopped })
  }
}

/** About as many calls a second as are caught up with then: of fewer all events of a call lie in one batch, and cost half as much. */
const findTopRate = async (servers: BenchServers): Promise<number> => {
  const log = await openLog(servers)
  let count = 0
  const toMs = Date.now()
  for (const records of callsBetween({ fromMs: toMs - 200_000, toMs, callsPerSecond: 1_000 })) {
    await log.write(records)
    count += records.length
  }
  const cost = await runProduct(servers, log, count)
  await log.close()
  return (cost.records / cost.ms) * 1_000
}
