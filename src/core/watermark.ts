import type { Topic } from './topics.ts'

/** Where time comes from: the host's clock (live), or the events alone (history fed through Kafka, tests). */
export type TimeSource = 'clock' | 'events'

export type TimeLimits = {
  readonly source: TimeSource
  readonly disorderMs: number
  readonly latenessMs: number
  readonly skewMs: number
  readonly driftMs: number
  readonly stallMs: number
}

const sliceMs = 5_000
const beginning = Number.NEGATIVE_INFINITY

/** One topic of a shard as the loop sees it. Times are epoch ms; −Infinity: none seen. */
export type TopicPosition = {
  readonly topic: Topic
  /** All records up to the end of the log have been taken. */
  readonly isCaughtUp: boolean
  /** The instant, by the source, up to which the end of the log is known: what is appended since may not have been fetched. */
  readonly endAtMs: number
  readonly greatestTakenMs: number
  /** Event time of the next record in the queue, where there is one. */
  readonly nextMs: number | undefined
}

/** What is known of all shards, of this process and of others. */
export type CommonTime = {
  /** The clock, or under `events` the greatest event time anywhere. */
  readonly nowMs: number
  /** `nowMs` as it was known before an instant of the source: of a topic that had ended by then nothing older comes. */
  readonly knownBefore: (instantMs: number) => number
  readonly isAllCaughtUp: boolean
  /** Where the slowest lagging topic of all shards stands; Infinity: none lags. */
  readonly slowestMs: number
}

const positionOf = (topic: TopicPosition, { knownBefore, nowMs }: CommonTime): number =>
  topic.isCaughtUp
    ? Math.max(knownBefore(topic.endAtMs), Math.min(topic.greatestTakenMs, nowMs))
    : laggingPosition(topic)

const laggingPosition = ({ greatestTakenMs, nextMs }: TopicPosition): number =>
  Math.max(greatestTakenMs, nextMs ?? beginning)

/** Where the slowest of the lagging topics stands; −Infinity: nothing of it was seen; Infinity: none lags. */
export const slowestPosition = (topics: readonly TopicPosition[]): number => {
  const lagging = topics.filter((topic) => !topic.isCaughtUp)
  return Math.min(...lagging.map(laggingPosition))
}

/**
 * How far a shard has come by itself: its least position less the disorder while it lags; the clock when caught up.
 * Under `events`, once all shards are caught up, the first slice boundary after the last event anywhere.
 */
export const progressOf = (
  topics: readonly TopicPosition[],
  common: CommonTime,
  limits: TimeLimits,
): number => {
  const leastMs = Math.min(...topics.map((topic) => positionOf(topic, common)))
  const isAtEnd = topics.every((topic) => topic.isCaughtUp) && leastMs === common.nowMs
  if (isAtEnd && limits.source === 'clock') return common.nowMs
  if (isAtEnd && common.isAllCaughtUp) return boundaryAfter(common.nowMs)
  return leastMs - limits.disorderMs
}

/** The first slice boundary after an instant: where as-of ends when nothing more comes. */
export const boundaryAfter = (atMs: number): number =>
  atMs === beginning ? beginning : (Math.floor(atMs / sliceMs) + 1) * sliceMs

/**
 * Event time past which a topic that runs ahead of a lagging one is left in its queue. Of a lagging one nothing was
 * seen yet: all wait for its first record. The slowest of all topics never waits: what comes next of it lies where it stands.
 *
 * Shards hear of one another some times a second at most: within minutes of event time a sparse history has a handful of events,
 * so that among shards half the lateness is allowed.
 */
export const driftLimit = (
  topics: readonly TopicPosition[],
  common: CommonTime,
  limits: TimeLimits,
): number => {
  const halfMs = limits.latenessMs / 2
  const driftMs = limits.source === 'events' ? halfMs : limits.driftMs
  return Math.min(slowestPosition(topics) + driftMs, common.slowestMs + Math.max(driftMs, halfMs))
}

export type DatedRecord = {
  readonly occurredAtMs: number
  readonly recordedAtMs: number
  /** Greatest event time that stands before it in its topic-partition; −Infinity: none. */
  readonly greatestMs: number
}

/** Judged from the log alone, so that a restart judges alike. Undefined: accepted. */
export const judgeDate = (
  { occurredAtMs, recordedAtMs, greatestMs }: DatedRecord,
  { source, latenessMs, skewMs }: TimeLimits,
): { readonly reason: 'too-old' | 'from-the-future'; readonly detail: string } | undefined => {
  const against = source === 'clock' ? recordedAtMs : greatestMs
  if (occurredAtMs < against - latenessMs) {
    const dated = `dated ${against - occurredAtMs} ms before ${nameOf(source)}`
    const detail = `${dated}, more than time.latenessMs (${latenessMs}); deliver it sooner, or raise that`
    return { reason: 'too-old', detail }
  }
  if (source === 'clock' && occurredAtMs > recordedAtMs + skewMs) {
    const dated = `dated ${occurredAtMs - recordedAtMs} ms after its record`
    const detail = `${dated}, more than time.skewMs (${skewMs}); set its producer's clock, or raise that`
    return { reason: 'from-the-future', detail }
  }
  return undefined
}

/**
 * What comes next on a topic-partition and is dated before this is too old. Infinity: nothing is known of it, since under `clock`
 * its own timestamp decides, which may be as old as it likes.
 */
export const acceptedFrom = (
  greatestMs: number | undefined,
  { source, latenessMs }: Pick<TimeLimits, 'source' | 'latenessMs'>,
): number => (source === 'clock' ? Number.POSITIVE_INFINITY : (greatestMs ?? beginning) - latenessMs)

/** Accepted, but dated before its record (under `events`: before what stands before it) by more than the disorder. */
export const isLate = (
  { occurredAtMs, recordedAtMs, greatestMs }: DatedRecord,
  { source, disorderMs }: TimeLimits,
): boolean => occurredAtMs < (source === 'clock' ? recordedAtMs : greatestMs) - disorderMs

const nameOf = (source: TimeSource): string => (source === 'clock' ? 'its record' : 'what stands before it')
