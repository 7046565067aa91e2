import type { Event } from '../../../src/core/events.ts'
import type { OracleConfig } from './config.ts'
import type { Findings } from './facts.ts'
import { findReplies } from './replies.ts'
import { tellTicket } from './ticket-story.ts'

/** A conversation without a ticket: its clock starts at the customer's first message. */
export const findConversation = (events: readonly Event[], config: OracleConfig): Findings => {
  const moments = tellTicket(events, config.openSubjectExpiryMs)
  const [first] = moments.filter(({ event }) => event.type === 'message.sent')
  if (!first) return { facts: [], spans: [] }
  const request = { measure: 'request', at: first.at, value: 1, dims: first.after.dims }
  return { facts: [request, ...findReplies(moments, config).facts], spans: [] }
}
