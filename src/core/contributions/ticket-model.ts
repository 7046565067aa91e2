import type { Dimensions } from '../contribution.ts'
import { type Event, type EventOf, subjectOf } from '../events.ts'
import type { Rules } from '../rules.ts'
import { foldDimensions, withAgent } from './dimensions.ts'

export type TicketStatus = EventOf<'ticket.status_changed'>['status']
export type PublicAuthor = 'customer' | 'agent' | 'bot'

/** What an event does to the ticket's life; a second resolution without a reopening is `resolved-again`. */
export type Change = 'created' | 'resolved' | 'resolved-again' | 'reopened'

/** What holds from an event of the ticket until the next one. Times are epoch ms. */
export type Stage = {
  /** Place of the event in the timeline: tells apart what happens at one instant. */
  readonly order: number
  readonly atMs: number
  /** The next event's instant; after the last one the instant at which an open subject expires. */
  readonly untilMs: number
  readonly event: Event
  readonly change: Change | undefined
  readonly author: PublicAuthor | undefined
  readonly createdAtMs: number | undefined
  /** Undefined while no event has told it. */
  readonly status: TicketStatus | undefined
  readonly assigneeId: string | undefined
  /** In the gauges of open tickets. */
  readonly isOpen: boolean
  readonly isMerged: boolean
  /** Merged, deleted or spam: it ended for good, while a closed one may be reopened. */
  readonly isOver: boolean
  /** Since when it has been closed, merged, deleted or spam; undefined while it is not. */
  readonly endedAtMs: number | undefined
  /** Whether a public human reply has been seen. */
  readonly isReplied: boolean
  /** The first customer message, or the customer's creation, that no public human reply follows. */
  readonly unansweredSinceMs: number | undefined
  /** The ticket's, without an agent. */
  readonly dimensions: Dimensions
  /** The same with the assignee as agent. */
  readonly ownDimensions: Dimensions
}

/** What a ticket's or a conversation's events say, before anything is counted. */
export type Ticket = {
  readonly isConversation: boolean
  readonly stages: readonly Stage[]
  readonly creation: (Stage & { readonly event: EventOf<'ticket.created'> }) | undefined
  /** The first after the creation was seen: what has a duration. */
  readonly firstResolution: Stage | undefined
  readonly firstReopening: Stage | undefined
  readonly isMerged: boolean
  /** Since when it has been closed, merged, deleted or spam; undefined while it is not. */
  readonly endedAtMs: number | undefined
}

/** Walks the events, sorted as a timeline is. */
export const readTicket = (events: readonly Event[], rules: Rules): Ticket => {
  const stages: Stage[] = []
  let before: Stage | undefined
  for (const [order, event] of events.entries()) {
    const untilMs = events[order + 1]?.occurredAt ?? event.occurredAt + rules.openSubjectExpiryMs
    before = readStage(before, event, { order, untilMs })
    stages.push(before)
  }
  const [first] = events
  return {
    isConversation: first !== undefined && subjectOf(first).kind === 'conversation',
    stages,
    creation: stages.find((stage): stage is NonNullable<Ticket['creation']> => stage.change === 'created'),
    firstResolution: stages.find(
      ({ change, createdAtMs }) => change === 'resolved' && createdAtMs !== undefined,
    ),
    firstReopening: stages.find(({ change }) => change === 'reopened'),
    isMerged: events.some(({ type }) => type === 'ticket.merged'),
    endedAtMs: stages.at(-1)?.endedAtMs,
  }
}

/** Deleted or spam: the subject and its measures disappear. A deletion for privacy changes no number. */
export const isErased = (events: readonly Event[]): boolean => events.some(erases)

const erases = (event: Event): boolean =>
  event.type === 'ticket.spam' || (event.type === 'ticket.deleted' && event.reason !== 'privacy')

export const isResolvedStatus = (status: TicketStatus | undefined): boolean =>
  status === 'solved' || status === 'closed'

