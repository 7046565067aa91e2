import type { FactWriter } from '../contribution.ts'
import type { Event } from '../events.ts'
import type { Rules } from '../rules.ts'
import { contributeOpenTicket } from './open-ticket.ts'
import { contributePromises } from './promises.ts'
import { contributeReplies } from './replies.ts'
import { contributeResolutions } from './resolutions.ts'
import { contributeConversation, contributeFlow, contributeOrphan } from './ticket-flow.ts'
import { isErased, readTicket } from './ticket-model.ts'

/**
 * Files what the events of a ticket or a conversation say, surveys apart; returns since when it has been closed, merged,
 * deleted or spam, or undefined while it is not (a resolved ticket may come back).
 */
export const contributeTicket = (
  events: readonly Event[],
  rules: Rules,
  writer: FactWriter,
): number | undefined => {
  const ticket = readTicket(events, rules)
  if (isErased(events)) return ticket.endedAtMs
  contributeReplies(ticket, rules, writer)
  if (ticket.isConversation) {
    contributeConversation(ticket, writer)
    return undefined
  }
  contributeOrphan(ticket, writer)
  contributePromises(ticket, rules, writer)
  if (ticket.isMerged) return ticket.endedAtMs
  contributeFlow(ticket, writer)
  contributeResolutions(ticket, rules, writer)
  contributeOpenTicket(ticket, writer)
  return ticket.endedAtMs
}
