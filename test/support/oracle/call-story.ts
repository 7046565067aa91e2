import type { Event, EventOf } from '../../../src/core/events.ts'
import type { OracleConfig } from './config.ts'
import type { Dims } from './facts.ts'
import { dimsAfter, withAgent } from './timeline.ts'

export type CallEvent = Extract<Event, { callId: string; legId?: string }>

export type Visit = {
  readonly visitId?: string
  readonly dims: Dims
  readonly queuedAt: number
  readonly expiresAt: number
  /** Set at an outcome; a visit without one is over at `expiresAt`. */
  exit?: {
    readonly at: number
    readonly outcome: 'answered' | 'abandoned' | 'diverted'
    readonly reason?: string
    readonly agentId?: string
  }
}

export type Leg = {
  readonly legId?: string
  readonly agentId: string
  readonly dims: Dims
  readonly answeredAt: number
  heldSince?: number
  wasHeld: boolean
  holdMs: number
  endsAtNextAnswer: boolean
  endedAt?: number
  wrappedAt?: number
}

export type Occurrence = { readonly event: CallEvent; readonly dims: Dims }

export type CallStory = {
  readonly events: readonly Event[]
  readonly visits: Visit[]
  readonly legs: Leg[]
  /** Alerts, declines, blocks with the call's dimensions at that instant. */
  readonly occurrences: Occurrence[]
  readonly transfers: { readonly leg: Leg; readonly at: number; readonly mode: string }[]
  readonly holds: { readonly leg: Leg; readonly at: number }[]
  readonly calledBackAt: number[]
  /** Dimensions before and at each survey event. */
  readonly surveyDims: Map<Event, Dims>
}

type Telling = { readonly story: CallStory; readonly config: OracleConfig; dims: Dims }

/** What happened to a call, told once through its events in order. */
export const tellCall = (events: readonly Event[], config: OracleConfig): CallStory => {
  const story: CallStory = {
    events,
    visits: [],
    legs: [],
    occurrences: [],
    transfers: [],
    holds: [],
    calledBackAt: [],
    surveyDims: new Map(),
  }
  const telling: Telling = { story, config, dims: { direction: 'inbound' } }
  for (const event of events) {
    telling.dims = dimsAfter(telling.dims, event)
    if (event.type.startsWith('call.')) tellEvent(telling, event as CallEvent)
    else story.surveyDims.set(event, withAgent(telling.dims, event.agentId ?? story.legs.at(-1)?.agentId))
  }
  return story
}

const tellEvent = (telling: Telling, event: CallEvent): void => {
  const { story, dims } = telling
  switch (event.type) {
    case 'call.queued':
      openVisit(telling, event)
      break
    case 'call.answered':
      answer(telling, event)
      break
    case 'call.abandoned':
      leaveVisit(story, event, { at: event.occurredAt, outcome: 'abandoned' })
      break
    case 'call.diverted':
      leaveVisit(story, event, { at: event.occurredAt, outcome: 'diverted', reason: event.reason })
      break
    case 'call.ended':
      endCall(story, event)
      break
    case 'call.held':
      hold(story, event)
      break
    case 'call.resumed':
      resume(story, event)
      break
    case 'call.transferred':
      transfer(story, event)
      break
    case 'call.wrapped':
      wrap(story, event)
      break
    case 'call.called_back':
      story.calledBackAt.push(event.occurredAt)
      break
    case 'call.alerted':
    case 'call.declined':
    case 'call.blocked':
      story.occurrences.push({ event, dims })
  }
}

const openVisit = ({ story, config, dims }: Telling, event: EventOf<'call.queued'>): void => {
  const { visitId, occurredAt } = event
  if (visitId !== undefined && story.visits.some((visit) => visit.visitId === visitId)) return
  const expiresAt = occurredAt + config.visitExpiryMs
  story.visits.push({ dims, queuedAt: occurredAt, expiresAt, ...(visitId === undefined ? {} : { visitId }) })
}

