import { addToSlot, type Cell } from './cell.ts'
import { bucketOf } from './sketch.ts'

/**
 * How a measure adds up in a cell:
 * `count`: an integer sum · `gauge`: steps δ whose running sum is the level · `distribution`: n, sum and log buckets of
 * durations in ms or of counts · `tally`: a count per key (a reason, a score, a policy) · `levels`: a gauge per key.
 */
export type MeasureKind = 'count' | 'gauge' | 'distribution' | 'tally' | 'levels'

/**
 * Which dimensions a measure may be grouped by: `subject` all but the agent · `agent` also the agent of the leg, the
 * sender or the assignee · `agentOnly` only together with the agent.
 */
export type MeasureGrouping = 'subject' | 'agent' | 'agentOnly'

export type Measure = {
  readonly name: string
  /** Stands in stored state: never reused, never changed. */
  readonly number: number
  readonly kind: MeasureKind
  readonly grouping: MeasureGrouping
  /** Said of a call that is not inbound, it stands only under sets that name the direction. */
  readonly byDirection: boolean
}

const row = (
  number: number,
  kind: MeasureKind,
  grouping: MeasureGrouping,
): Omit<Measure, 'name' | 'byDirection'> => ({ number, kind, grouping })

const callRows = {
  callsOffered: row(1, 'count', 'subject'),
  callsFirstOffered: row(2, 'count', 'subject'),
  waiting: row(3, 'gauge', 'subject'),
  waitAnswered: row(4, 'distribution', 'agent'),
  waitAbandoned: row(5, 'distribution', 'subject'),
  waitDiverted: row(6, 'distribution', 'subject'),
  divertedBy: row(7, 'tally', 'subject'),
  callsExpired: row(8, 'count', 'subject'),
  shortAbandons: row(9, 'count', 'subject'),
  answerFromCreation: row(10, 'distribution', 'agent'),
  serviceLevelMet: row(11, 'tally', 'subject'),
  serviceLevelMissed: row(12, 'tally', 'subject'),
  cohortOutcome: row(13, 'tally', 'subject'),
  blockedBy: row(14, 'tally', 'subject'),
  alerted: row(15, 'count', 'agent'),
  declined: row(16, 'count', 'agent'),
  handle: row(17, 'distribution', 'agent'),
  talk: row(18, 'distribution', 'agent'),
  hold: row(19, 'distribution', 'agent'),
  wrap: row(20, 'distribution', 'agent'),
  handlePerCall: row(21, 'distribution', 'subject'),
  transferredBy: row(22, 'tally', 'agent'),
  legsHeld: row(23, 'count', 'agent'),
  callbacksWaiting: row(24, 'gauge', 'subject'),
  legsAnswered: row(25, 'count', 'agent'),
} as const

const caseRows = {
  orphans: row(40, 'count', 'subject'),
  casesHandled: row(41, 'count', 'subject'),
  casesHandledByAgent: row(42, 'count', 'agentOnly'),
  requests: row(61, 'count', 'subject'),
} as const

const ticketRows = {
  ticketsCreated: row(60, 'count', 'subject'),
  firstResponse: row(62, 'distribution', 'agent'),
  firstResponseAny: row(63, 'distribution', 'agent'),
  firstResponseBusiness: row(64, 'distribution', 'agent'),
  response: row(65, 'distribution', 'agent'),
  responseBusiness: row(66, 'distribution', 'agent'),
  resolution: row(67, 'distribution', 'agent'),
  resolutionBusiness: row(68, 'distribution', 'agent'),
  fullResolution: row(69, 'distribution', 'agent'),
  openTime: row(70, 'distribution', 'agent'),
  requesterWait: row(71, 'distribution', 'agent'),
  complaintResolution: row(72, 'distribution', 'agent'),
  complaintsWithin: row(73, 'tally', 'agent'),
  complaintsBeyond: row(74, 'tally', 'agent'),
  handlePerCase: row(75, 'distribution', 'agent'),
  targetMet: row(76, 'tally', 'agent'),
  targetBreached: row(77, 'tally', 'agent'),
  repliesPerTicket: row(78, 'distribution', 'agent'),
  touchesPerResolution: row(79, 'distribution', 'agent'),
  resolved: row(80, 'count', 'agent'),
  reopened: row(81, 'count', 'agent'),
  escalated: row(82, 'count', 'agent'),
  unanswered: row(83, 'gauge', 'agent'),
  openByStatus: row(84, 'levels', 'agent'),
  openUnassigned: row(85, 'gauge', 'agent'),
  backlogUnanswered: row(86, 'gauge', 'agent'),
  backlogOverdue: row(87, 'gauge', 'agent'),
  atRisk: row(88, 'gauge', 'agent'),
  overdue: row(89, 'gauge', 'agent'),
  firstContactResolved: row(90, 'count', 'agent'),
  firstContactJudged: row(91, 'count', 'agent'),
  cohortResolved: row(93, 'count', 'subject'),
  assigned: row(94, 'count', 'subject'),
  assignedResolved: row(95, 'count', 'subject'),
  assignedToAgent: row(96, 'count', 'agentOnly'),
  assignedToAgentResolved: row(97, 'count', 'agentOnly'),
  orphanResolved: row(98, 'count', 'agent'),
  orphanReopened: row(99, 'count', 'agent'),
} as const

