import type { EventOf } from '../core/events.ts'
import { priorities, type QueueRow } from './profiles.ts'
import { drawFrom, drawInteger, drawLognormal, drawUniform, drawWeighted, type Weighted } from './random.ts'
import {
  after,
  createSubject,
  drawChance,
  drawCustomer,
  drawTicketQueue,
  nextId,
  recordEvent,
  type Subject,
  type World,
} from './world.ts'

/** A ticket while somebody works on it. */
export type Ticket = {
  readonly subject: Subject
  readonly row: QueueRow
  /** Empty until somebody has it. */
  agentId: string
  turnCount: number
  reopenCount: number
  workedMs: number
  isEscalated: boolean
}

export type Kind = NonNullable<EventOf<'ticket.created'>['kind']>
export type Opening = {
  readonly channel: string
  readonly openedBy: EventOf<'ticket.created'>['openedBy']
  readonly call?: Subject
  readonly row?: QueueRow
}

const HOUR_MS = 3_600_000
const kinds: Weighted<Kind> = [
  ['question', 46],
  ['incident', 22],
  ['request', 24],
  ['complaint', 8],
]
/** One of so many agents answers the letters of a queue. */
const agentsPerQueue = 12

export function openTicket(world: World, opening: Opening): Ticket {
  const row = opening.row ?? drawTicketQueue(world)
  const called = opening.call?.dimensions
  const subject = createSubject(world, nextId(world, 't'), {
    queueId: row.queueId,
    channel: opening.channel,
    priority: called?.priority ?? drawWeighted(world.random, priorities),
    category: drawFrom(world.random, row.categories),
    customerId: called?.customerId ?? drawCustomer(world),
  })
  recordEvent(world, subject, {
    type: 'ticket.created',
    ticketId: subject.id,
    kind: drawWeighted(world.random, kinds),
    openedBy: opening.openedBy,
    ...(opening.call === undefined ? {} : { callId: opening.call.id }),
  })
  return { subject, row, agentId: '', turnCount: 0, reopenCount: 0, workedMs: 0, isEscalated: false }
}

/** Gives the ticket to an agent of its queue's desk. */
export function assignTicket(world: World, ticket: Ticket): void {
  ticket.agentId = drawDeskAgent(world, ticket.row.queueId)
  ticket.subject.dimensions.teamId = `${ticket.row.queueId}-desk`
  recordEvent(world, ticket.subject, {
    type: 'ticket.assigned',
    ticketId: ticket.subject.id,
    agentId: ticket.agentId,
    teamId: `${ticket.row.queueId}-desk`,
  })
}

export function setStatus(world: World, ticket: Ticket, status: 'open' | 'pending' | 'on-hold'): void {
  recordEvent(world, ticket.subject, {
    type: 'ticket.status_changed',
    ticketId: ticket.subject.id,
    status,
    ...byAgent(ticket),
  })
}

/** The customer takes the ticket up the ladder: more urgent, and with another agent. */
export function escalateTicket(world: World, ticket: Ticket): void {
  ticket.isEscalated = true
  ticket.subject.dimensions.priority = 'urgent'
  recordEvent(world, ticket.subject, { type: 'ticket.escalated', ticketId: ticket.subject.id })
  assignTicket(world, ticket)
}

/** Logs work time; agents log in steps of whole seconds. */
export function logWork(world: World, ticket: Ticket, medianMs: number): void {
  const durationMs = Math.max(10, Math.round(drawLognormal(world.random, medianMs, 0.7) / 1000)) * 1000
  ticket.workedMs += durationMs
  recordEvent(world, ticket.subject, {
    type: 'ticket.worked',
    ticketId: ticket.subject.id,
    agentId: ticket.agentId,
    durationMs,
  })
}

/** Two ways to say it, as two kinds of help desks do. */
export function recordResolution(world: World, ticket: Ticket): void {
  ticket.subject.isOpen = false
  const ticketId = ticket.subject.id
  if (drawChance(world, 0.7)) {
    recordEvent(world, ticket.subject, { type: 'ticket.resolved', ticketId, ...byAgent(ticket) })
  } else {
    recordEvent(world, ticket.subject, {
      type: 'ticket.status_changed',
      ticketId,
      status: 'solved',
      ...byAgent(ticket),
    })
  }
}

/** What is closed stays closed. */
export function closeLater(world: World, ticket: Ticket): void {
  after(world, drawUniform(world.random, 92, 100) * HOUR_MS, () => {
    recordEvent(world, ticket.subject, { type: 'ticket.closed', ticketId: ticket.subject.id })
  })
}

export function byAgent(ticket: Ticket): { agentId?: string } {
  return ticket.agentId === '' ? {} : { agentId: ticket.agentId }
}

function drawDeskAgent(world: World, queueId: string): string {
  const spread = Math.ceil(agentsPerQueue * Math.max(1, world.customerCount / 100_000))
  return `${queueId}-${drawInteger(world.random, spread) + 1}`
}
