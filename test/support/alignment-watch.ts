import { setTimeout } from 'node:timers/promises'
import type { FaultBench } from './fault-bench.ts'
import type { ServiceProcess } from './service.ts'

export type Round = {
  /** Records fetched that wait to be taken, as the processes say. */
  readonly queues: readonly { readonly topic: string; readonly partition: number; readonly count: number }[]
  /** The greatest event time taken of each topic, partition by partition, as it stands in the store. */
  readonly takenMs: readonly Readonly<Record<string, number>>[]
}

export type AlignmentWatch = {
  rounds(): readonly Round[]
  stop(): Promise<void>
}

const everyMs = 250

/** Looks again and again. */
export const watchAlignment = (bench: FaultBench, processes: readonly ServiceProcess[]): AlignmentWatch => {
  const rounds: Round[] = []
  let isStopped = false
  const watch = async () => {
    while (!isStopped) {
      const heads = await bench.heads()
      const metrics = await Promise.all(processes.map(readMetrics))
      rounds.push({ queues: metrics.flatMap(queuesOf), takenMs: heads.map(({ greatestMs }) => greatestMs) })
      await setTimeout(everyMs)
    }
  }
  const watching = watch()
  watching.catch(() => undefined)
  return {
    rounds: () => rounds,
    stop: () => {
      isStopped = true
      return watching
    },
  }
}

/** Where a process answers is printed once it can. */
const readMetrics = async ({ output }: ServiceProcess): Promise<string> => {
  const address = / wallboard +(\S+)/.exec(output())?.[1]
  return address === undefined ? '' : (await fetch(new URL('/metrics', address))).text()
}

const sample = /^floorwatch_queued_records\{partition="(\d+)",topic="(.+?)"\} (\d+)$/gm

const queuesOf = (metrics: string): Round['queues'] =>
  [...metrics.matchAll(sample)].map(([, partition, topic = '', count]) => ({
    topic,
    partition: Number(partition),
    count: Number(count),
  }))
