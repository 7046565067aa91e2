import type { Event, EventOf } from '../../../src/core/events.ts'
import type { Dims } from './facts.ts'
import { dimsAfter, withAgent } from './timeline.ts'

export type TicketState = {
  /** Undefined until `ticket.created` is seen. */
  readonly createdAt?: number
  /** Undefined while nothing has said it. */
  readonly status?: string
  readonly assignee?: string
  readonly dims: Dims
  readonly isMerged: boolean
}

/** One event of a ticket with what held before and after it. */
export type Moment = {
  readonly index: number
  readonly at: number
  readonly event: Event
  readonly before: TicketState
  readonly after: TicketState
  /** Until the next event, or until silence ends an open ticket. */
  readonly until: number
}

export const isResolved = ({ status }: TicketState): boolean => status === 'solved' || status === 'closed'

/** In the gauges of open tickets. */
export const isOpen = (state: TicketState): boolean =>
  state.createdAt !== undefined && !isResolved(state) && !state.isMerged

export const ownerDims = ({ dims, assignee }: TicketState): Dims => withAgent(dims, assignee)

const statusAfter = (before: TicketState, event: Event): string | undefined => {
  switch (event.type) {
    case 'ticket.created':
      return before.createdAt === undefined ? 'new' : before.status
    case 'ticket.status_changed':
      return event.status
    case 'ticket.resolved':
      return 'solved'
    case 'ticket.closed':
      return 'closed'
    case 'ticket.reopened':
      return 'open'
    default:
      return before.status
  }
}

const assigneeAfter = (before: TicketState, event: Event): string | undefined => {
  if (event.type === 'ticket.assigned') return event.agentId
  if (event.type === 'ticket.created' || event.type === 'ticket.updated')
    return event.agentId ?? before.assignee
  return before.assignee
}

const stateAfter = (before: TicketState, event: Event): TicketState => {
  const status = statusAfter(before, event)
  const assignee = assigneeAfter(before, event)
  const createdAt = before.createdAt ?? (event.type === 'ticket.created' ? event.occurredAt : undefined)
  return {
    dims: dimsAfter(before.dims, event),
    isMerged: before.isMerged || event.type === 'ticket.merged',
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(status === undefined ? {} : { status }),
    ...(assignee === undefined ? {} : { assignee }),
  }
}

export const tellTicket = (events: readonly Event[], openSubjectExpiryMs: number): readonly Moment[] => {
  const moments: Moment[] = []
  let before: TicketState = { dims: {}, isMerged: false }
  for (const [index, event] of events.entries()) {
    const after = stateAfter(before, event)
    const at = event.occurredAt
    const until = events[index + 1]?.occurredAt ?? at + openSubjectExpiryMs
    moments.push({ index, at, event, before, after, until })
    before = after
  }
  return moments
}

export const isCreation = ({ event, before }: Moment): boolean =>
  event.type === 'ticket.created' && before.createdAt === undefined

/** The entry into solved, or into closed when not solved. */
export const isResolution = (moment: Moment): boolean =>
  !isResolved(moment.before) && isResolved(moment.after)

export const isReopening = (moment: Moment): boolean =>
  isResolved(moment.before) && !isResolved(moment.after) && !isCreation(moment)

/** Solved once more without a reopening: moves the last resolution, counts nothing. */
export const isSolvedAgain = ({ event, before }: Moment): boolean =>
  isResolved(before) &&
  (event.type === 'ticket.resolved' || (event.type === 'ticket.status_changed' && event.status === 'solved'))

export type Message = EventOf<'message.sent'>

/** A public message by one of these authors, else null: private ones and the system's say nothing. */
export const publicMessage = (event: Event, ...authors: readonly Message['author'][]): Message | null =>
  event.type === 'message.sent' && event.public && authors.includes(event.author) ? event : null