const surveyRows = {
  surveysSent: row(120, 'tally', 'agent'),
  surveysSentAnswered: row(121, 'tally', 'agent'),
  csatPositive: row(122, 'count', 'agent'),
  csatScores: row(123, 'tally', 'agent'),
  npsScores: row(124, 'tally', 'agent'),
  cesScores: row(125, 'tally', 'agent'),
} as const

const name = <T extends Record<string, Omit<Measure, 'name' | 'byDirection'>>>(
  rows: T,
  byDirection: boolean,
) =>
  Object.fromEntries(
    Object.entries(rows).map(([name, value]) => [name, { name, ...value, byDirection }]),
  ) as {
    readonly [K in keyof T]: Measure
  }

/** Every additive quantity a cell can hold. Metrics are formulas over these. */
export const measures = {
  ...name(callRows, true),
  ...name(caseRows, true),
  ...name(ticketRows, false),
  ...name(surveyRows, false),
} as const

/** More keys than there are scales of surveys with their scores; slots of the highest number stay below 2^31. */
const offsetBits = 24
export const slotsPerMeasure: number = 2 ** offsetBits
const measureNumbersMax = 127

export const measureByNumber: readonly (Measure | undefined)[] = (() => {
  const table: (Measure | undefined)[] = []
  for (const measure of Object.values(measures)) {
    if (measure.number > measureNumbersMax) throw new Error(`measure number ${measure.number} is too high`)
    if (table[measure.number]) throw new Error(`measure number ${measure.number} is given twice`)
    table[measure.number] = measure
  }
  return table
})()

/** A sum is split so that its parts stay exact far beyond 2^53 ms: sum = high · 2^24 + low. */
export const sumSplit = 16_777_216
export const offsetN = 0
export const offsetSumLow = 1
export const offsetSumHigh = 2
export const offsetBuckets = 3

export const slotOf = (measure: Measure, offset: number): number => measure.number * slotsPerMeasure + offset
export const measureOfSlot = (slot: number): Measure | undefined => measureByNumber[slot >>> offsetBits]
export const offsetOfSlot = (slot: number): number => slot % slotsPerMeasure

/** By measure number: asked of every slot of a running cell whenever a level is read. */
const levelNumbers: readonly boolean[] = Array.from(measureByNumber, (measure) =>
  measure ? measure.kind === 'gauge' || measure.kind === 'levels' : false,
)

/** Whether a slot belongs to a gauge: what stands there over all time is a level, not a flow. */
export const isLevelSlot = (slot: number): boolean => levelNumbers[slot >>> offsetBits] === true

/** Tally keys in this process; cells are stored with the keys themselves. */
const keyOffsets = new Map<string, number>()
const keyNames: string[] = []

export const offsetOfKey = (key: string): number => {
  const known = keyOffsets.get(key)
  if (known !== undefined) return known
  if (keyNames.length >= slotsPerMeasure) throw new Error('more tally keys than a measure has slots')
  keyOffsets.set(key, keyNames.length)
  return keyNames.push(key) - 1
}

export const keyOfOffset = (offset: number): string => {
  const key = keyNames[offset]
  if (key === undefined) throw new Error(`tally offset ${offset} has no key`)
  return key
}

export type MeasuredValue = { readonly measure: Measure; readonly value: number; readonly key: string }

/**
 * Adds a value to a cell (`sign` 1), or takes it back (−1). Values are integers; those of distributions are not negative.
 */
export const addValue = (cell: Cell, { measure, value, key }: MeasuredValue, sign: 1 | -1 = 1): void => {
  switch (measure.kind) {
    case 'count':
    case 'gauge':
      addToSlot(cell, slotOf(measure, 0), sign * value)
      return
    case 'tally':
    case 'levels':
      addToSlot(cell, slotOf(measure, offsetOfKey(key)), sign * value)
      return
    case 'distribution': {
      const high = Math.floor(value / sumSplit)
      const first = slotOf(measure, 0)
      addToSlot(cell, first + offsetN, sign)
      addToSlot(cell, first + offsetBuckets + bucketOf(value), sign)
      addToSlot(cell, first + offsetSumLow, sign * (value - high * sumSplit))
      addToSlot(cell, first + offsetSumHigh, sign * high)
    }
  }
}
