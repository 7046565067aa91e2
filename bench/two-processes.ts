import { goalOf } from './goals.ts'
import { untilCommitted, untilShared } from './group.ts'
import { type Measured, startProduct } from './processes.ts'
import { type Result, summarise } from './results.ts'
import { openLog, openRig } from './rig.ts'
import type { BenchServers } from './servers.ts'
import { type BenchRecord, makeStream } from './streams.ts'

/** CPU an event of two processes that share the partitions against that of one, both warm, in turn. */

const rounds = 2
const warmUp = 60_000
const measured = 160_000
const windowMs = 20_000

export const measureTwoProcesses = async (servers: BenchServers): Promise<readonly Result[]> => {
  const stream = makeStream({ eventsPerSecond: 200, records: warmUp + measured }, Date.now())
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const one = await costWith(servers, stream, 1)
    const two = await costWith(servers, stream, 2)
    console.log(`  round ${round}: one ${one.toFixed(2)}, two ${two.toFixed(2)} CPU s a million events`)
    ratios.push(two / one)
  }
  return [summarise(goalOf('two-processes'), ratios)]
}

/** CPU s a million events. */
const costWith = async (
  servers: BenchServers,
  stream: readonly BenchRecord[],
  processCount: number,
): Promise<number> => {
  const log = await openLog(servers)
  const rig = await openRig(log, servers)
  const processes = Array.from({ length: processCount }, () => startProduct(rig.configFile))
  try {
    await untilShared(rig, processes)
    await log.write(stream.slice(0, warmUp))
    const before = await untilCommitted(rig, processes, { records: warmUp, timeoutMs: 60_000 })
    const beforeMs = cpuOf(processes)
    await log.write(stream.slice(warmUp))
    const records = await untilCommitted(rig, processes, { records: stream.length, timeoutMs: windowMs })
    return ((cpuOf(processes) - beforeMs) / (records - before)) * 1_000
  } finally {
    for (const one of processes) await one.kill()
    await rig.close()
    await log.close()
  }
}

const cpuOf = (processes: readonly Measured[]): number =>
  processes.reduce((sum, { cpuMs }) => sum + cpuMs(), 0)
