import type { OraclePolicy } from './config.ts'
import type { MetricRow } from './metric-rows.ts'
import {
  countOf,
  countParts,
  factsDistribution,
  instantOf,
  isCurrent,
  nothing,
  type OracleValue,
  ratioOf,
  shareOf,
  withParts,
} from './metric-values.ts'
import { overrideOf } from './service-level.ts'
import type { View } from './window-view.ts'

const count =
  (measure: string) =>
  ({ flow }: View): OracleValue =>
    countOf(flow(measure).length)

const countByPart =
  (measure: string, partMeasure: string) =>
  ({ flow }: View): OracleValue =>
    withParts(countOf(flow(measure).length), countParts(flow(partMeasure)))

const times =
  (measure: string) =>
  ({ flow }: View): OracleValue =>
    factsDistribution(flow(measure), 'ms')

const rate =
  (part: readonly string[], whole: readonly string[]) =>
  ({ flow }: View): OracleValue => {
    const sum = (measures: readonly string[]) => measures.reduce((n, measure) => n + flow(measure).length, 0)
    return ratioOf(sum(part), sum(whole))
  }

/** A rate with the same rate of each part of what it counts. */
const rateByPart =
  (measure: string, whole: readonly string[]) =>
  (view: View): OracleValue => {
    const total = rate([measure], whole)(view)
    const { denominator } = total
    if (denominator === undefined) return total
    const parts = Object.entries(countParts(view.flow(measure))).map(([name, { value }]) => {
      const numerator = value ?? 0
      return [name, { value: numerator / denominator, n: denominator, numerator, denominator }] as const
    })
    return withParts(total, Object.fromEntries(parts))
  }

const serviceLevel =
  (policy: OraclePolicy) =>
  ({ flow, scope }: View): OracleValue => {
    const share = shareOf(flow(`serviceLevel:${policy.id}`))
    const target = overrideOf(policy, scope)?.target ?? policy.target
    const named = { ...share, policy: policy.id, ...(target === undefined ? {} : { target }) }
    return target === undefined || share.value === null ? named : { ...named, met: share.value >= target }
  }

const longestWait = (view: View): OracleValue => {
  if (!isCurrent(view)) return nothing('ms', 'not-applicable')
  const waiting = view.level('waiting')
  if (waiting.length === 0) return { value: 0, unit: 'ms', n: 0 }
  const since = Math.min(...waiting.map(({ sinceAt }) => sinceAt))
  return { value: view.asOfMs - since, unit: 'ms', n: waiting.length, sinceAt: instantOf(since) }
}

const residual = (view: View): OracleValue => {
  if (view.window.kind !== 'total') return nothing('count', 'not-applicable')
  const outcomes = ['wait.answered', 'wait.abandoned', 'wait.diverted', 'expired']
  const gone = outcomes.reduce((n, measure) => n + view.flow(measure).length, 0)
  return countOf(view.flow('offered').length - gone - view.level('waiting').length)
}

const counts: readonly MetricRow[] = [
  { id: 'callsOffered', unit: 'count', over: 'flow', compute: count('offered') },
  { id: 'callsAnswered', unit: 'count', over: 'flow', byAgent: true, compute: count('answered') },
  { id: 'callsAbandoned', unit: 'count', over: 'flow', compute: count('wait.abandoned') },
  {
    id: 'callsDiverted',
    unit: 'count',
    over: 'flow',
    compute: countByPart('wait.diverted', 'diverted.reason'),
  },
  { id: 'callsBlocked', unit: 'count', over: 'flow', compute: countByPart('call.blocked', 'call.blocked') },
  { id: 'callsExpired', unit: 'count', over: 'flow', compute: count('expired') },
  { id: 'shortAbandons', unit: 'count', over: 'flow', compute: count('abandoned.short') },
]

const durations: readonly MetricRow[] = [
  { id: 'averageSpeedOfAnswer', unit: 'ms', over: 'flow', byAgent: true, compute: times('answered') },
  {
    id: 'speedOfAnswerFromCreation',
    unit: 'ms',
    over: 'flow',
    byAgent: true,
    compute: times('answer.fromCreation'),
  },
  { id: 'waitTime', unit: 'ms', over: 'flow', compute: times('wait') },
  { id: 'abandonTime', unit: 'ms', over: 'flow', compute: times('wait.abandoned') },
  { id: 'averageHandleTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('handle') },
  { id: 'talkTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('talk') },
  { id: 'holdTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('hold') },
  { id: 'wrapTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('wrap') },
  { id: 'handleTimePerCall', unit: 'ms', over: 'flow', compute: times('handle.call') },
]

/** Provisional until all who were queued in the window have left. */
const cohortAbandoned = (view: View): OracleValue => {
  const abandoned = rate(['cohort.abandoned'], ['cohort.left'])(view)
  return view.stillIn('waiting').length > 0 ? { ...abandoned, provisional: true } : abandoned
}

const left = ['answered', 'abandoned.counted', 'wait.diverted']
const callbackRate = ({ flow }: View): OracleValue =>
  ratioOf(flow('diverted.reason').filter(({ part }) => part === 'callback').length, flow('offered').length)

const rates: readonly MetricRow[] = [
  { id: 'abandonRate', unit: 'ratio', over: 'flow', compute: rate(['abandoned.counted'], left) },
  {
    id: 'abandonRateCohort',
    unit: 'ratio',
    over: 'flow',
    compute: cohortAbandoned,
  },
  {
    id: 'blockageRate',
    unit: 'ratio',
    over: 'flow',
    compute: rateByPart('call.blocked', ['offered.first', 'call.blocked']),
  },
  {
    id: 'transferRate',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: rateByPart('transferred', ['leg']),
  },
  { id: 'holdRate', unit: 'ratio', over: 'flow', byAgent: true, compute: rate(['held'], ['leg']) },
  { id: 'callbackRate', unit: 'ratio', over: 'flow', compute: callbackRate },
  {
    id: 'declinedRate',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: rate(['call.declined'], ['call.alerted']),
  },
]

const gauges: readonly MetricRow[] = [
  {
    id: 'waitingNow',
    unit: 'count',
    over: 'level',
    compute: ({ level }) => countOf(level('waiting').length),
  },
  { id: 'longestWaitNow', unit: 'ms', over: 'level', compute: longestWait },
  {
    id: 'callbacksWaitingNow',
    unit: 'count',
    over: 'level',
    compute: ({ level }) => countOf(level('callbacks').length),
  },
  { id: 'reconciliationResidual', unit: 'count', over: 'level', compute: residual },
]

/** METRICS.md, Wait, and the reconciliation of Floorwatch about itself. */
export const callMetrics = (policies: readonly OraclePolicy[]): readonly MetricRow[] => [
  ...counts,
  ...durations,
  ...rates,
  ...gauges,
  ...policies.map((policy, index): MetricRow => {
    const id = index === 0 ? 'serviceLevel' : `serviceLevel.${policy.id}`
    return { id, unit: 'ratio', over: 'flow', compute: serviceLevel(policy) }
  }),
]
