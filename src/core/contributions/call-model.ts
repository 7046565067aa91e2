import type { Dimensions } from '../contribution.ts'
import type { Event, EventOf } from '../events.ts'
import type { Rules } from '../rules.ts'
import { callDimensions, foldDimensions, withAgent } from './dimensions.ts'

/** What a call's events say, before anything is counted. Times are epoch ms. */
export type Call = {
  readonly createdAtMs: number
  readonly visits: readonly Visit[]
  readonly legs: readonly Leg[]
  readonly marks: readonly Mark[]
  /** Outcomes and wraps that fit nothing that was seen. */
  readonly orphans: readonly { readonly atMs: number; readonly dimensions: Dimensions }[]
  readonly calledBackAtMs: readonly number[]
}

export type VisitOutcome = 'answered' | 'abandoned' | 'diverted'

/** One stay in one queue. */
export type Visit = {
  readonly visitId: string | undefined
  readonly queuedAtMs: number
  readonly expiresAtMs: number
  /** As they were when it was queued; without an agent. */
  readonly dimensions: Dimensions
  outcome?: {
    readonly type: VisitOutcome
    readonly atMs: number
    readonly reason: string
    readonly leg?: Leg
  }
}

/** One agent's part of the call. */
export type Leg = {
  readonly legId: string | undefined
  readonly agentId: string | undefined
  readonly startMs: number
  readonly dimensions: Dimensions
  /** The same without the agent. */
  readonly callDimensions: Dimensions
  endMs?: number
  wrappedAtMs?: number
  holdMs: number
  holdSinceMs?: number
  heldAtMs?: number
  transferred?: { readonly atMs: number; readonly mode: string }
  endsWithNextAnswer: boolean
}

/** Things counted as they happen: blocked, alerted, declined. */
export type Mark = {
  readonly kind: 'blocked' | 'alerted' | 'declined'
  readonly atMs: number
  readonly key: string
  readonly dimensions: Dimensions
}

type CallDraft = {
  readonly rules: Rules
  dimensions: Dimensions
  readonly visits: Visit[]
  readonly legs: Leg[]
  readonly marks: Mark[]
  readonly orphans: { atMs: number; dimensions: Dimensions }[]
  readonly calledBackAtMs: number[]
}

/** Walks a call's events, sorted as a timeline is, into its visits and legs. */
export const readCall = (events: readonly Event[], rules: Rules): Call => {
  const draft: CallDraft = {
    rules,
    dimensions: callDimensions,
    visits: [],
    legs: [],
    marks: [],
    orphans: [],
    calledBackAtMs: [],
  }
  for (const event of events) {
    draft.dimensions = foldDimensions(draft.dimensions, event)
    readEvent(draft, event)
  }
  const first = events.find(({ type }) => type.startsWith('call.'))
  return { ...draft, createdAtMs: first?.occurredAt ?? 0 }
}

const readEvent = (draft: CallDraft, event: Event): void => {
  switch (event.type) {
    case 'call.queued':
      return queueVisit(draft, event)
    case 'call.answered':
      return answerVisit(draft, event)
    case 'call.abandoned':
      return leaveVisit(draft, event, 'abandoned')
    case 'call.diverted':
      return leaveVisit(draft, event, 'diverted')
    case 'call.blocked':
      return markEvent(draft, event, { kind: 'blocked', key: event.reason })
    case 'call.alerted':
      return markEvent(draft, event, { kind: 'alerted', key: '' })
    case 'call.declined':
      return markEvent(draft, event, { kind: 'declined', key: '' })
    case 'call.held':
      return holdLeg(draft, event)
    case 'call.resumed':
      return resumeLeg(draft, event)
    case 'call.transferred':
      return transferLeg(draft, event)
    case 'call.called_back':
      draft.calledBackAtMs.push(event.occurredAt)
      return
    case 'call.ended':
      return endCall(draft, event)
    case 'call.wrapped':
      return wrapLeg(draft, event)
    default:
  }
}

const queueVisit = (draft: CallDraft, event: EventOf<'call.queued'>): void => {
  const { visitId, occurredAt } = event
  if (visitId !== undefined && draft.visits.some((visit) => visit.visitId === visitId)) return
  draft.visits.push({
    visitId,
    queuedAtMs: occurredAt,
    expiresAtMs: occurredAt + draft.rules.visitExpiryMs,
    dimensions: draft.dimensions,
  })
}

type Outcome = EventOf<'call.answered'> | EventOf<'call.abandoned'> | EventOf<'call.diverted'>

/** The latest open visit queued before the outcome's instant, else one queued at it; by visit or queue where named. */
const openVisitFor = (draft: CallDraft, event: Outcome): Visit | undefined => {
  let found: Visit | undefined
  for (const visit of draft.visits) {
    if (visit.outcome || event.occurredAt >= visit.expiresAtMs || visit.queuedAtMs > event.occurredAt)
      continue
    if (event.visitId !== undefined && visit.visitId !== event.visitId) continue
    if (event.queueId !== undefined && visit.dimensions.queueId !== event.queueId) continue
    if (found === undefined || found.queuedAtMs === event.occurredAt || visit.queuedAtMs < event.occurredAt)
      found = visit
  }
  return found
}

