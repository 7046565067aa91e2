import type { CodecLimits } from './codecs.ts'

/** What bounds the source. Sizes in bytes, times in ms. */
export type SourceLimits = {
  /** A queue this full pauses its topic-partition; it goes on below half. One fetched batch may go over. */
  readonly queueRecordsMax: number
  readonly queueBytesMax: number
  /** Key and value of one record; a larger one becomes a dead letter. */
  readonly recordBytesMax: number
  /** A fetch response of one broker, and of one of its partitions, as they come over the wire. */
  readonly fetchBytesMax: number
  readonly fetchPartitionBytesMax: number
  /** How long a broker holds a fetch that finds nothing; also how late a resumed topic-partition may be. */
  readonly fetchWaitMs: number
  /** How long a killed member keeps its shards; a joining one waits at most `heartbeatMs` for the others to hear of it. */
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly heartbeatMs: number
  /** How old the end of the log may be, as the log itself said it, before it is asked again: as-of waits for it under `time.source: events`. */
  readonly endAgeMaxMs: number
  /** Without an answer to a fetch for this long the end of the log counts as unknown … */
  readonly endTrustMs: number
  /** … and for this long the process must end. */
  readonly fetchAgeMaxMs: number
}

export const defaultSourceLimits: SourceLimits = {
  queueRecordsMax: 20_000,
  queueBytesMax: 8 * 1024 * 1024,
  recordBytesMax: 1024 * 1024,
  fetchBytesMax: 4 * 1024 * 1024,
  fetchPartitionBytesMax: 512 * 1024,
  fetchWaitMs: 250,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 20_000,
  heartbeatMs: 1000,
  endAgeMaxMs: 250,
  endTrustMs: 5000,
  fetchAgeMaxMs: 120_000,
}

export const defaultCodecLimits: CodecLimits = {
  batchBytesMax: 16 * 1024 * 1024,
  responseBytesMax: 64 * 1024 * 1024,
}
