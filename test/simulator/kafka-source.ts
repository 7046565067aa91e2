import type { Topic } from '../../src/core/topics.ts'
import { FloorwatchError } from '../../src/errors.ts'
import type { MemoryLog } from '../../src/memory/log.ts'
import type { AssignmentListener, EventSource, LagView, ShardOffsets, SourceRecord } from '../../src/ports.ts'
import type { Random } from '../../src/simulate/random.ts'
import type { Group } from './kafka-group.ts'
import type { Link } from './link.ts'
import type { Machine } from './machine.ts'
import type { Scheduler } from './scheduler.ts'

/** What a process reads of the log: as src/kafka does, with fetches that take their time. */
export type KafkaSourceModel = EventSource & {
  /** The ends of the lanes as the process was told of them lately, for who judges what it made of them. */
  readonly heardEnds: (shard: number, topic: Topic) => readonly (bigint | null)[]
}

export type KafkaSourceOptions = {
  readonly scheduler: Scheduler
  readonly machine: Machine
  readonly random: Random
  readonly log: MemoryLog
  readonly link: Link
  readonly group: Group
  readonly isCut: () => boolean
  /** How long a fetch takes just now; undefined: Kafka is out. */
  readonly fetchMs: () => number | undefined
  /** Fetches of this topic-partition get no answer just now, and its end is not known to have moved. */
  readonly isClogged: (topic: Topic, partition: number) => boolean
  readonly queueRecordsMax: number
  /** Planted bug: where a shard starts is asked of Kafka. */
  readonly startsFromHints?: boolean
  readonly hints: Map<number, ShardOffsets>
}

type Lane = {
  readonly topic: Topic
  readonly shard: number
  readonly queue: SourceRecord[]
  isOpen: boolean
  next: bigint
  end: bigint | null
  /** When its log was last read, as far as an answer has told. */
  endAtMs: number
}

type Feed = {
  readonly shard: number
  readonly lanes: readonly Lane[]
  isAnnounced: boolean
  isGone: boolean
  seeks: number
}

type SourceState = KafkaSourceOptions & {
  readonly feeds: Map<number, Feed>
  readonly heard: Map<string, (bigint | null)[]>
  readonly sleepers: Set<() => void>
  /** Lanes at their end wait for the next record there. */
  readonly parked: Map<Lane, () => void>
  listener: AssignmentListener | undefined
  memberId: string
  isClosed: boolean
  settling: Promise<void>
}

const fetchRecordsMax = 8
const fullMs = 300

export const createKafkaSourceModel = (options: KafkaSourceOptions): KafkaSourceModel => {
  const state: SourceState = {
    ...options,
    feeds: new Map(),
    heard: new Map(),
    sleepers: new Set(),
    parked: new Map(),
    listener: undefined,
    memberId: '',
    isClosed: false,
    settling: Promise.resolve(),
  }
  const { machine, group, isCut, log } = options
  log.watch(() => unparkLanes(state))
  return {
    partitions: log.partitions,
    start: async (listener) => {
      state.listener = listener
      group.join({ machine, isCut, assign: (memberId, shards) => takeAssignment(state, memberId, shards) })
    },
    peek: (shard) => lanesOf(state, shard).flatMap(({ queue }) => queue[0] ?? []),
    take: (shard, topic) =>
      lanesOf(state, shard)
        .find((lane) => lane.topic === topic)
        ?.queue.shift(),
    lag: (shard) => readLag(state, shard),
    instantMs: options.scheduler.now,
    heardEnds: (shard, topic) => state.heard.get(`${topic}-${shard}`) ?? [],
    seek: async (shard, offsets) => {
      const feed = state.feeds.get(shard)
      if (feed) await openFeed(state, feed, offsets)
    },
    wait: (timeoutMs) => waitFor(state, timeoutMs),
    hintCommitted: (shard, offsets) =>
      options.link.ask({
        what: `hint ${shard}`,
        codes: { refused: 'kafka-unavailable', doubt: 'kafka-unavailable' },
        act: () => void options.hints.set(shard, offsets),
      }),
    close: async () => {
      state.isClosed = true
      state.feeds.clear()
      group.leave(machine.name)
    },
  }
}

const lanesOf = (state: SourceState, shard: number): readonly Lane[] => state.feeds.get(shard)?.lanes ?? []

const readLag = (state: SourceState, shard: number): readonly LagView[] => {
  const lag = lanesOf(state, shard).map((lane) => {
    const { topic, queue, next, isOpen, end } = lane
    keepAsking(state, lane)
    return {
      topic,
      partition: shard,
      position: queue[0]?.offset ?? next,
      end: isOpen && state.fetchMs() !== undefined ? end : null,
      endAtMs: lane.endAtMs,
      queuedCount: queue.length,
      isFull: queue.length >= state.queueRecordsMax,
    }
  })
  for (const { topic, end } of lag) hear(state, `${topic}-${shard}`, end)
  return lag
}

/** At its end a lane is asked for again and again: the fetches that brought nothing are not played one by one. */
const keepAsking = (state: SourceState, lane: Lane): void => {
  const { parked, scheduler, log, fetchMs, isClogged } = state
  const delayMs = fetchMs()
  if (!parked.has(lane) || delayMs === undefined || isClogged(lane.topic, lane.shard)) return
  if (log.range(lane.topic, lane.shard).high === lane.next)
    lane.endAtMs = Math.max(lane.endAtMs, scheduler.now() - delayMs)
}

/** A round asks several times. */
const heardMax = 12

const hear = ({ heard }: SourceState, name: string, end: bigint | null): void => {
  heard.set(name, [...(heard.get(name) ?? []), end].slice(-heardMax))
}

const wake = ({ sleepers }: SourceState): void => {
  for (const end of sleepers) end()
}

