import type { Dimensions } from '../contribution.ts'
import { type Event, type EventOf, subjectOf } from '../events.ts'
import type { Rules } from '../rules.ts'
import { foldDimensions, withAgent } from './dimensions.ts'

export type TicketStatus = EventOf<'ticket.status_changed'>['status']
export type PublicAuthor = 'customer' | 'agent' | 'bot'
type Message = EventOf<'message.sent'>

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
  readonly firstReopening: Stage | undefined
  /** Deleted (not for privacy) or spam: it and its measures disappear. */
  readonly isErased: boolean
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
    firstReopening: stages.find(({ change }) => change === 'reopened'),
    isErased: isErased(events),
    isMerged: events.some(({ type }) => type === 'ticket.merged'),
    endedAtMs: endOf(stages),
  }
}

/** Whether the subject and its measures disappear. */
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
  const wasMerged =
    before?.event.type === 'ticket.merged' ||
    (before?.createdAtMs !== undefined && !before.isOpen && !isResolvedStatus(before.status))
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
    isOpen: createdAtMs !== undefined && !isResolvedStatus(status),
    isReplied: before?.isReplied === true || author === 'agent',
    unansweredSinceMs: unansweredAfter(before, event, author),
    dimensions,
    ownDimensions: isSame ? before.ownDimensions : withAgent(dimensions, assigneeId),
  }
}
