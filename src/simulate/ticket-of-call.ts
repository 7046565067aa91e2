import { continueTicket, resolveTicket } from './letters.ts'
import type { QueueRow } from './profiles.ts'
import { logWork, openTicket, setStatus } from './tickets.ts'
import { drawChance, recordEvent, type Subject, type World } from './world.ts'

/** A ticket the agent makes for a call while wrapping it up. */
export type CallTicket = { readonly finish: () => void }

export type CallTicketOrder = { readonly call: Subject; readonly agentId: string; readonly row: QueueRow }

export function openCallTicket(world: World, { call, agentId, row }: CallTicketOrder): CallTicket {
  const ticket = openTicket(world, { channel: 'voice', openedBy: 'agent', call, row })
  ticket.agentId = agentId
  const { id: ticketId, dimensions } = ticket.subject
  dimensions.teamId = `${row.queueId}-desk`
  recordEvent(world, ticket.subject, {
    type: 'ticket.assigned',
    ticketId,
    agentId,
    teamId: `${row.queueId}-desk`,
  })
  return {
    finish: () => {
      logWork(world, ticket, row.talkMs)
      if (drawChance(world, 0.72)) return resolveTicket(world, ticket)
      setStatus(world, ticket, 'open')
      continueTicket(world, ticket, 120 * 60_000)
    },
  }
}