const waitFor = ({ sleepers, scheduler, machine }: SourceState, timeoutMs: number): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      sleepers.delete(end)
      cancel()
      machine.deliver(resolve)
    }
    const cancel = scheduler.after(timeoutMs, end)
    sleepers.add(end)
  })

/** What is lost stops flowing at once; what is new flows once the listener has said where it begins. */
const takeAssignment = (state: SourceState, memberId: string, shards: readonly number[]): void => {
  const { feeds } = state
  if (state.isClosed) return
  const lost = [...feeds.values()].filter(
    ({ shard }) => memberId !== state.memberId || !shards.includes(shard),
  )
  state.memberId = memberId
  for (const feed of lost) {
    feed.isGone = true
    feeds.delete(feed.shard)
  }
  const added = shards.filter((shard) => !feeds.has(shard)).map((shard) => createFeed(state, shard))
  for (const feed of added) feeds.set(feed.shard, feed)
  state.settling = state.settling
    .then(() => settleAssignment(state, lost, added))
    .catch((error: unknown) => state.listener?.onFatal(error as Error))
  wake(state)
}

const createFeed = ({ log }: SourceState, shard: number): Feed => {
  const nothing = { isOpen: false, next: 0n, end: null, endAtMs: Number.NEGATIVE_INFINITY }
  const lanes = log.topics.map((topic) => ({ topic, shard, queue: [], ...nothing }))
  return { shard, lanes, isAnnounced: false, isGone: false, seeks: 0 }
}

const settleAssignment = async (
  state: SourceState,
  lost: readonly Feed[],
  added: readonly Feed[],
): Promise<void> => {
  const known = lost.filter(({ isAnnounced }) => isAnnounced)
  await Promise.all(known.map(({ shard }) => state.listener?.onRevoked(shard)))
  await Promise.all(added.map((feed) => announceFeed(state, feed)))
}

const announceFeed = async (state: SourceState, feed: Feed): Promise<void> => {
  if (feed.isGone || !state.listener) return
  feed.isAnnounced = true
  await openFeed(state, feed, await state.listener.onAssigned(feed.shard))
}

/** Asks the log for its bounds first, which may fail. */
const openFeed = async (state: SourceState, feed: Feed, given: ShardOffsets): Promise<void> => {
  const { link, log, hints, startsFromHints } = state
  feed.seeks++
  const turn = feed.seeks
  for (const lane of feed.lanes) Object.assign(lane, { isOpen: false, end: null, queue: emptied(lane.queue) })
  const endAtMs = state.scheduler.now()
  const ends = await retryAsking(state, () =>
    link.ask({
      what: `ends ${feed.shard}`,
      codes: { refused: 'kafka-unavailable', doubt: 'kafka-unavailable' },
      act: () => new Map(log.topics.map((topic) => [topic, log.range(topic, feed.shard).high])),
    }),
  )
  if (feed.isGone || feed.seeks !== turn) return
  const offsets = startsFromHints ? (hints.get(feed.shard) ?? {}) : given
  for (const lane of feed.lanes) {
    const known = { end: ends.get(lane.topic) ?? null, endAtMs }
    Object.assign(lane, { isOpen: true, next: offsets[lane.topic] ?? 0n, ...known })
    fetchLane(state, { feed, lane, turn })
  }
  wake(state)
}

const emptied = (queue: SourceRecord[]): SourceRecord[] => {
  queue.length = 0
  return queue
}

const askAgainMs = 200

/** The client asks again by itself. */
const retryAsking = async <Answer>(state: SourceState, ask: () => Promise<Answer>): Promise<Answer> => {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof FloorwatchError)) throw error
      await new Promise<void>((resolve) => {
        state.scheduler.after(askAgainMs, () => state.machine.deliver(resolve))
      })
    }
  }
}

type Fetching = { readonly feed: Feed; readonly lane: Lane; readonly turn: number }

const fetchLane = (state: SourceState, fetching: Fetching): void => {
  const { scheduler, machine, log, random } = state
  const { feed, lane, turn } = fetching
  const isCurrent = () => machine.isAlive() && !feed.isGone && feed.seeks === turn && !state.isClosed
  const again = (delayMs: number) =>
    void scheduler.after(delayMs, () =>
      machine.deliver(() => {
        if (isCurrent()) fetchLane(state, fetching)
      }),
    )
  const delayMs = state.fetchMs()
  const isHeldUp = lane.queue.length >= state.queueRecordsMax || state.isClogged(lane.topic, lane.shard)
  if (delayMs === undefined || isHeldUp) return again(fullMs)
  scheduler.after(delayMs * random(), () => {
    const readAtMs = scheduler.now()
    const { high } = log.range(lane.topic, lane.shard)
    const records = readRecords(log, lane)
    scheduler.after(delayMs * random(), () =>
      machine.deliver(() => {
        if (!isCurrent()) return
        lane.queue.push(...records)
        lane.next += BigInt(records.length)
        lane.end = high
        lane.endAtMs = readAtMs
        if (records.length > 0) wake(state)
        if (records.length > 0 || log.range(lane.topic, lane.shard).high !== lane.next) again(0)
        else state.parked.set(lane, () => again(0))
      }),
    )
  })
}

const unparkLanes = ({ parked, log }: SourceState): void => {
  for (const [lane, goOn] of parked) {
    if (log.range(lane.topic, lane.shard).high === lane.next) continue
    parked.delete(lane)
    goOn()
  }
}

const readRecords = (log: MemoryLog, { topic, shard, next }: Lane): readonly SourceRecord[] => {
  const records: SourceRecord[] = []
  for (let offset = next; records.length < fetchRecordsMax; offset++) {
    const record = log.read(topic, shard, offset)
    if (!record) break
    records.push(record)
  }
  return records
}
