/** One topic-partition of a shard as this member holds it: its queue, and where it stands in the log. */
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { describeTooLarge } from '../core/decode.ts'
import type { Topic } from '../core/topics.ts'
import type { LagView, SourceRecord, Unreadable } from '../ports.ts'
import { instantMs } from './instant.ts'
import type { SourceLimits } from './limits.ts'
import { createRecordQueue, noHeaders, type RecordQueue } from './record-queue.ts'
import { unreadableBatchOf } from './unreadable-batch.ts'

export type Lane = {
  readonly topic: Topic
  readonly topicName: string
  readonly partition: number
  readonly queue: RecordQueue
  /** Records are accepted: the lane was sought to its offset since it was assigned. */
  open: boolean
  /** The queue was full and has not yet drained below half. */
  full: boolean
  /** The least offset still to be accepted. */
  floor: bigint
  /** Where the next fetch goes: past `floor` lie only transaction markers and aborted records. */
  next: bigint
  end: bigint | null
  /** The instant before which nothing was appended at or after `end`, as asked of the log itself. */
  endAtMs: number
  /** It was not fetched for a while, as it was full: `end` may be an old one. */
  isDoubtful: boolean
  movedAtMs: number
  /** Since when the log has ended at `end` while the lane stood where it is. */
  stoodAt: { readonly end: bigint; readonly sinceMs: number } | null
}

/** kafkajs hands its own batch object out, which knows the offset that was asked for; its types leave that out. */
export type FetchedBatch = EachBatchPayload['batch'] & { readonly fetchedOffset: string }

const nothingKnown = { endAtMs: Number.NEGATIVE_INFINITY, isDoubtful: false }

export function createLane(topic: Topic, topicName: string, partition: number): Lane {
  const queue = createRecordQueue()
  const position = { floor: 0n, next: 0n, end: null, ...nothingKnown, movedAtMs: 0, stoodAt: null }
  return { topic, topicName, partition, queue, open: false, full: false, ...position }
}

/** Where the log ends, and when it was asked. */
export type LogEnd = { readonly end: bigint; readonly endAtMs: number }

export function openLane(lane: Lane, start: bigint, known: LogEnd): void {
  closeLane(lane)
  Object.assign(lane, { open: true, floor: start, next: start, ...known, movedAtMs: instantMs() })
}

/** Goes on elsewhere in the log; what is queued stays. */
export function skipTo(lane: Lane, offset: bigint, known: LogEnd): void {
  Object.assign(lane, { floor: offset, next: offset, ...known, movedAtMs: instantMs(), stoodAt: null })
}

export function closeLane(lane: Lane): void {
  lane.queue.clear()
  Object.assign(lane, { open: false, full: false, end: null, ...nothingKnown, stoodAt: null })
}

/**
 * Queues the batch's records. False when the batch was not asked for from here: fetched for an older assignment or before a
 * seek (K2, K15), or after kafkajs reset an offset that was out of range by itself (K16).
 */
export function acceptBatch(lane: Lane, batch: FetchedBatch, limits: SourceLimits): boolean {
  const fetched = BigInt(batch.fetchedOffset)
  if (!lane.open || fetched < lane.floor || fetched > lane.next) return false
  for (const message of batch.messages) {
    const record = toRecord(lane, message, limits)
    if (record.offset < lane.floor) continue
    lane.queue.add(record)
    lane.floor = record.offset + 1n
  }
  moveLane(lane, BigInt(batch.lastOffset()) + 1n)
  const end = BigInt(batch.highWatermark)
  lane.end = end > lane.next ? end : lane.next
  lane.isDoubtful = false
  lane.full ||= isOver(lane, limits, 1)
  return true
}

/** A stretch that holds only transaction markers and aborted records: kafkajs passes it without a word (F12). */
export function passFiltered(lane: Lane, lastOffset: bigint): void {
  if (!lane.open) return
  moveLane(lane, lastOffset + 1n)
  if (lane.end !== null && lane.end < lane.next) lane.end = null
}

function moveLane(lane: Lane, next: bigint): void {
  if (next <= lane.next) return
  Object.assign(lane, { next, movedAtMs: instantMs(), stoodAt: null })
}

/** True when taking has brought a full lane below half, so that it is to be fetched again. */
export function hasDrained(lane: Lane, limits: SourceLimits): boolean {
  return lane.full && !isOver(lane, limits, 0.5)
}

/** Nothing was heard of its end while it was full. */
export function reopenDrained(lane: Lane): void {
  Object.assign(lane, { full: false, isDoubtful: true })
}

function isOver({ queue }: Lane, limits: SourceLimits, share: number): boolean {
  return queue.records() >= limits.queueRecordsMax * share || queue.bytes() >= limits.queueBytesMax * share
}

/** The end of the log as its broker says it; `next` as it was when the broker was asked. */
export type SaidEnd = LogEnd & { readonly next: bigint; readonly emptiedAtMs: number }

/**
 * Takes the end of the log. Where it has long ended there, and since then all that fetches had to bring was queued, what lies
 * between holds no record to hand out: what compaction leaves of a batch is fetched again and again. Time alone says nothing: a
 * lane may wait for its broker, or for others whose records fill the answers.
 */
export function noteEnd(lane: Lane, { next, end, endAtMs, emptiedAtMs }: SaidEnd): void {
  if (!lane.open || lane.next !== next) return
  if (lane.stoodAt?.end !== end) lane.stoodAt = { end, sinceMs: instantMs() }
  lane.end = emptiedAtMs > lane.stoodAt.sinceMs ? next : end
  Object.assign(lane, { endAtMs, isDoubtful: false })
}

/** What was fetched was not asked for from here: nothing is known until the log is asked again. */
export function doubtLane(lane: Lane): void {
  Object.assign(lane, { end: null, stoodAt: null })
}

export function lagOf(lane: Lane, endIsKnown: boolean): LagView {
  const position = lane.queue.first()?.offset ?? lane.next
  const isPastOldEnd = lane.isDoubtful && lane.end !== null && position >= lane.end
  const end = lane.open && endIsKnown && !isPastOldEnd ? lane.end : null
  const { topic, partition, endAtMs } = lane
  return { topic, partition, position, end, endAtMs, queuedCount: lane.queue.records(), isFull: lane.full }
}

function toRecord(lane: Lane, message: KafkaMessage, limits: SourceLimits): SourceRecord {
  const { topic, topicName, partition } = lane
  const lost = unreadableBatchOf(message.value)
  const unreadable = lost ?? findOversize(message, limits.recordBytesMax)
  const record = {
    topic,
    topicName,
    partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: lost ? lost.original : message.value,
    headers: readHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  }
  if (!unreadable) return record
  return { ...record, unreadable: { reason: unreadable.reason, detail: unreadable.detail } }
}

function findOversize({ key, value }: KafkaMessage, bytesMax: number): Unreadable | undefined {
  const bytes = (key?.length ?? 0) + (value?.length ?? 0)
  if (bytes <= bytesMax) return undefined
  return { reason: 'too-large', detail: describeTooLarge(bytes, bytesMax) }
}

/** Of a header that stands several times the first counts. */
function readHeaders(headers: KafkaMessage['headers']): Readonly<Record<string, string>> {
  const entries = headers ? Object.entries(headers) : []
  if (entries.length === 0) return noHeaders
  const texts: Record<string, string> = {}
  for (const [name, value] of entries) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined && first !== null) texts[name] = first.toString()
  }
  return texts
}
