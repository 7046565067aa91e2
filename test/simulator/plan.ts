import { createRandom, drawInteger, type Random } from '../../src/simulate/random.ts'
import { drawOne, drawSome } from './draw.ts'
import { type LinkFaults, noFaults } from './link.ts'

export const faultKinds = [
  'kill',
  'stop',
  'freeze',
  'redis-refuses',
  'redis-hangs',
  'redis-loses-tail',
  'redis-emptied',
  'kafka-refuses',
  'kafka-hangs',
  'rebalance',
  'cut-off',
  'clog',
  'process-joins',
  'hints-lost',
] as const

export type FaultKind = (typeof faultKinds)[number]

/** A stretch of time in which things happen; between two of them hours are quiet, or years leapt over. */
export type Act = { readonly fromMs: number; readonly lastsMs: number; readonly subjects: number }

/** All that a seed decides beforehand. Each history has some kinds of fault only, so that none hides another. */
export type Plan = {
  readonly seed: number
  readonly source: 'clock' | 'events'
  readonly partitions: number
  readonly processes: number
  readonly acts: readonly Act[]
  /** Event time that passes in a second of the clock; 1 under `clock`. */
  readonly stretch: number
  /** Event time that is left out between two acts. */
  readonly leapMs: number
  readonly latenessMs: number
  readonly disorderMs: number
  readonly visitExpiryMs: number
  readonly windows: readonly string[]
  readonly metrics: readonly string[]
  readonly sets: readonly (readonly string[])[]
  readonly everyMs: number
  readonly batchRecordsMax: number
  readonly liveSubjectsMax: number
  readonly queueRecordsMax: number
  readonly chainLength: number
  readonly sessionMs: number
  readonly timeoutMs: number
  readonly idleMs: number
  readonly fetchMs: number
  readonly tellingMs: number
  readonly faults: readonly FaultKind[]
  readonly faultCount: number
  readonly redisFaults: LinkFaults
  readonly kafkaFaults: LinkFaults
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** Longer than any subject is remembered. */
const longMs = 450 * day
/** A Monday. */
const monday = Date.parse('2026-03-02T00:00:00Z')

const windowIds = ['now', 'total', '15m', '4h', 'hour', 'interval-15m'] as const
/** Now and then all; else some, of every manner of reading. */
const metricIds = [
  'callsOffered',
  'waitingNow',
  'longestWaitNow',
  'averageSpeedOfAnswer',
  'serviceLevel',
  'abandonRate',
  'averageHandleTime',
  'openTickets',
  'backlogAge',
  'firstResponseTime',
  'resolutionTime',
  'resolutionRate',
  'csat',
] as const
const setChoices = [
  [[]],
  [[], ['queueId']],
  [[], ['queueId'], ['agentId']],
  [[], ['channel', 'queueId']],
] as const

export const drawPlan = (seed: number): Plan => {
  const random = createRandom(seed, 'plan')
  const source = drawOne(random, ['clock', 'clock', 'events'] as const)
  const leapMs = source === 'events' ? drawOne(random, [0, longMs]) : 0
  return {
    seed,
    source,
    partitions: drawOne(random, [1, 2, 2, 4]),
    processes: drawOne(random, [1, 2, 2, 3]),
    acts: leapMs > 0 ? drawLeap(random) : drawActs(random),
    stretch: source === 'clock' ? 1 : drawOne(random, [1, 20, 200]),
    leapMs,
    latenessMs: drawOne(random, [10 * minute, hour, 24 * hour]),
    disorderMs: drawOne(random, [second, 5 * second]),
    visitExpiryMs: drawOne(random, [2 * minute, 4 * hour]),
    windows: drawSome(random, windowIds, 0.4),
    metrics: random() < 0.05 ? ['all'] : drawSome(random, metricIds, 0.3),
    sets: drawOne<readonly (readonly string[])[]>(random, setChoices),
    everyMs: drawOne(random, [100, second]),
    batchRecordsMax: drawOne(random, [1, 3, 20]),
    liveSubjectsMax: drawOne(random, [1, 5, 1_000]),
    queueRecordsMax: drawOne(random, [2, 10, 100]),
    chainLength: drawOne(random, [1, 2, 256]),
    sessionMs: drawOne(random, [6 * second, 20 * second]),
    timeoutMs: drawOne(random, [second, 5 * second]),
    idleMs: leapMs > 0 ? 200 : drawOne(random, [second, 2 * second, 4 * second]),
    fetchMs: leapMs > 0 ? drawOne(random, [20, 2 * second]) : drawOne(random, [2, 20, 500]),
    tellingMs: drawOne(random, [50, 2 * second, 20 * second]),
    faults: [...(leapMs > 0 ? (['clog'] as const) : []), ...drawSome(random, faultKinds, 0.4)],
    faultCount: drawInteger(random, 10),
    redisFaults: drawLinkFaults(random),
    kafkaFaults: drawLinkFaults(random),
  }
}

const drawFirst = (random: Random): Act => ({
  fromMs: monday + Math.floor(random() * 12 * hour),
  lastsMs: minute + Math.floor(random() * minute),
  subjects: 2 + drawInteger(random, 7),
})

/** History after history, fed without a pause. */
const drawLeap = (random: Random): readonly Act[] => {
  const first = drawFirst(random)
  const second = { ...drawFirst(random), fromMs: first.fromMs + first.lastsMs }
  return [first, second]
}

const drawActs = (random: Random): readonly Act[] => {
  const first = drawFirst(random)
  if (random() < 0.5) return [first]
  const quietMs = Math.floor(drawOne(random, [10 * minute, hour, 2.5 * hour]) * (0.5 + random()))
  return [
    first,
    {
      fromMs: first.fromMs + first.lastsMs + quietMs,
      lastsMs: 30 * second + Math.floor(random() * minute),
      subjects: 1 + drawInteger(random, 5),
    },
  ]
}

const drawLinkFaults = (random: Random): LinkFaults => {
  if (random() < 0.3) return noFaults
  const rate = () => drawOne(random, [0, 0, 0.01, 0.05])
  return {
    refused: rate(),
    requestLost: rate(),
    replyLost: rate(),
    requestLate: rate(),
    deadly: drawOne(random, [0, 0, 0.003, 0.01]),
    freezing: drawOne(random, [0, 0, 0.003, 0.01]),
    slow: drawOne(random, [0, 0, 0.1]),
  }
}
