import { countOrphan, type FactWriter } from '../contribution.ts'
import type { Event } from '../events.ts'
import { measures } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { type Call, type Leg, readCall, type Visit } from './call-model.ts'
import { contributeServiceLevel } from './service-level.ts'

/** Files what a call's events say; returns the instant it ended, or undefined while it is open. */
export const contributeCall = (
  events: readonly Event[],
  rules: Rules,
  writer: FactWriter,
): number | undefined => {
  const call = readCall(events, rules)
  contributeMarks(call, writer)
  for (const visit of call.visits)
    contributeVisit(visit, { call, rules, writer, isFirst: visit === call.visits[0] })
  contributeFirstAnswer(call, writer)
  contributeServiceLevel(call, rules, writer)
  for (const leg of call.legs) contributeLeg(leg, rules, writer)
  contributeHandleTime(call, rules, writer)
  contributeCases(call, writer)
  return endOfCall(call, events)
}

type VisitContext = {
  readonly call: Call
  readonly rules: Rules
  readonly writer: FactWriter
  readonly isFirst: boolean
}

const contributeVisit = (visit: Visit, context: VisitContext): void => {
  const { writer, isFirst } = context
  const { queuedAtMs, dimensions } = visit
  const leftAtMs = visit.outcome?.atMs ?? visit.expiresAtMs
  writer.count(measures.callsOffered, queuedAtMs, dimensions)
  if (isFirst) {
    writer.count(measures.callsFirstOffered, queuedAtMs, dimensions)
    writer.count(measures.requests, queuedAtMs, dimensions)
  }
  writer.level(measures.waiting, { fromMs: queuedAtMs, untilMs: leftAtMs, dimensions })
  writer.span({ list: 'waiting', fromMs: queuedAtMs, untilMs: leftAtMs, sinceMs: queuedAtMs, dimensions })
  if (visit.outcome) contributeOutcome(visit, visit.outcome, context)
  else writer.count(measures.callsExpired, leftAtMs, dimensions)
}

const contributeOutcome = (
  visit: Visit,
  outcome: NonNullable<Visit['outcome']>,
  { call, rules, writer }: VisitContext,
): void => {
  const { queuedAtMs, dimensions } = visit
  const { atMs, type, reason, leg } = outcome
  const value = atMs - queuedAtMs
  let cohort: string = type
  switch (type) {
    case 'answered':
      writer.sample(measures.waitAnswered, atMs, { value, dimensions: leg?.dimensions ?? dimensions })
      break
    case 'abandoned':
      writer.sample(measures.waitAbandoned, atMs, { value, dimensions })
      if (value <= (rules.policies[0]?.shortAbandonMs ?? -1)) {
        writer.count(measures.shortAbandons, atMs, dimensions)
        cohort = 'short'
      }
      break
    case 'diverted':
      writer.sample(measures.waitDiverted, atMs, { value, dimensions })
      writer.tally(measures.divertedBy, atMs, { key: reason, dimensions })
      if (reason === 'callback') contributeCallback(visit, atMs, { call, writer })
  }
  writer.tally(measures.cohortOutcome, queuedAtMs, { key: cohort, dimensions })
}

const contributeCallback = (
  visit: Visit,
  fromMs: number,
  { call, writer }: { call: Call; writer: FactWriter },
): void => {
  const servedAtMs = call.calledBackAtMs.find((atMs) => atMs >= fromMs)
  const untilMs = Math.min(servedAtMs ?? visit.expiresAtMs, visit.expiresAtMs)
  const { dimensions } = visit
  writer.level(measures.callbacksWaiting, { fromMs, untilMs, dimensions })
  writer.span({ list: 'callbacks', fromMs, untilMs, sinceMs: fromMs, dimensions })
}

const contributeMarks = (call: Call, writer: FactWriter): void => {
  for (const { kind, atMs, key, dimensions } of call.marks) {
    if (kind === 'blocked') writer.tally(measures.blockedBy, atMs, { key, dimensions })
    else writer.count(kind === 'alerted' ? measures.alerted : measures.declined, atMs, dimensions)
  }
  for (const { atMs, dimensions } of call.orphans) countOrphan(writer, atMs, dimensions)
}

