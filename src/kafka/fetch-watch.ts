import { instantMs } from './instant.ts'

/** Whether brokers still answer: a fetch can hang for ever while heartbeats go on (hazards K4, K13). */
export type FetchWatch = {
  readonly fetchStarted: (nodeId: string) => void
  readonly fetchEnded: (nodeId: string) => void
  /** A broker has answered a fetch; a fetch may also end without an answer. */
  readonly answered: () => void
  /** Nothing is asked for, so no answer is due: before the assignment, or with every lane full. */
  readonly rest: () => void
  /**
   * Forgets fetches from brokers that are not among these: a fetch that fails ends without a word, and a broker that has left the
   * cluster is not asked again. Where one is forgotten, the others are to be asked anew: they may lead what it led.
   */
  readonly keepOnly: (nodeIds: readonly string[]) => void
  /** Age of the oldest fetch under way, or of the last answer, whichever is greater. */
  readonly ageMs: () => number
  /** Age of the oldest fetch under way; 0 while none is. */
  readonly underWayMs: () => number
  /** What a fetch has brought was queued: so many bytes. */
  readonly queued: (bytes: number) => void
  /**
   * Every broker was asked after this instant and has handed over all it had to say: a lane that was fetched and
   * did not move had nothing to hand out. −Infinity: not known.
   */
  readonly emptiedAtMs: () => number
}

/** A broker's latest fetch, and the latest whose answer had room for more. */
type Cycle = {
  readonly startedAtMs: number
  /** Of all brokers, so far. */
  readonly startedBytes: number
  hasEnded: boolean
  /** Other brokers may have lost partitions to this one since it was asked. */
  readonly isDoubtful: boolean
  readonly roomyAtMs: number
}

/** A fuller answer may have left partitions out: brokers fill it in the order of the question, until it is full. */
const roomyShare = 0.5

/** `fetchBytesMax`: what a broker's answer holds at most. */
export function createFetchWatch(fetchBytesMax: number): FetchWatch {
  const cycles = new Map<string, Cycle>()
  let bytes = 0
  const underWaySince = () =>
    [...cycles.values()].filter(({ hasEnded }) => !hasEnded).map(({ startedAtMs }) => startedAtMs)
  let answeredAtMs = instantMs()
  return {
    fetchStarted: (nodeId) =>
      cycles.set(nodeId, beginCycle(cycles.get(nodeId), bytes, fetchBytesMax * roomyShare)),
    fetchEnded: (nodeId) => {
      const cycle = cycles.get(nodeId)
      if (cycle) cycle.hasEnded = true
    },
    answered: () => {
      answeredAtMs = instantMs()
    },
    rest: () => {
      answeredAtMs = instantMs()
    },
    keepOnly: (nodeIds) => {
      const gone = [...cycles.keys()].filter((nodeId) => !nodeIds.includes(nodeId))
      for (const nodeId of gone) cycles.delete(nodeId)
      if (gone.length > 0) for (const [nodeId, cycle] of cycles) cycles.set(nodeId, doubtCycle(cycle))
    },
    ageMs: () => instantMs() - Math.min(answeredAtMs, ...underWaySince()),
    underWayMs: () => Math.max(0, instantMs() - Math.min(...underWaySince())),
    queued: (more) => {
      bytes += more
    },
    emptiedAtMs: () =>
      cycles.size === 0
        ? Number.NEGATIVE_INFINITY
        : Math.min(...[...cycles.values()].map(({ roomyAtMs }) => roomyAtMs)),
  }
}

/** kafkajs asks a broker again only when all that the fetch before has brought was queued. */
const beginCycle = (before: Cycle | undefined, bytes: number, roomyBytes: number): Cycle => {
  const isRoomy = before?.hasEnded && !before.isDoubtful && bytes - before.startedBytes < roomyBytes
  const roomyAtMs = isRoomy ? before.startedAtMs : (before?.roomyAtMs ?? Number.NEGATIVE_INFINITY)
  return { startedAtMs: instantMs(), startedBytes: bytes, hasEnded: false, isDoubtful: false, roomyAtMs }
}

const doubtCycle = (cycle: Cycle): Cycle => ({
  ...cycle,
  isDoubtful: true,
  roomyAtMs: Number.NEGATIVE_INFINITY,
})
