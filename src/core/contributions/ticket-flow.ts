import type { FactWriter } from '../contribution.ts'
import type { Event } from '../events.ts'
import { measures } from '../measures.ts'
import type { Stage, Ticket } from './ticket-model.ts'

/** Creation, assignments, escalations, and what became of the ticket as seen from them. A merged ticket has none. */
export const contributeFlow = (ticket: Ticket, writer: FactWriter): void => {
  const { creation, stages } = ticket
  const isResolved = stages.some(({ change }) => change === 'resolved')
  if (creation) contributeCreation(creation, isResolved, writer)
  for (const { event, atMs, ownDimensions } of stages)
    if (event.type === 'ticket.escalated') writer.count(measures.escalated, atMs, ownDimensions)
  contributeAssignments(stages, isResolved, writer)
}

const contributeCreation = (
  { atMs, event, ownDimensions }: NonNullable<Ticket['creation']>,
  isResolved: boolean,
  writer: FactWriter,
): void => {
  writer.count(measures.ticketsCreated, atMs, ownDimensions)
  if (event.callId === undefined) writer.count(measures.requests, atMs, ownDimensions)
  if (isResolved) writer.count(measures.cohortResolved, atMs, ownDimensions)
}

/** The first to any agent, and the first to each. */
const contributeAssignments = (stages: readonly Stage[], isResolved: boolean, writer: FactWriter): void => {
  const agents = new Set<string>()
  for (const { assigneeId, atMs, ownDimensions } of stages) {
    if (assigneeId === undefined || agents.has(assigneeId)) continue
    if (agents.size === 0) writer.count(measures.assigned, atMs, ownDimensions)
    if (agents.size === 0 && isResolved) writer.count(measures.assignedResolved, atMs, ownDimensions)
    agents.add(assigneeId)
    writer.count(measures.assignedToAgent, atMs, ownDimensions)
    if (isResolved) writer.count(measures.assignedToAgentResolved, atMs, ownDimensions)
  }
}

/** A conversation is a request of its own from its first message on. */
export const contributeConversation = ({ stages }: Ticket, writer: FactWriter): void => {
  const first = stages.find(({ event }) => event.type === 'message.sent')
  if (first) writer.count(measures.requests, first.atMs, first.dimensions)
}

/** A ticket whose creation was not seen is counted once; surveys alone say nothing of a ticket. */
export const contributeOrphan = ({ stages, creation }: Ticket, writer: FactWriter): void => {
  const first = creation ? undefined : stages.find(({ event }) => isOfTicket(event))
  if (first) writer.count(measures.orphans, first.atMs, first.dimensions)
}

const isOfTicket = ({ type }: Event): boolean => type.startsWith('ticket.') || type === 'message.sent'
