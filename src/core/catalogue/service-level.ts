import { measures as m } from '../measures.ts'
import { type Judgement, policyPresets, type ServiceLevelPolicy } from '../rules.ts'
import { type MetricRow, shareMet } from './row.ts'
import { wait } from './wait-row.ts'

/** Exactly one event a visit (or call, by the policy's clock); numerator, denominator and policy stand in the value. */
export const serviceLevelRow = (policy: ServiceLevelPolicy): MetricRow =>
  wait(
    { id: policy.metricId, unit: 'ratio' },
    { ...shareMet(m.serviceLevelMet, m.serviceLevelMissed, policy.id), policy },
    {
      formula: `hits / (hits + misses) by policy ${policy.id}; a hit: ${describeHits(policy)} within ${policy.thresholdMs} ms`,
      filedAt: describeFiling(policy),
      groupedBy: { as: `when the visit${policy.clock === 'call' ? ' it was judged in' : ''} was queued` },
      edgeRules: [
        describeClock(policy),
        describeBoundary(policy),
        describeOutcome('Abandoned', policy.abandoned, policy),
        describeOutcome('Diverted', policy.diverted, policy),
        describeWaiting(policy),
        describeShortAbandons(policy),
        ...describeOverrides(policy),
        'An empty queue is null, never 1.',
        `Presets differ by: ${presets}.`,
      ].join(' '),
      source: 'Genesys, Cisco UCCE, Amazon Connect, Asterisk: see the presets',
    },
  )

const describeHits = ({ abandoned, diverted }: ServiceLevelPolicy): string =>
  ['answered', abandoned === 'hit' ? 'abandoned' : '', diverted === 'hit' ? 'diverted' : '']
    .filter((word) => word !== '')
    .join(' or ')

const describeFiling = ({ clock, stillWaiting }: ServiceLevelPolicy): string => {
  if (clock === 'call') return "the call's first answer or abandonment, else its last way out of a queue"
  return stillWaiting === 'miss'
    ? 'the service-level event: answered, abandoned, diverted or threshold passed, whichever is first'
    : 'the service-level event: answered, abandoned or diverted'
}

const describeClock = (policy: ServiceLevelPolicy): string => {
  const one = leavesOut(policy) ? 'at most one event' : 'exactly one event'
  return policy.clock === 'call'
    ? `clock: call: ${one} a call; its waits in all queues are added up.`
    : `clock: visit: ${one} a visit, each queue by itself; what comes later does not change it.`
}

const leavesOut = ({ abandoned, diverted, stillWaiting, shortAbandonMs }: ServiceLevelPolicy): boolean =>
  abandoned === 'ignore' || diverted === 'ignore' || stillWaiting === 'ignore' || shortAbandonMs !== undefined

const describeBoundary = ({ boundary, thresholdMs }: ServiceLevelPolicy): string =>
  boundary === 'inclusive'
    ? `boundary: inclusive: exactly ${thresholdMs} ms is within, a miss from ${thresholdMs + 1} ms on.`
    : `boundary: exclusive: exactly ${thresholdMs} ms is a miss.`

/** What waits past the threshold is a miss before it has an outcome. */
const isMissedWaiting = ({ clock, stillWaiting }: ServiceLevelPolicy): boolean =>
  clock === 'visit' && stillWaiting === 'miss'

const describeOutcome = (name: string, judgement: Judgement, policy: ServiceLevelPolicy): string => {
  switch (judgement) {
    case 'hit':
      return `${name}: a hit within the threshold, else a miss.`
    case 'miss':
      return `${name}: a miss.`
    case 'ignore':
      return isMissedWaiting(policy)
        ? `${name}: left out within the threshold; past it a miss already.`
        : `${name}: left out.`
  }
}

const describeWaiting = ({ clock, stillWaiting, boundary, thresholdMs }: ServiceLevelPolicy): string => {
  const passedMs = boundary === 'inclusive' ? thresholdMs + 1 : thresholdMs
  if (clock === 'call')
    return stillWaiting === 'miss'
      ? 'stillWaiting: miss: who still waits is not in n; a call whose outcome never comes is a miss when its visit expires.'
      : 'stillWaiting: ignore: who still waits is not in n; a call whose outcome never comes is left out.'
  return stillWaiting === 'miss'
    ? `stillWaiting: miss: who waits past the threshold is a miss there, dated queued + ${passedMs} ms; younger visits are not in n.`
    : 'stillWaiting: ignore: who still waits is not in n, a late answer is a miss at the answer, a visit that expires is left out.'
}

const describeShortAbandons = ({ shortAbandonMs }: ServiceLevelPolicy): string =>
  shortAbandonMs === undefined
    ? 'shortAbandonMs: not set, no short abandon is left out.'
    : `shortAbandonMs: abandons of up to and including ${shortAbandonMs} ms are left out.`

const describeOverrides = ({ per }: ServiceLevelPolicy): readonly string[] =>
  per.map((row) => {
    const fields = Object.entries(row).map(([name, value]) => `${name} ${value}`)
    return `Its own: ${fields.join(', ')}.`
  })

const presets = Object.entries(policyPresets)
  .map(([id, preset]) => {
    const settings = Object.entries(preset).map(([name, value]) => `${name} ${value}`)
    return `${id} (${settings.length === 0 ? 'nothing: the default' : settings.join(', ')})`
  })
  .join('; ')
