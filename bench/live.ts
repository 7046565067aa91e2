import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './rig.ts'
import type { BenchRecord } from './streams.ts'

/** Records to be fed, as bytes: the collector would take the product's cores to carry hundreds of thousands of objects about. */
export type LiveStream = {
  readonly length: number
  /** When the record of a place is written, in epoch ms. */
  readonly atMs: (place: number) => number
  readonly record: (place: number) => BenchRecord<Uint8Array>
}

/** `sentAtMs` is filled: when each record was given to the producer, in epoch ms, by its place. */
type Feeding = { readonly sentAtMs: number[]; readonly isStopped: () => boolean }

const tickMs = 25

/** Writes each record when its time has come; resolves after the last, or when told to stop. */
export const feedLive = async (log: Log, stream: LiveStream, feeding: Feeding): Promise<void> => {
  let next = 0
  while (next < stream.length && !feeding.isStopped()) {
    const nowMs = Date.now()
    const records: BenchRecord<Uint8Array>[] = []
    for (; next < stream.length && stream.atMs(next) <= nowMs; next++) {
      records.push(stream.record(next))
      feeding.sentAtMs[next] = nowMs
    }
    if (records.length === 0) await sleep(tickMs)
    else await log.write(records)
  }
}

export const packStream = (records: readonly BenchRecord[]): LiveStream => {
  const keys = packTexts(records.map(({ key }) => key))
  const values = packTexts(records.map(({ value }) => value))
  const topics = records.map(({ topic }) => topic)
  const times = records.map(({ atMs }) => atMs)
  const atMs = (place: number) => itemAt(times, place)
  const record = (place: number) => ({
    topic: itemAt(topics, place),
    key: keys(place),
    value: values(place),
    atMs: atMs(place),
  })
  return { length: records.length, atMs, record }
}

const itemAt = <T>(items: readonly T[], place: number): T => {
  const item = items[place]
  if (item === undefined) throw new RangeError(`no record ${place} of ${items.length}`)
  return item
}

const packTexts = (texts: readonly string[]): ((place: number) => Uint8Array) => {
  const parts = texts.map((text) => Buffer.from(text))
  const ends: number[] = []
  for (const { length } of parts) ends.push((ends.at(-1) ?? 0) + length)
  const bytes = Buffer.concat(parts)
  return (place) => bytes.subarray(ends[place - 1] ?? 0, ends[place])
}

export type Retiming = { readonly startAtMs: number; readonly perSecond: number }

/** The same records at an even rate: what an event says stays, when it says so changes. */
export const retime = (records: readonly BenchRecord[], { startAtMs, perSecond }: Retiming): LiveStream =>
  packStream(
    records.map((record, at) => {
      const atMs = Math.floor(startAtMs + (at * 1_000) / perSecond)
      const value = JSON.stringify({ ...JSON.parse(record.value), occurredAt: new Date(atMs).toISOString() })
      return { ...record, value, atMs }
    }),
  )

/** Where the calls offered to the tenant stand in it: the k-th of them is the k-th call that is counted. */
export const offeredPlaces = ({ length, record }: LiveStream): readonly number[] =>
  Array.from({ length }, (_, place) => place).filter((place) => isOffered(record(place)))

const isOffered = ({ value }: BenchRecord<Uint8Array>): boolean => {
  const event = JSON.parse(Buffer.from(value).toString())
  return event.type === 'call.queued' && (event.direction ?? 'inbound') === 'inbound'
}