/** The visit that an outcome closes: the one it names, else the latest open one queued before, else one queued at it. */
const visitOf = (story: CallStory, event: CallEvent): Visit | undefined => {
  const at = event.occurredAt
  const open = story.visits.filter((visit) => visit.exit === undefined && at < visit.expiresAt)
  const fitting = open
    .filter((visit) => event.visitId === undefined || visit.visitId === event.visitId)
    .filter((visit) => event.queueId === undefined || visit.dims.queueId === event.queueId)
  return (
    fitting.findLast((visit) => visit.queuedAt < at) ?? fitting.findLast((visit) => visit.queuedAt === at)
  )
}

const leaveVisit = (story: CallStory, event: CallEvent, exit: NonNullable<Visit['exit']>): void => {
  const visit = visitOf(story, event)
  if (visit) visit.exit = exit
}

const answer = (telling: Telling, event: EventOf<'call.answered'>): void => {
  const { story } = telling
  const { agentId, legId, occurredAt } = event
  const visit = visitOf(story, event)
  if (visit) visit.exit = { at: occurredAt, outcome: 'answered', agentId }
  for (const leg of openLegs(story)) if (leg.endsAtNextAnswer) endLeg(leg, occurredAt)
  story.legs.push({
    agentId,
    dims: withAgent(visit?.dims ?? telling.dims, agentId),
    answeredAt: occurredAt,
    wasHeld: false,
    holdMs: 0,
    endsAtNextAnswer: false,
    ...(legId === undefined ? {} : { legId }),
  })
}

const openLegs = (story: CallStory): readonly Leg[] => story.legs.filter((leg) => leg.endedAt === undefined)

/** The leg an event names by its id, else the latest of its agent, else the latest. */
const legAmong = (legs: readonly Leg[], event: CallEvent): Leg | undefined => {
  if (event.legId !== undefined) return legs.findLast((leg) => leg.legId === event.legId)
  return legs.findLast((leg) => event.agentId === undefined || leg.agentId === event.agentId)
}

const hold = (story: CallStory, event: CallEvent): void => {
  const leg = legAmong(openLegs(story), event)
  if (!leg || leg.heldSince !== undefined) return
  leg.heldSince = event.occurredAt
  if (!leg.wasHeld) story.holds.push({ leg, at: event.occurredAt })
  leg.wasHeld = true
}

const resume = (story: CallStory, event: CallEvent): void => {
  const held = openLegs(story).filter((leg) => leg.heldSince !== undefined)
  const leg = legAmong(held, event)
  if (leg) closeHold(leg, event.occurredAt)
}

const closeHold = (leg: Leg, at: number): void => {
  if (leg.heldSince === undefined) return
  leg.holdMs += at - leg.heldSince
  delete leg.heldSince
}

const endLeg = (leg: Leg, at: number): void => {
  closeHold(leg, at)
  leg.endedAt = at
}

const transfer = (story: CallStory, event: EventOf<'call.transferred'>): void => {
  const at = event.occurredAt
  const open = openLegs(story)
  const standing = open.filter((one) => one.answeredAt < at)
  const leg = legAmong(standing, event) ?? legAmong(open, event)
  if (!leg) return
  const isTakenOver = standing.includes(leg) && story.legs.some((other) => other.answeredAt === at)
  const isFirst = story.transfers.every((earlier) => earlier.leg !== leg)
  if (isFirst) story.transfers.push({ leg, at, mode: event.mode })
  if (event.mode === 'blind' || isTakenOver) endLeg(leg, at)
  else leg.endsAtNextAnswer = true
}

const endCall = (story: CallStory, event: EventOf<'call.ended'>): void => {
  const at = event.occurredAt
  if (event.legId !== undefined) {
    const leg = legAmong(openLegs(story), event)
    if (leg) endLeg(leg, at)
    return
  }
  for (const leg of openLegs(story)) endLeg(leg, at)
  for (const visit of story.visits) {
    if (visit.exit === undefined && at < visit.expiresAt) visit.exit = { at, outcome: 'abandoned' }
  }
}

const wrap = (story: CallStory, event: CallEvent): void => {
  const ended = story.legs.filter((leg) => leg.endedAt !== undefined && leg.wrappedAt === undefined)
  const leg = legAmong(ended, event)
  if (leg) leg.wrappedAt = event.occurredAt
}
