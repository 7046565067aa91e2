import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './rig.ts'
import type { BenchRecord } from './streams.ts'

/** `sentAtMs` is filled: when each record was given to the producer, in epoch ms, by its place. */
type Feeding = { readonly sentAtMs: number[]; readonly isStopped: () => boolean }

const tickMs = 25

/** Writes each record when its time has come; resolves after the last, or when told to stop. */
export const feedLive = async (
  log: Log,
  records: readonly BenchRecord[],
  feeding: Feeding,
): Promise<void> => {
  let next = 0
  while (next < records.length && !feeding.isStopped()) {
    const nowMs = Date.now()
    const from = next
    while (next < records.length && (records[next] as BenchRecord).atMs <= nowMs) next++
    if (next === from) {
      await sleep(tickMs)
      continue
    }
    for (let at = from; at < next; at++) feeding.sentAtMs[at] = nowMs
    await log.write(records.slice(from, next))
  }
}

export type Retiming = { readonly startAtMs: number; readonly perSecond: number }

/** The same records at an even rate: what an event says stays, when it says so changes. */
export const retime = (
  records: readonly BenchRecord[],
  { startAtMs, perSecond }: Retiming,
): readonly BenchRecord[] =>
  records.map((record, at) => {
    const atMs = Math.floor(startAtMs + (at * 1_000) / perSecond)
    const value = JSON.stringify({ ...JSON.parse(record.value), occurredAt: new Date(atMs).toISOString() })
    return { ...record, value, atMs }
  })