const answerVisit = (draft: CallDraft, event: EventOf<'call.answered'>): void => {
  const { occurredAt: atMs, agentId, legId } = event
  const visit = openVisitFor(draft, event)
  for (const leg of draft.legs) if (leg.endsWithNextAnswer && leg.endMs === undefined) endLeg(leg, atMs)
  const dimensions = visit?.dimensions ?? draft.dimensions
  const leg: Leg = {
    legId,
    agentId,
    startMs: atMs,
    dimensions: withAgent(dimensions, agentId),
    callDimensions: dimensions,
    holdMs: 0,
    endsWithNextAnswer: false,
  }
  draft.legs.push(leg)
  if (visit) visit.outcome = { type: 'answered', atMs, reason: '', leg }
  else draft.orphans.push({ atMs, dimensions })
}

const leaveVisit = (
  draft: CallDraft,
  event: EventOf<'call.abandoned'> | EventOf<'call.diverted'>,
  type: 'abandoned' | 'diverted',
): void => {
  const visit = openVisitFor(draft, event)
  const reason = event.type === 'call.diverted' ? event.reason : ''
  if (visit) visit.outcome = { type, atMs: event.occurredAt, reason }
  else draft.orphans.push({ atMs: event.occurredAt, dimensions: draft.dimensions })
}

const markEvent = (draft: CallDraft, event: Event, mark: Pick<Mark, 'kind' | 'key'>): void => {
  const dimensions = withAgent(draft.dimensions, event.agentId)
  draft.marks.push({ ...mark, atMs: event.occurredAt, dimensions })
}

type LegEvent = Event & { readonly legId?: string }

/** The leg an event speaks of: by id, by agent, else the latest that fits. */
const findLeg = (draft: CallDraft, event: LegEvent, fits: (leg: Leg) => boolean): Leg | undefined =>
  draft.legs.findLast(
    (leg) =>
      fits(leg) &&
      (event.legId !== undefined
        ? leg.legId === event.legId
        : event.agentId === undefined || leg.agentId === event.agentId),
  )

const isOpen = (leg: Leg) => leg.endMs === undefined

const holdLeg = (draft: CallDraft, event: EventOf<'call.held'>): void => {
  const leg = findLeg(draft, event, isOpen)
  if (!leg || leg.holdSinceMs !== undefined) return
  leg.holdSinceMs = event.occurredAt
  leg.heldAtMs ??= event.occurredAt
}

const resumeLeg = (draft: CallDraft, event: EventOf<'call.resumed'>): void => {
  const leg = findLeg(draft, event, (candidate) => isOpen(candidate) && candidate.holdSinceMs !== undefined)
  if (leg) closeHold(leg, event.occurredAt)
}

const closeHold = (leg: Leg, atMs: number): void => {
  if (leg.holdSinceMs === undefined) return
  leg.holdMs += atMs - leg.holdSinceMs
  delete leg.holdSinceMs
}

/** At one instant the answer comes first: a leg that begins there is where the transfer leads, not what it ends. */
const transferLeg = (draft: CallDraft, event: EventOf<'call.transferred'>): void => {
  const { occurredAt: atMs, mode } = event
  const began = (leg: Leg) => leg.startMs < atMs
  const leg = findLeg(draft, event, (one) => isOpen(one) && began(one)) ?? findLeg(draft, event, isOpen)
  if (!leg) {
    draft.orphans.push({ atMs, dimensions: draft.dimensions })
    return
  }
  leg.transferred ??= { atMs, mode }
  const isAnswered = began(leg) && draft.legs.some(({ startMs }) => startMs === atMs)
  if (mode === 'blind' || isAnswered) endLeg(leg, atMs)
  else leg.endsWithNextAnswer = true
}

const endLeg = (leg: Leg, atMs: number): void => {
  closeHold(leg, atMs)
  leg.endMs = atMs
}

const endCall = (draft: CallDraft, event: EventOf<'call.ended'>): void => {
  const { occurredAt: atMs, legId } = event
  if (legId !== undefined) {
    const leg = draft.legs.findLast((candidate) => isOpen(candidate) && candidate.legId === legId)
    if (leg) endLeg(leg, atMs)
    return
  }
  for (const leg of draft.legs) if (isOpen(leg)) endLeg(leg, atMs)
  for (const visit of draft.visits)
    if (!visit.outcome && atMs < visit.expiresAtMs) visit.outcome = { type: 'abandoned', atMs, reason: '' }
}

const wrapLeg = (draft: CallDraft, event: EventOf<'call.wrapped'>): void => {
  const leg = findLeg(draft, event, (candidate) => !isOpen(candidate) && candidate.wrappedAtMs === undefined)
  if (leg) leg.wrappedAtMs = event.occurredAt
  else draft.orphans.push({ atMs: event.occurredAt, dimensions: draft.dimensions })
}
