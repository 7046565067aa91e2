import { setTimeout as sleep } from 'node:timers/promises'
import { untilShared } from './group.ts'
import { feedLive, retime } from './live.ts'
import { runProduct } from './pipeline.ts'
import { startProduct } from './processes.ts'
import { openLog, openRig, type Settings } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { makeStream } from './streams.ts'

const warmUpMs = 10_000
const watchedMs = 24_000
const lookEveryMs = 250
const lagMaxMs = 1_000
const lagGivenUpMs = 10_000
const nextShare = 0.75

/**
 * Events a second that one process keeps up with while they are written, beside the writer, the broker and Redis: begins with
 * the rate at which it reads a log that lies there, and takes three quarters until as-of, warmed up, is no more than a second
 * behind the clock on the mean of 24 s. One look will not do: as-of leaps from round to round, and what falls behind
 * slowly has not fallen far after some seconds.
 */
export const findSustainedRate = async (servers: BenchServers, settings: Settings): Promise<number> => {
  for (let perSecond = await findLogRate(servers); ; perSecond *= nextShare) {
    const lagMs = await meanLag(servers, settings, Math.round(perSecond))
    console.log(`  fed ${Math.round(perSecond)} events/s: as-of ${Math.round(lagMs)} ms behind on the mean`)
    if (lagMs <= lagMaxMs) return perSecond
  }
}

const findLogRate = async (servers: BenchServers): Promise<number> => {
  const log = await openLog(servers)
  const records = 100_000
  await log.write(makeStream({ eventsPerSecond: 200, records }, Date.now()))
  const cost = await runProduct(servers, log, records)
  await log.close()
  return (cost.records / cost.ms) * 1_000
}

/** Of all looks after the warm-up; what is so far behind that it will not come back is not fed to the end. */
const meanLag = async (servers: BenchServers, settings: Settings, perSecond: number): Promise<number> => {
  const log = await openLog(servers)
  const rig = await openRig(log, servers, settings)
  const product = startProduct(rig.configFile)
  try {
    await untilShared(rig, [product])
    const records = Math.ceil((perSecond * (warmUpMs + watchedMs)) / 1_000)
    const stream = makeStream({ eventsPerSecond: 200, records }, Date.now())
    const startAtMs = Date.now()
    const lags: number[] = []
    let isOver = false
    const isStopped = () => isOver || (lags.at(-1) ?? 0) > lagGivenUpMs
    const look = async () => {
      for (; !isStopped(); await sleep(lookEveryMs)) {
        const lagMs = Date.now() - (await rig.progress()).asOfMs
        if (Date.now() - startAtMs > warmUpMs) lags.push(lagMs)
      }
    }
    const feed = feedLive(log, retime(stream, { startAtMs, perSecond }), { sentAtMs: [], isStopped })
    const fed = feed.finally(() => {
      isOver = true
    })
    await Promise.all([fed, look()])
    return lags.reduce((sum, lagMs) => sum + lagMs, 0) / lags.length
  } finally {
    await product.kill()
    await rig.close()
    await log.close()
  }
}
