import type { OracleConfig } from './config.ts'
import type { MetricRow } from './metric-rows.ts'
import {
  countOf,
  distributionOf,
  factsDistribution,
  instantOf,
  isCurrent,
  levelSince,
  nothing,
  type OracleValue,
  ratioOf,
  shareOf,
  withParts,
} from './metric-values.ts'
import type { View } from './window-view.ts'

type Compute = (view: View) => OracleValue

const times =
  (measure: string): Compute =>
  ({ flow }) =>
    factsDistribution(flow(measure), 'ms')

const business =
  (measure: string): Compute =>
  ({ config, flow }) =>
    config.calendar ? factsDistribution(flow(`${measure}.business`), 'ms') : nothing('ms', 'not-configured')

const share =
  (measure: string): Compute =>
  ({ flow }) =>
    shareOf(flow(measure))

const rate =
  (part: string, whole: string): Compute =>
  ({ flow }) =>
    ratioOf(flow(part).length, flow(whole).length)

/** Provisional until every ticket of the cohort is resolved. */
const cohortResolved: Compute = ({ flow }) => {
  const resolved = ratioOf(flow('created.resolved').length, flow('created').length)
  return resolved.value !== null && resolved.value < 1 ? { ...resolved, provisional: true } : resolved
}

/** By agent another cohort counts: that of the agent's own first. */
const cohortByAgent =
  (measure: string): Compute =>
  ({ flow, scope }) => {
    const cohort = scope.agentId === undefined ? measure : `${measure}.byAgent`
    return ratioOf(flow(`${cohort}.resolved`).length, flow(cohort).length)
  }

const isTargeted = (config: OracleConfig): boolean =>
  [config.targets.firstResponse, config.targets.nextReply, config.targets.resolution].some(
    (rows) => rows.length > 0,
  )

const within =
  (kind: 'firstResponse' | 'nextReply' | 'resolution'): Compute =>
  ({ config, flow }) =>
    config.targets[kind].length === 0 ? nothing('ratio', 'not-configured') : shareOf(flow(`target.${kind}`))

const dueLevel =
  (gauge: string): Compute =>
  ({ config, level }) =>
    isTargeted(config) ? countOf(level(gauge).length) : nothing('count', 'not-configured')

const touches =
  (measure: string): Compute =>
  (view) =>
    factsDistribution(view.flow(measure), 'count')

const workByCategory: Compute = (view) =>
  view.scope.category === undefined ? nothing('ms', 'not-applicable') : times('worked')(view)

