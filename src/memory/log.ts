/** A log in the process's own memory, which sources and feeders share: what Kafka is for the service. */

import { type Partitioner, partitionFor } from '../core/partition.ts'
import type { Topic } from '../core/topics.ts'
import type { SourceRecord } from '../ports.ts'

export type MemoryRecord = {
  readonly key: Uint8Array | string | null
  readonly value: Uint8Array | string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly timestampMs: number
  /** Given, it overrules the partitioner. */
  readonly partition?: number
}

export type MemoryLog = {
  readonly partitions: number
  readonly topics: readonly Topic[]
  readonly append: (topic: Topic, record: MemoryRecord) => void
  readonly read: (topic: Topic, partition: number, offset: bigint) => SourceRecord | undefined
  /** First offset still there, and the offset the next record gets. */
  readonly range: (topic: Topic, partition: number) => { readonly low: bigint; readonly high: bigint }
  /** Drops what lies before `offset`. */
  readonly trim: (topic: Topic, partition: number, offset: bigint) => void
  /** Records of all topics that lie in the log: what a feeder watches so as not to run ahead. */
  readonly size: () => number
  /** Calls `listener` after each append; returns the function that ends it. */
  readonly watch: (listener: () => void) => () => void
}

export type MemoryLogOptions = {
  readonly partitions: number
  readonly topics: readonly Topic[]
  readonly partitioner: Partitioner
}

type Segment = { low: number; records: SourceRecord[] }

export function createMemoryLog({ partitions, topics, partitioner }: MemoryLogOptions): MemoryLog {
  const segments = new Map<string, Segment>()
  const watchers = new Set<() => void>()
  const segmentOf = (topic: Topic, partition: number): Segment => {
    const name = `${topic}-${partition}`
    const segment = segments.get(name) ?? { low: 0, records: [] }
    segments.set(name, segment)
    return segment
  }
  return {
    partitions,
    topics,
    append: (topic, record) => {
      const partition = record.partition ?? partitionOf(record.key, partitions, partitioner)
      const { low, records } = segmentOf(topic, partition)
      records.push(toSourceRecord(record, { topic, partition, offset: BigInt(low + records.length) }))
      for (const notify of watchers) notify()
    },
    read: (topic, partition, offset) => {
      const { low, records } = segmentOf(topic, partition)
      return records[Number(offset) - low]
    },
    range: (topic, partition) => {
      const { low, records } = segmentOf(topic, partition)
      return { low: BigInt(low), high: BigInt(low + records.length) }
    },
    trim: (topic, partition, offset) => {
      const segment = segmentOf(topic, partition)
      const dropped = Math.min(Math.max(Number(offset) - segment.low, 0), segment.records.length)
      segment.records = segment.records.slice(dropped)
      segment.low += dropped
    },
    size: () => [...segments.values()].reduce((sum, { records }) => sum + records.length, 0),
    watch: (listener) => {
      watchers.add(listener)
      return () => watchers.delete(listener)
    },
  }
}

function partitionOf(key: MemoryRecord['key'], partitions: number, partitioner: Partitioner): number {
  return key === null ? 0 : partitionFor(key, partitions, partitioner)
}

type Place = { readonly topic: Topic; readonly partition: number; readonly offset: bigint }

function toSourceRecord({ key, value, headers, timestampMs }: MemoryRecord, place: Place): SourceRecord {
  return {
    ...place,
    topicName: place.topic,
    key: toBytes(key),
    value: toBytes(value),
    headers: headers ?? {},
    timestampMs,
  }
}

function toBytes(value: Uint8Array | string | null): Uint8Array | null {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value
}
