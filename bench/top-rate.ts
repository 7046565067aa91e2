import { untilShared } from './group.ts'
import { feedLive, retime } from './live.ts'
import { runProduct } from './pipeline.ts'
import { startProduct } from './processes.ts'
import { openLog, openRig, type Settings } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { makeStream } from './streams.ts'

const fedMs = 12_000
const lagMaxMs = 1_000
const nextShare = 0.75

/**
 * Events a second that one process keeps up with while they are written, beside the writer, the broker and Redis: begins with
 * the rate at which it reads a log that lies there, and takes three quarters until as-of stays by the clock.
 */
export const findSustainedRate = async (servers: BenchServers, settings: Settings): Promise<number> => {
  for (let perSecond = await findLogRate(servers); ; perSecond *= nextShare) {
    const lagMs = await lagAfter(servers, settings, Math.round(perSecond))
    console.log(`  fed ${Math.round(perSecond)} events/s: as-of ${lagMs} ms behind after ${fedMs / 1_000} s`)
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

const lagAfter = async (servers: BenchServers, settings: Settings, perSecond: number): Promise<number> => {
  const log = await openLog(servers)
  const rig = await openRig(log, servers, settings)
  const product = startProduct(rig.configFile)
  try {
    await untilShared(rig, [product])
    const records = Math.ceil((perSecond * fedMs) / 1_000)
    const stream = makeStream({ eventsPerSecond: 200, records }, Date.now())
    const live = retime(stream, { startAtMs: Date.now(), perSecond })
    await feedLive(log, live, { sentAtMs: [], isStopped: () => false })
    return Date.now() - (await rig.progress()).asOfMs
  } finally {
    await product.kill()
    await rig.close()
    await log.close()
  }
}
