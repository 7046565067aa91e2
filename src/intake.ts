import { type Event, kafkaKeyOf, subjectKey } from './core/events.ts'
import { type Partitioner, partitionFor } from './core/partition.ts'
import type { Topic } from './core/topics.ts'
import {
  acceptedFrom,
  type CommonTime,
  type DatedRecord,
  driftLimit,
  isLate,
  judgeDate,
  type TimeLimits,
  type TopicPosition,
} from './core/watermark.ts'
import { isRetriable } from './errors.ts'
import type { DeadLetter, Decoded, EventSource, RecordDecoder, SourceRecord } from './ports.ts'

/** A record that was taken and decoded, and what is to be done with it. */
export type TakenRecord = {
  readonly record: SourceRecord
  readonly event?: Event
  readonly subjectKey?: string
  readonly isLate?: boolean
  readonly letter?: DeadLetter
}

/** What is filed and committed together. Mutable: it grows as often as it is taken for. */
export type Batch = { readonly records: TakenRecord[]; bytes: number }

export type BatchLimits = { readonly common: CommonTime; readonly recordsMax: number }

export type IntakeOptions = {
  readonly shard: number
  readonly source: EventSource
  readonly decoder: RecordDecoder
  readonly topics: readonly Topic[]
  readonly partitioner: Partitioner
  readonly time: TimeLimits
  readonly batchRecordsMax: number
  readonly batchBytesMax: number
}

/** What stands before the next record of each topic; committed with the shard. */
export type IntakeMarks = {
  readonly next: Partial<Record<Topic, bigint>>
  readonly greatestMs: Partial<Record<Topic, number>>
}

export type Intake = {
  /** Adds records to a batch, the oldest event first, up to its limits. An outage of the registry throws. */
  takeBatch(batch: Batch, within: BatchLimits): Promise<void>
  /** The last batch ended because what comes next lies too far ahead of other shards. */
  isHeld(): boolean
  positions(): readonly TopicPosition[]
  /** What comes next on a topic and is dated before this is too old; Infinity: that cannot be said. */
  readonly acceptedFromMs: (topic: Topic) => number
  /** Marks as they stand after all that was taken. */
  readonly marks: IntakeMarks
  /** Forgets what was taken ahead, and goes on from these marks. */
  reset(marks: IntakeMarks): void
}

type Front = { readonly record: SourceRecord; readonly decoded: Decoded }

/** What was taken ahead of a topic. Mutable: in a map the table would be made anew every few records, and the collector carries each on. */
type Ahead = {
  readonly topic: Topic
  /** The decoded first record of the queue. */
  front: Front | undefined
  /** Taken from the queue, not yet decoded: an outage left it here. */
  undecoded: SourceRecord | undefined
}

type IntakeState = IntakeOptions & {
  /** Of each topic, in their order. */
  readonly ahead: readonly Ahead[]
  marks: { next: Partial<Record<Topic, bigint>>; greatestMs: Partial<Record<Topic, number>> }
  isHeld: boolean
}

export const createIntake = (options: IntakeOptions): Intake => {
  const state: IntakeState = {
    ...options,
    ahead: options.topics.map((topic) => ({ topic, front: undefined, undecoded: undefined })),
    marks: { next: {}, greatestMs: {} },
    isHeld: false,
  }
  return {
    takeBatch: (batch, within) => takeBatch(state, batch, within),
    isHeld: () => state.isHeld,
    positions: () => positionsOf(state),
    acceptedFromMs: (topic) => acceptedFrom(state.marks.greatestMs[topic], state.time),
    get marks() {
      return state.marks
    },
    reset: ({ next, greatestMs }) => {
      for (const one of state.ahead) {
        one.front = undefined
        one.undecoded = undefined
      }
      state.isHeld = false
      state.marks = { next: { ...next }, greatestMs: { ...greatestMs } }
    },
  }
}

const takeBatch = async (
  state: IntakeState,
  batch: Batch,
  { common, ...limits }: BatchLimits,
): Promise<void> => {
  const { records } = batch
  const recordsMax = Math.min(limits.recordsMax, state.batchRecordsMax)
  state.isHeld = false
  await fillFronts(state)
  let limitMs = driftLimit(positionsOf(state), common, state.time)
  while (records.length < recordsMax && batch.bytes < state.batchBytesMax) {
    const oldest = oldestFront(state, limitMs)
    if (!oldest?.front) {
      // The slowest topics have gone on meanwhile.
      const movedMs = driftLimit(positionsOf(state), common, state.time)
      if (movedMs > limitMs) {
        limitMs = movedMs
        continue
      }
      state.isHeld = isHeldByOthers(state, common)
      break
    }
    records.push(judgeFront(state, oldest.front))
    batch.bytes += bytesOf(oldest.front.record)
    oldest.front = undefined
    const refilled = refillFront(state, oldest)
    if (!(refilled instanceof Promise ? await refilled : refilled)) break
    if (isStarved(state, oldest)) break
  }
}

