import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import { type Judgement, type Rules, type ServiceLevelPolicy, thresholdFor } from '../rules.ts'
import type { Call, Visit } from './call-model.ts'

type Verdict = { readonly atMs: number; readonly met: boolean }

/** Files at most one service-level event per policy and visit (or call, where the policy's clock is the call's). */
export const contributeServiceLevel = (call: Call, rules: Rules, writer: FactWriter): void => {
  for (const policy of rules.policies) {
    if (policy.clock === 'call') contributeByCall(call, policy, writer)
    else for (const visit of call.visits) file(writer, policy, visit, judgeVisit(visit, policy))
  }
}

const file = (
  writer: FactWriter,
  policy: ServiceLevelPolicy,
  visit: Visit,
  verdict: Verdict | undefined,
): void => {
  if (!verdict) return
  const measure = verdict.met ? measures.serviceLevelMet : measures.serviceLevelMissed
  writer.tally(measure, verdict.atMs, { key: policy.id, dimensions: visit.dimensions })
}

const isWithin = (waitMs: number, thresholdMs: number, policy: ServiceLevelPolicy): boolean =>
  policy.boundary === 'inclusive' ? waitMs <= thresholdMs : waitMs < thresholdMs

/**
 * The first of: answered, abandoned or diverted within the threshold; the threshold passed.
 *
 *   queued ─────────── T ┬──────────── exit
 *                        └ still waiting: a miss here (or judged at the exit)
 */
const judgeVisit = (visit: Visit, policy: ServiceLevelPolicy): Verdict | undefined => {
  const thresholdMs = thresholdFor(policy, visit.dimensions)
  const { outcome } = visit
  const passedAtMs = visit.queuedAtMs + thresholdMs + (policy.boundary === 'inclusive' ? 1 : 0)
  const waitMs = outcome ? outcome.atMs - visit.queuedAtMs : Number.POSITIVE_INFINITY
  const within = isWithin(waitMs, thresholdMs, policy)
  if (!within && policy.stillWaiting === 'miss') return { atMs: passedAtMs, met: false }
  if (!outcome || isShortAbandon(outcome.type, waitMs, policy)) return undefined
  return settle(judgementOf(outcome.type, policy), within, outcome.atMs)
}

const isShortAbandon = (type: string, waitMs: number, policy: ServiceLevelPolicy): boolean =>
  type === 'abandoned' && policy.shortAbandonMs !== undefined && waitMs <= policy.shortAbandonMs

const judgementOf = (type: 'answered' | 'abandoned' | 'diverted', policy: ServiceLevelPolicy): Judgement =>
  type === 'answered' ? 'hit' : policy[type]

const settle = (judgement: Judgement, within: boolean, atMs: number): Verdict | undefined =>
  judgement === 'ignore' ? undefined : { atMs, met: judgement === 'hit' && within }

/** One event a call: the waits over its queues together, judged at the first answer or at the loss. */
const contributeByCall = (call: Call, policy: ServiceLevelPolicy, writer: FactWriter): void => {
  let waitMs = 0
  for (const visit of call.visits) {
    const isLast = visit === call.visits.at(-1)
    const leftAtMs = visit.outcome?.atMs ?? visit.expiresAtMs
    waitMs += leftAtMs - visit.queuedAtMs
    const type = visit.outcome?.type
    if (type === 'diverted' && !isLast) continue
    if (type === undefined) {
      if (isLast && policy.stillWaiting === 'miss')
        file(writer, policy, visit, { atMs: leftAtMs, met: false })
      if (isLast) return
      continue
    }
    if (isShortAbandon(type, waitMs, policy)) return
    const within = isWithin(waitMs, thresholdFor(policy, visit.dimensions), policy)
    file(writer, policy, visit, settle(judgementOf(type, policy), within, leftAtMs))
    return
  }
}