/** In the backlog: open, and not waiting for the customer. */
export const isBacklogStatus = (status: TicketStatus | undefined): boolean =>
  status === 'new' || status === 'open' || status === 'on-hold'

const readStage = (
  before: Stage | undefined,
  event: Event,
  { order, untilMs }: { readonly order: number; readonly untilMs: number },
): Stage => {
  const status = statusAfter(before, event)
  const author = publicAuthor(event)
  const change = changeOf(before, event, status)
  const assigneeId = assigneeAfter(before?.assigneeId, event)
  const dimensions = foldDimensions(before?.dimensions ?? noDimensions, event)
  const isSame = before?.dimensions === dimensions && before.assigneeId === assigneeId
  const createdAtMs = before?.createdAtMs ?? (change === 'created' ? event.occurredAt : undefined)
  const isMerged = before?.isMerged === true || event.type === 'ticket.merged'
  const isOver = before?.isOver === true || isMerged || erases(event)
  const isEnded = isOver || status === 'closed'
  return {
    order,
    atMs: event.occurredAt,
    untilMs,
    event,
    change,
    author,
    createdAtMs,
    status,
    assigneeId,
    isOpen: createdAtMs !== undefined && !isMerged && !isResolvedStatus(status),
    isMerged,
    isOver,
    endedAtMs: isEnded ? (before?.endedAtMs ?? event.occurredAt) : undefined,
    isReplied: before?.isReplied === true || author === 'agent',
    unansweredSinceMs: unansweredAfter(before, event, author),
    dimensions,
    ownDimensions: isSame ? before.ownDimensions : withAgent(dimensions, assigneeId),
  }
}

const noDimensions: Dimensions = {}

/** Who speaks in public; private messages and the system's say nothing. */
const publicAuthor = (event: Event): PublicAuthor | undefined =>
  event.type === 'message.sent' && event.public && event.author !== 'system' ? event.author : undefined

const statusAfter = (before: Stage | undefined, event: Event): TicketStatus | undefined => {
  switch (event.type) {
    case 'ticket.created':
      return before?.createdAtMs === undefined ? 'new' : before.status
    case 'ticket.status_changed':
      return event.status
    case 'ticket.reopened':
      return 'open'
    case 'ticket.resolved':
      return 'solved'
    case 'ticket.closed':
      return 'closed'
    default:
      return before?.status
  }
}

const changeOf = (
  before: Stage | undefined,
  event: Event,
  status: TicketStatus | undefined,
): Change | undefined => {
  if (event.type === 'ticket.created' && before?.createdAtMs === undefined) return 'created'
  const wasResolved = isResolvedStatus(before?.status)
  if (!isResolvedStatus(status)) return wasResolved ? 'reopened' : undefined
  if (!wasResolved) return 'resolved'
  return status === 'solved' && saysStatus(event) ? 'resolved-again' : undefined
}

const saysStatus = ({ type }: Event): boolean =>
  type === 'ticket.resolved' || type === 'ticket.status_changed'

/** Messages and work name who acts; only these three say whose the ticket is. */
const assigneeAfter = (before: string | undefined, event: Event): string | undefined => {
  switch (event.type) {
    case 'ticket.assigned':
      return event.agentId
    case 'ticket.created':
    case 'ticket.updated':
      return event.agentId ?? before
    default:
      return before
  }
}

const unansweredAfter = (
  before: Stage | undefined,
  event: Event,
  author: PublicAuthor | undefined,
): number | undefined => {
  if (author === 'agent') return undefined
  const opens = event.type === 'ticket.created' && event.openedBy === 'customer'
  const isAsked = author === 'customer' || (opens && before?.createdAtMs === undefined)
  return before?.unansweredSinceMs ?? (isAsked ? event.occurredAt : undefined)
}

/** The agent who sent it; bots are not agents. */
export const senderOf = ({ event }: Stage): string | undefined =>
  event.type === 'message.sent' && event.author === 'agent' ? event.agentId : undefined