/**
 * More of the topic lies in the log, and none of it here yet. What others bring would be filed past where as-of can go, and be placed
 * with each subject looked at once more: the next batch begins where this topic goes on.
 */
const isStarved = (state: IntakeState, { topic, front }: Ahead): boolean =>
  !front && positionsOf(state).some((one) => one.topic === topic && !one.isCaughtUp)

const bytesOf = ({ value }: SourceRecord): number => value?.length ?? 0

/** Alone it would go on. */
const isHeldByOthers = (state: IntakeState, common: CommonTime): boolean => {
  const alone = { ...common, slowestMs: Number.POSITIVE_INFINITY }
  return oldestFront(state, driftLimit(positionsOf(state), alone, state.time)) !== undefined
}

/**
 * False: the registry is out. What was taken so far goes on; the record waits and is tried again first. Not async: a turn of
 * the queue of microtasks for each record would cost more than taking it.
 */
const refillFront = (state: IntakeState, ahead: Ahead): boolean | Promise<boolean> => {
  const filling = fillFront(state, ahead)
  return filling === undefined || awaitFilling(filling)
}

const awaitFilling = async (filling: Promise<void>): Promise<boolean> => {
  try {
    await filling
    return true
  } catch (error) {
    if (isRetriable(error)) return false
    throw error
  }
}

const fillFronts = async (state: IntakeState): Promise<void> => {
  for (const one of state.ahead) if (!one.front) await fillFront(state, one)
}

/** Synchronous while schemas are known: then it returns nothing to wait for. */
const fillFront = (state: IntakeState, ahead: Ahead): Promise<void> | undefined => {
  const record = ahead.undecoded ?? state.source.take(state.shard, ahead.topic)
  if (!record) return undefined
  if (record.unreadable) {
    ahead.front = { record, decoded: { ok: false, ...record.unreadable } }
    return undefined
  }
  ahead.undecoded = record
  const decoded = state.decoder.decode(record)
  if (decoded instanceof Promise) return decoded.then((value) => enterFront(ahead, record, value))
  enterFront(ahead, record, decoded)
  return undefined
}

const enterFront = (ahead: Ahead, record: SourceRecord, decoded: Decoded): void => {
  ahead.undecoded = undefined
  ahead.front = { record, decoded }
}

/**
 * A record that is no event goes first: it has no time to wait for. Of events of one instant the topic named first does, whatever
 * was taken before: else a restart would read them in another order.
 */
const oldestFront = (state: IntakeState, limitMs: number): Ahead | undefined => {
  let oldest: Ahead | undefined
  let oldestMs = Number.POSITIVE_INFINITY
  for (const ahead of state.ahead) {
    const { front } = ahead
    if (!front) continue
    const atMs = front.decoded.ok ? front.decoded.event.occurredAt : Number.NEGATIVE_INFINITY
    if (atMs >= oldestMs || atMs > limitMs) continue
    oldest = ahead
    oldestMs = atMs
  }
  return oldest
}

const judgeFront = (state: IntakeState, { record, decoded }: Front): TakenRecord => {
  const { next, greatestMs } = state.marks
  const before = greatestMs[record.topic] ?? Number.NEGATIVE_INFINITY
  next[record.topic] = record.offset + 1n
  if (!decoded.ok) return { record, letter: { record, reason: decoded.reason, detail: decoded.detail } }
  const { event } = decoded
  const dated: DatedRecord = {
    occurredAtMs: event.occurredAt,
    recordedAtMs: record.timestampMs,
    greatestMs: before,
  }
  const refusal = misrouteOf(state, event) ?? judgeDate(dated, state.time)
  if (refusal) return { record, letter: { record, ...refusal } }
  greatestMs[record.topic] = Math.max(before, event.occurredAt)
  return { record, event, subjectKey: subjectKey(event), isLate: isLate(dated, state.time) }
}

const misrouteOf = ({ shard, source, partitioner }: IntakeState, event: Event) => {
  const expected = partitionFor(kafkaKeyOf(event), source.partitions, partitioner)
  if (expected === shard) return undefined
  const detail =
    `lies in partition ${shard}, ${partitioner} of its subject's id gives ${expected}; ` +
    'key it by that id, or set kafka.partitioner as its producer has it'
  return { reason: 'misrouted', detail } as const
}

const positionsOf = (state: IntakeState): readonly TopicPosition[] => {
  const lags = new Map(state.source.lag(state.shard).map((lag) => [lag.topic, lag]))
  return state.ahead.map(({ topic, front, undecoded }) => {
    const lag = lags.get(topic)
    const isAtEnd = lag !== undefined && lag.end !== null && lag.position >= lag.end
    return {
      topic,
      isCaughtUp: isAtEnd && !front && !undecoded,
      endAtMs: lag?.endAtMs ?? Number.NEGATIVE_INFINITY,
      greatestTakenMs: state.marks.greatestMs[topic] ?? Number.NEGATIVE_INFINITY,
      nextMs: front?.decoded.ok ? front.decoded.event.occurredAt : undefined,
    }
  })
}
