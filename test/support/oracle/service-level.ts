import type { Visit } from './call-story.ts'
import type { OraclePolicy } from './config.ts'
import type { Dims } from './facts.ts'

export type ServiceLevelEvent = { readonly at: number; readonly isHit: boolean; readonly dims: Dims }

type Wait = {
  readonly from: number
  readonly to: number
  readonly outcome: 'answered' | 'abandoned' | 'diverted' | 'expired'
}

export const overrideOf = (policy: OraclePolicy, dims: Dims) =>
  policy.per.find(
    (row) =>
      (row.queueId === undefined || row.queueId === dims.queueId) &&
      (row.channel === undefined || row.channel === dims.channel),
  )

const judgeWait = (
  policy: OraclePolicy,
  thresholdMs: number,
  wait: Wait,
): { at: number; isHit: boolean } | null => {
  const waitMs = wait.to - wait.from
  const { shortAbandonMs } = policy
  if (wait.outcome === 'abandoned' && shortAbandonMs !== undefined && waitMs <= shortAbandonMs) return null
  const isWithin = policy.boundary === 'inclusive' ? waitMs <= thresholdMs : waitMs < thresholdMs
  const passedAt = wait.from + thresholdMs + (policy.boundary === 'inclusive' ? 1 : 0)
  if (!isWithin && policy.stillWaiting === 'miss') return { at: passedAt, isHit: false }
  if (wait.outcome === 'expired')
    return policy.stillWaiting === 'miss' ? { at: passedAt, isHit: false } : null
  const verdict = wait.outcome === 'answered' ? 'hit' : policy[wait.outcome]
  return verdict === 'ignore' ? null : { at: wait.to, isHit: isWithin && verdict === 'hit' }
}

const waitOf = (visit: Visit): Wait => ({
  from: visit.queuedAt,
  to: visit.exit?.at ?? visit.expiresAt,
  outcome: visit.exit?.outcome ?? 'expired',
})

/** At most one event a visit, or one a call where the policy's clock is the call's. */
export const judgeServiceLevel = (
  policy: OraclePolicy,
  visits: readonly Visit[],
): readonly ServiceLevelEvent[] =>
  policy.clock === 'visit' ? visits.flatMap((visit) => judgeVisit(policy, visit)) : judgeCall(policy, visits)

const judgeVisit = (policy: OraclePolicy, visit: Visit): readonly ServiceLevelEvent[] => {
  const thresholdMs = overrideOf(policy, visit.dims)?.thresholdMs ?? policy.thresholdMs
  const judged = judgeWait(policy, thresholdMs, waitOf(visit))
  return judged ? [{ ...judged, dims: visit.dims }] : []
}

/**
 * Judged once, at the first answer or abandonment, else at the last way out of a queue: by the time spent in queues
 * until then.
 */
const judgeCall = (policy: OraclePolicy, visits: readonly Visit[]): readonly ServiceLevelEvent[] => {
  const exits = visits
    .map((visit) => ({ ...waitOf(visit), dims: visit.dims }))
    .toSorted((a, b) => a.to - b.to)
  const decisive =
    exits.find(({ outcome }) => outcome === 'answered' || outcome === 'abandoned') ?? exits.at(-1)
  if (!decisive) return []
  const { to: at, outcome, dims } = decisive
  const waitMs = exits.reduce((sum, exit) => sum + Math.max(0, Math.min(exit.to, at) - exit.from), 0)
  const { shortAbandonMs } = policy
  if (outcome === 'abandoned' && shortAbandonMs !== undefined && waitMs <= shortAbandonMs) return []
  if (outcome === 'expired') return policy.stillWaiting === 'miss' ? [{ at, isHit: false, dims }] : []
  const thresholdMs = overrideOf(policy, dims)?.thresholdMs ?? policy.thresholdMs
  const isWithin = policy.boundary === 'inclusive' ? waitMs <= thresholdMs : waitMs < thresholdMs
  const verdict = outcome === 'answered' ? 'hit' : policy[outcome]
  return verdict === 'ignore' ? [] : [{ at, isHit: isWithin && verdict === 'hit', dims }]
}