const firstResponses: readonly MetricRow[] = [
  { id: 'firstResponseTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('firstResponse') },
  { id: 'firstResponseTimeAny', unit: 'ms', over: 'flow', byAgent: true, compute: times('firstResponseAny') },
  {
    id: 'firstResponseTimeBusiness',
    unit: 'ms',
    over: 'flow',
    byAgent: true,
    compute: business('firstResponse'),
  },
  { id: 'responseTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('response') },
  { id: 'responseTimeBusiness', unit: 'ms', over: 'flow', byAgent: true, compute: business('response') },
  {
    id: 'firstResponseWithinTarget',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: within('firstResponse'),
  },
  { id: 'nextReplyWithinTarget', unit: 'ratio', over: 'flow', byAgent: true, compute: within('nextReply') },
  { id: 'resolutionWithinTarget', unit: 'ratio', over: 'flow', byAgent: true, compute: within('resolution') },
  { id: 'atRiskNow', unit: 'count', over: 'level', byAgent: true, compute: dueLevel('atRisk') },
  { id: 'overdueNow', unit: 'count', over: 'level', byAgent: true, compute: dueLevel('overdue') },
  {
    id: 'unansweredNow',
    unit: 'count',
    over: 'level',
    byAgent: true,
    compute: (view) => levelSince(view.level('unanswered'), view),
  },
]

const resolutions: readonly MetricRow[] = [
  { id: 'repliesPerTicket', unit: 'count', over: 'flow', byAgent: true, compute: touches('replies') },
  { id: 'touchesPerResolution', unit: 'count', over: 'flow', byAgent: true, compute: touches('touches') },
  { id: 'resolutionTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('resolution') },
  { id: 'resolutionTimeBusiness', unit: 'ms', over: 'flow', byAgent: true, compute: business('resolution') },
  { id: 'fullResolutionTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('fullResolution') },
  { id: 'openTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('openTime') },
  { id: 'requesterWaitTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('requesterWait') },
  { id: 'complaintResolutionTime', unit: 'ms', over: 'flow', byAgent: true, compute: times('complaint') },
  {
    id: 'complaintsWithin3BusinessDays',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: share('complaint.in3BusinessDays'),
  },
  {
    id: 'complaintsWithin8Weeks',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: share('complaint.in8Weeks'),
  },
  { id: 'handleTimePerCase', unit: 'ms', over: 'flow', byAgent: true, compute: times('worked') },
  { id: 'handlingTimeByType', unit: 'ms', over: 'flow', byAgent: true, compute: workByCategory },
  {
    id: 'firstContactResolution',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: share('firstContact'),
  },
  { id: 'reopenRate', unit: 'ratio', over: 'flow', byAgent: true, compute: rate('reopened', 'resolved') },
]

const openTickets: Compute = ({ level }) => {
  const open = level('open')
  const statuses = ['new', 'open', 'pending', 'on-hold'].map((status) => {
    return [status, { value: open.filter(({ part }) => part === status).length }] as const
  })
  const parts = { ...Object.fromEntries(statuses), unassigned: { value: level('unassigned').length } }
  return withParts(countOf(open.length), parts)
}

const backlogAge: Compute = (view) => {
  if (!isCurrent(view)) return nothing('ms', 'not-applicable')
  const open = view.level('open')
  const ages = open.map(({ sinceAt }) => view.asOfMs - sinceAt)
  const { p95, p99, ...kept } = distributionOf(ages, 'ms')
  return open.length === 0 ? kept : { ...kept, sinceAt: instantOf(view.asOfMs - Math.max(...ages)) }
}

const backlogDays: Compute = (view) => {
  if (!isCurrent(view)) return nothing('days', 'not-applicable')
  return ratioOf(
    7 * view.level('open').length,
    view.flowBetween('resolved', weekStart(view.asOfMs), view.asOfMs).length,
    'days',
  )
}

/** The last seven days, their start on a slice of 15 min. */
const weekStart = (asOfMs: number): number => Math.floor((asOfMs - 7 * 86_400_000) / 900_000) * 900_000

/** The share of a scope in the scope without one of its dimensions. */
const shareWithout =
  (measure: string, dimension: string): Compute =>
  ({ flow, scope }) => {
    const { [dimension]: own, ...wider } = scope
    return own === undefined
      ? nothing('ratio', 'not-applicable')
      : ratioOf(flow(measure).length, flow(measure, wider).length)
  }

const contactVolume: Compute = ({ flow, scope }) =>
  scope.channel === undefined ? nothing('count', 'not-applicable') : countOf(flow('request').length)

const netFlow: Compute = ({ flow }) => {
  const net = flow('flow.created').length + flow('flow.reopened').length - flow('flow.resolved').length
  return countOf(net)
}

const casesHandled: Compute = ({ flow, scope }) =>
  countOf(flow(scope.agentId === undefined ? 'case' : 'case.byAgent').length)

const levelOf =
  (gauge: string): Compute =>
  ({ level }) =>
    countOf(level(gauge).length)

const overduePart: Compute = ({ config, level }) =>
  config.targets.firstResponse.length > 0
    ? countOf(level('backlog.overdue').length)
    : nothing('count', 'not-configured')

const stock: readonly MetricRow[] = [
  { id: 'openTickets', unit: 'count', over: 'level', byAgent: true, compute: openTickets },
  { id: 'backlog', unit: 'count', over: 'level', byAgent: true, compute: levelOf('backlog') },
  {
    id: 'backlogUnanswered',
    unit: 'count',
    over: 'level',
    byAgent: true,
    compute: levelOf('backlog.unanswered'),
  },
  { id: 'backlogOverdue', unit: 'count', over: 'level', byAgent: true, compute: overduePart },
  { id: 'backlogAge', unit: 'ms', over: 'level', byAgent: true, compute: backlogAge },
  { id: 'backlogDays', unit: 'days', over: 'level', byAgent: true, compute: backlogDays },
]

const counted =
  (measure: string): Compute =>
  ({ flow }) =>
    countOf(flow(measure).length)

const volumes: readonly MetricRow[] = [
  { id: 'ticketsCreated', unit: 'count', over: 'flow', compute: counted('created') },
  { id: 'ticketsResolved', unit: 'count', over: 'flow', byAgent: true, compute: counted('resolved') },
  { id: 'ticketsReopened', unit: 'count', over: 'flow', byAgent: true, compute: counted('reopened') },
  { id: 'netFlow', unit: 'count', over: 'flow', compute: netFlow },
  {
    id: 'requestVolume',
    unit: 'count',
    over: 'flow',
    compute: ({ flow }) => countOf(flow('request').length),
  },
  { id: 'contactVolume', unit: 'count', over: 'flow', compute: contactVolume },
  { id: 'channelShare', unit: 'ratio', over: 'flow', compute: shareWithout('request', 'channel') },
  { id: 'categoryShare', unit: 'ratio', over: 'flow', compute: shareWithout('created', 'category') },
  { id: 'resolutionRate', unit: 'ratio', over: 'flow', compute: rate('resolved', 'created') },
  { id: 'resolutionRateCohort', unit: 'ratio', over: 'flow', compute: cohortResolved },
  {
    id: 'resolutionRateAssigned',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: cohortByAgent('assigned'),
  },
  { id: 'escalationRate', unit: 'ratio', over: 'flow', compute: rate('escalated', 'created') },
  { id: 'casesHandled', unit: 'count', over: 'flow', byAgent: true, compute: casesHandled },
]

/** METRICS.md, Response, and Backlog and volume. */
export const ticketMetrics: readonly MetricRow[] = [...firstResponses, ...resolutions, ...stock, ...volumes]
