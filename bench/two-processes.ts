import { goalOf } from './goals.ts'
import { untilCommitted, untilShared } from './group.ts'
import { type Measured, startProduct } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { openLog, openRig, type Rig } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { type BenchRecord, makeStream } from './streams.ts'

/**
 * CPU an event of two processes that share the partitions against that of one that has them all, both warm, in turn. Two
 * run at a time in either case, the single ones for an installation each: what it costs that both cores are busy counts for nobody.
 */

const rounds = 2
const warmUp = 60_000
const measured = 160_000
const windowMs = 20_000

export const measureTwoProcesses = async (servers: BenchServers): Promise<readonly Result[]> => {
  const stream = makeStream({ eventsPerSecond: 200, records: warmUp + measured }, Date.now())
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const alone = await costWith(servers, stream, { installations: 2, processesEach: 1 })
    const sharing = await costWith(servers, stream, { installations: 1, processesEach: 2 })
    console.log(
      `  round ${round}: alone ${alone.toFixed(2)}, sharing ${sharing.toFixed(2)} CPU s a million events`,
    )
    ratios.push(sharing / alone)
  }
  return [summarise(goalOf('two-processes'), ratios)]
}

type Setting = { readonly installations: number; readonly processesEach: number }
type Installation = { readonly rig: Rig; readonly processes: readonly Measured[] }

/** CPU s a million events. */
const costWith = async (
  servers: BenchServers,
  stream: readonly BenchRecord[],
  { installations, processesEach }: Setting,
): Promise<number> => {
  const log = await openLog(servers)
  const running: Installation[] = []
  try {
    for (let number = 0; number < installations; number++) {
      const rig = await openRig(log, servers)
      running.push({
        rig,
        processes: Array.from({ length: processesEach }, () => startProduct(rig.configFile)),
      })
    }
    for (const { rig, processes } of running) await untilShared(rig, processes)
    await log.write(stream.slice(0, warmUp))
    const before = await recordsOf(running, { records: warmUp, timeoutMs: 60_000 })
    const beforeMs = cpuOf(running)
    await log.write(stream.slice(warmUp))
    const records = await recordsOf(running, { records: stream.length, timeoutMs: windowMs })
    return ((cpuOf(running) - beforeMs) / (records - before)) * 1_000
  } finally {
    for (const { rig, processes } of running) {
      for (const one of processes) await one.kill()
      await rig.close()
    }
    await log.close()
  }
}

/** Committed by all of them together, once each has so many or time is up. */
const recordsOf = async (
  running: readonly Installation[],
  until: { readonly records: number; readonly timeoutMs: number },
): Promise<number> => {
  const counts = await Promise.all(running.map(({ rig, processes }) => untilCommitted(rig, processes, until)))
  return counts.reduce((sum, count) => sum + count, 0)
}

const cpuOf = (running: readonly Installation[]): number =>
  running.reduce((sum, { processes }) => sum + processes.reduce((own, { cpuMs }) => own + cpuMs(), 0), 0)
