import { type BusinessCalendar, weekdaysIn } from './business-hours.ts'
import type { Dimensions } from './contribution.ts'

/** How an outcome counts in a service level. */
export type Judgement = 'hit' | 'miss' | 'ignore'

/** A service-level policy (docs/metrics.md): the number is meaningless without it. */
export type ServiceLevelPolicy = {
  readonly id: string
  /** The metric it is reported as: `serviceLevel`, or `serviceLevel.<id>`. */
  readonly metricId: string
  readonly thresholdMs: number
  readonly boundary: 'inclusive' | 'exclusive'
  readonly clock: 'visit' | 'call'
  readonly abandoned: Judgement
  readonly diverted: Judgement
  readonly stillWaiting: 'miss' | 'ignore'
  /** Abandons after at most this wait are left out; undefined leaves none out. */
  readonly shortAbandonMs?: number
  readonly target?: number
  /** Other thresholds for some queues or channels; the first that matches holds. */
  readonly per: readonly ServiceLevelOverride[]
}

export type ServiceLevelOverride = {
  readonly queueId?: string
  readonly channel?: string
  readonly thresholdMs?: number
  readonly target?: number
}

/** A promise: first response, next reply or resolution within so long, on a calendar or around the clock. */
export type ResponseTarget = {
  readonly priority?: string
  readonly channel?: string
  readonly withinMs: number
  readonly calendar?: BusinessCalendar
}

export type TargetKind = 'firstResponse' | 'nextReply' | 'resolution'

/** Everything configurable that decides what a subject contributes. */
export type Rules = {
  /** The default policy first. */
  readonly policies: readonly ServiceLevelPolicy[]
  readonly targets: Readonly<Record<TargetKind, readonly ResponseTarget[]>>
  readonly atRiskMs: number
  /** Business hours; undefined where none are configured. */
  readonly calendar?: BusinessCalendar
  /** The same; Monday to Friday of the zone where none are configured. */
  readonly businessDays: BusinessCalendar
  readonly visitExpiryMs: number
  readonly wrapExpected: boolean
  readonly wrapExpiryMs: number
  readonly endedCallExpiryMs: number
  readonly endedTicketExpiryMs: number
  readonly openSubjectExpiryMs: number
  readonly fcrWindowMs: number
  readonly complaintsFrom: 'creation' | 'escalation'
  /** A csat answer is positive when (score − min) / (max − min) is at least this share, given as a fraction. */
  readonly csatPositive: { readonly numerator: number; readonly denominator: number }
}

const secondMs = 1000
const hourMs = 3_600_000
const dayMs = 24 * hourMs

export const defaultPolicy: ServiceLevelPolicy = {
  id: 'default-20s',
  metricId: 'serviceLevel',
  thresholdMs: 20 * secondMs,
  boundary: 'inclusive',
  clock: 'visit',
  abandoned: 'miss',
  diverted: 'miss',
  stillWaiting: 'miss',
  per: [],
}

/** The rules that hold where nothing is configured. */
export const defaultRules: Rules = {
  policies: [defaultPolicy],
  targets: { firstResponse: [], nextReply: [], resolution: [] },
  atRiskMs: hourMs,
  visitExpiryMs: 4 * hourMs,
  wrapExpected: false,
  wrapExpiryMs: 600 * secondMs,
  endedCallExpiryMs: 2 * dayMs,
  endedTicketExpiryMs: 40 * dayMs,
  openSubjectExpiryMs: 400 * dayMs,
  fcrWindowMs: 7 * dayMs,
  businessDays: weekdaysIn('UTC'),
  complaintsFrom: 'creation',
  csatPositive: { numerator: 2, denominator: 3 },
}

/** Presets named for the systems whose numbers people compare with (CONTRACT: service-level policies). */
export const policyPresets = {
  'all-offered': {},
  'answered-only': { abandoned: 'ignore', diverted: 'ignore', stillWaiting: 'ignore' },
  'without-short-abandons': { shortAbandonMs: 20 * secondMs, diverted: 'ignore', stillWaiting: 'ignore' },
  'abandons-as-hits': { abandoned: 'hit', diverted: 'ignore' },
  'removed-from-queue': { abandoned: 'hit', diverted: 'hit', stillWaiting: 'ignore' },
} as const satisfies Record<string, Partial<ServiceLevelPolicy>>

const matches = (wanted: string | undefined, actual: string | undefined) =>
  wanted === undefined || wanted === actual

const overrideFor = (policy: ServiceLevelPolicy, dimensions: Dimensions): ServiceLevelOverride | undefined =>
  policy.per.find(
    (row) => matches(row.queueId, dimensions.queueId) && matches(row.channel, dimensions.channel),
  )

/** The policy's threshold for a visit of these dimensions, in ms. */
export const thresholdFor = (policy: ServiceLevelPolicy, dimensions: Dimensions): number =>
  overrideFor(policy, dimensions)?.thresholdMs ?? policy.thresholdMs

/** The share to be reached in a scope of these dimensions. */
export const serviceLevelTargetFor = (
  policy: ServiceLevelPolicy,
  dimensions: Dimensions,
): number | undefined => overrideFor(policy, dimensions)?.target ?? policy.target

/** The most specific promise that matches: priority and channel, then either, then neither. */
export const targetFor = (
  targets: readonly ResponseTarget[],
  dimensions: Dimensions,
): ResponseTarget | undefined => {
  const fitting = targets.filter(
    (row) => matches(row.priority, dimensions.priority) && matches(row.channel, dimensions.channel),
  )
  const weight = (row: ResponseTarget) =>
    (row.priority === undefined ? 0 : 2) + (row.channel === undefined ? 0 : 1)
  return fitting.sort((a, b) => weight(b) - weight(a))[0]
}
