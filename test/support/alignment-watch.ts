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
  /** What was seen so far; throws where more than a tenth of the looks failed. */
  rounds(): readonly Round[]
  stop(): Promise<void>
}

const everyMs = 250
const answerWithinMs = 10_000

/** Looks again and again; a look that fails is left out. */
export const watchAlignment = (bench: FaultBench, processes: readonly ServiceProcess[]): AlignmentWatch => {
  const rounds: Round[] = []
  const failures: unknown[] = []
  let isStopped = false
  const look = async (): Promise<Round> => {
    const heads = await bench.heads()
    const metrics = await Promise.all(processes.map(readMetrics))
    return { queues: metrics.flatMap(queuesOf), takenMs: heads.map(({ greatestMs }) => greatestMs) }
  }
  const watch = async () => {
    while (!isStopped) {
      await look().then(
        (round) => rounds.push(round),
        (error: unknown) => failures.push(error),
      )
      await setTimeout(everyMs)
    }
  }
  const watching = watch()
  return {
    rounds: () => {
      if (failures.length > (rounds.length + failures.length) / 10)
        throw new Error(`${failures.length} looks failed, ${rounds.length} did not`, {
          cause: failures.at(-1),
        })
      return rounds
    },
    stop: () => {
      isStopped = true
      return watching
    },
  }
}

/** Where a process answers is printed once it can. */
const readMetrics = async ({ output }: ServiceProcess): Promise<string> => {
  const address = / wallboard +(\S+)/.exec(output())?.[1]
  if (address === undefined) return ''
  const answer = await fetch(new URL('/metrics', address), { signal: AbortSignal.timeout(answerWithinMs) })
  if (!answer.ok) throw new Error(`${address}: status ${answer.status}`)
  return answer.text()
}

const sample = /^floorwatch_queued_records\{partition="(\d+)",topic="(.+?)"\} (\d+)$/gm

const queuesOf = (metrics: string): Round['queues'] =>
  [...metrics.matchAll(sample)].map(([, partition, topic = '', count]) => ({
    topic,
    partition: Number(partition),
    count: Number(count),
  }))