const contributeFirstAnswer = (call: Call, writer: FactWriter): void => {
  let first: Visit | undefined
  for (const visit of call.visits)
    if (visit.outcome?.type === 'answered' && visit.outcome.atMs < (first?.outcome?.atMs ?? Infinity))
      first = visit
  const outcome = first?.outcome
  if (!first || !outcome) return
  const value = outcome.atMs - call.createdAtMs
  const dimensions = outcome.leg?.dimensions ?? first.dimensions
  writer.sample(measures.answerFromCreation, outcome.atMs, { value, dimensions })
}

type HandledLeg = { readonly filedAtMs: number; readonly wrapMs: number; readonly handleMs: number }

/** When a leg's handle time is filed, and what it is; undefined while the leg is open. */
const handleLeg = (leg: Leg, rules: Rules): HandledLeg | undefined => {
  if (leg.endMs === undefined) return undefined
  const expiresAtMs = leg.endMs + rules.wrapExpiryMs
  const isWrapLate = rules.wrapExpected && leg.wrappedAtMs !== undefined && leg.wrappedAtMs > expiresAtMs
  const wrappedAtMs = isWrapLate ? undefined : leg.wrappedAtMs
  const filedAtMs = wrappedAtMs ?? (rules.wrapExpected ? expiresAtMs : leg.endMs)
  const wrapMs = wrappedAtMs === undefined ? 0 : wrappedAtMs - leg.endMs
  return { filedAtMs, wrapMs, handleMs: leg.endMs - leg.startMs + wrapMs }
}

const contributeLeg = (leg: Leg, rules: Rules, writer: FactWriter): void => {
  const { dimensions, startMs, holdMs } = leg
  writer.count(measures.legsAnswered, startMs, dimensions)
  if (leg.heldAtMs !== undefined) writer.count(measures.legsHeld, leg.heldAtMs, dimensions)
  if (leg.transferred)
    writer.tally(measures.transferredBy, leg.transferred.atMs, { key: leg.transferred.mode, dimensions })
  const handled = handleLeg(leg, rules)
  if (!handled || leg.endMs === undefined) return
  const { filedAtMs, wrapMs, handleMs } = handled
  const talkMs = leg.endMs - startMs - holdMs
  writer.sample(measures.handle, filedAtMs, { value: handleMs, dimensions })
  writer.sample(measures.talk, filedAtMs, { value: talkMs, dimensions })
  writer.sample(measures.hold, filedAtMs, { value: holdMs, dimensions })
  writer.sample(measures.wrap, filedAtMs, { value: wrapMs, dimensions })
}

/** The sum over a call's legs, filed with its last leg once nobody talks or waits any more. */
const contributeHandleTime = (call: Call, rules: Rules, writer: FactWriter): void => {
  let filedAtMs = 0
  let value = 0
  for (const leg of call.legs) {
    const handled = handleLeg(leg, rules)
    if (!handled) return
    value += handled.handleMs
    filedAtMs = Math.max(filedAtMs, handled.filedAtMs)
  }
  const first = call.legs[0]
  if (!first) return
  writer.sample(measures.handlePerCall, filedAtMs, { value, dimensions: first.callDimensions })
}

const contributeCases = (call: Call, writer: FactWriter): void => {
  const seen = new Set<string>()
  call.legs.forEach((leg, index) => {
    if (index === 0) writer.count(measures.casesHandled, leg.startMs, leg.callDimensions)
    if (leg.agentId === undefined || seen.has(leg.agentId)) return
    seen.add(leg.agentId)
    writer.count(measures.casesHandledByAgent, leg.startMs, leg.dimensions)
  })
}

/** The last event of a call nobody waits in or talks on; a visit without an outcome is over when it expires. */
const endOfCall = (call: Call, events: readonly Event[]): number | undefined => {
  if (call.legs.some((leg) => leg.endMs === undefined)) return undefined
  let endMs = events.at(-1)?.occurredAt ?? 0
  for (const visit of call.visits) if (!visit.outcome) endMs = Math.max(endMs, visit.expiresAtMs)
  return endMs
}
