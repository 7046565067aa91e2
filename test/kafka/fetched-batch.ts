import type { FetchedBatch } from '../../src/kafka/lane.ts'

type BatchShape = {
  readonly fetched: number
  readonly offsets: readonly number[]
  readonly last?: number
  readonly end?: number
  readonly valueBytes?: number
}

/** A batch of partition 0 of `calls` as kafkajs hands it out. */
export function batchOf({ fetched, offsets, last, end = 1000, valueBytes = 1 }: BatchShape): FetchedBatch {
  const lastOffset = String(last ?? offsets.at(-1))
  const messages = offsets.map((offset) => ({
    offset: String(offset),
    key: Buffer.from('k'),
    value: Buffer.alloc(valueBytes, 'v'),
    timestamp: '5',
    attributes: 0,
    headers: {},
  }))
  return {
    topic: 'calls',
    partition: 0,
    highWatermark: String(end),
    messages,
    fetchedOffset: String(fetched),
    isEmpty: () => messages.length === 0,
    firstOffset: () => messages[0]?.offset ?? null,
    lastOffset: () => lastOffset,
    offsetLag: () => '0',
    offsetLagLow: () => '0',
  }
}
