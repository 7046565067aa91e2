import type { FactWriter } from '../contribution.ts'
import { measures } from '../measures.ts'
import { type Judgement, type Rules, type ServiceLevelPolicy, thresholdFor } from '../rules.ts'
import type { Call, Visit, VisitOutcome } from './call-model.ts'

type Verdict = { readonly visit: Visit; readonly atMs: number; readonly met: boolean }

/** Files at most one service-level event per policy and visit (or call, where the policy's clock is the call's). */
export const contributeServiceLevel = (call: Call, rules: Rules, writer: FactWriter): void => {
  for (const policy of rules.policies) {
    if (policy.clock === 'call') contributeByCall(call, policy, writer)
    else for (const visit of call.visits) file(writer, policy, judgeVisit(visit, policy))
  }
}

const file = (writer: FactWriter, policy: ServiceLevelPolicy, verdict: Verdict | undefined): void => {
  if (!verdict) return
  const measure = verdict.met ? measures.serviceLevelMet : measures.serviceLevelMissed
  writer.tally(measure, verdict.atMs, { key: policy.id, dimensions: verdict.visit.dimensions })
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
  if (outcome && isShortAbandon(outcome.type, waitMs, policy)) return undefined
  if (!within && policy.stillWaiting === 'miss') return { visit, atMs: passedAtMs, met: false }
  if (!outcome) return undefined
  return settle(judgementOf(outcome.type, policy), within, { visit, atMs: outcome.atMs })
}

const isShortAbandon = (type: string, waitMs: number, policy: ServiceLevelPolicy): boolean =>
  type === 'abandoned' && policy.shortAbandonMs !== undefined && waitMs <= policy.shortAbandonMs

const judgementOf = (type: VisitOutcome, policy: ServiceLevelPolicy): Judgement =>
  type === 'answered' ? 'hit' : policy[type]

const settle = (
  judgement: Judgement,
  within: boolean,
  at: Pick<Verdict, 'visit' | 'atMs'>,
): Verdict | undefined => (judgement === 'ignore' ? undefined : { ...at, met: judgement === 'hit' && within })

type Exit = { readonly visit: Visit; readonly atMs: number; readonly type: VisitOutcome | 'expired' }

/** One event a call: the time in queues together, judged at the first answer or abandonment, else at the last way out. */
const contributeByCall = (call: Call, policy: ServiceLevelPolicy, writer: FactWriter): void => {
  const exits = call.visits.map(exitOf).sort((a, b) => a.atMs - b.atMs)
  const decisive = exits.find(({ type }) => type === 'answered' || type === 'abandoned') ?? exits.at(-1)
  if (!decisive) return
  const { visit, atMs, type } = decisive
  let waitMs = 0
  for (const exit of exits) waitMs += Math.max(0, Math.min(exit.atMs, atMs) - exit.visit.queuedAtMs)
  if (isShortAbandon(type, waitMs, policy)) return
  if (type === 'expired') {
    if (policy.stillWaiting === 'miss') file(writer, policy, { visit, atMs, met: false })
    return
  }
  const within = isWithin(waitMs, thresholdFor(policy, visit.dimensions), policy)
  file(writer, policy, settle(judgementOf(type, policy), within, { visit, atMs }))
}

const exitOf = (visit: Visit): Exit => ({
  visit,
  atMs: visit.outcome?.atMs ?? visit.expiresAtMs,
  type: visit.outcome?.type ?? 'expired',
})
