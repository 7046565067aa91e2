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
  if (wait.outcome === 'expired') return policy.stillWaiting === 'miss' ? { at: wait.to, isHit: false } : null
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

/** From the first queueing to the first answer or abandonment, else to the last way out of a queue. */
const judgeCall = (policy: OraclePolicy, visits: readonly Visit[]): readonly ServiceLevelEvent[] => {
  const [first] = visits
  if (!first) return []
  const exits = visits.map(waitOf).toSorted((a, b) => a.to - b.to)
  const decisive =
    exits.find((exit) => exit.outcome === 'answered' || exit.outcome === 'abandoned') ?? exits.at(-1)
  if (!decisive) return []
  const thresholdMs = overrideOf(policy, first.dims)?.thresholdMs ?? policy.thresholdMs
  const judged = judgeWait(policy, thresholdMs, { ...decisive, from: first.queuedAt })
  if (!judged) return []
  const waitedIn = visits.findLast((visit) => visit.queuedAt <= judged.at) ?? first
  return [{ ...judged, dims: waitedIn.dims }]
}
