import fc from 'fast-check'
import type { EventType } from '../../../src/core/events.ts'
import { agentId, type Body, compact, sometimes } from './alphabet.ts'

const body = (
  type: EventType,
  own: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<Body> => fc.record(own).map((fields) => ({ type, ...compact(fields) }))

const actor = { agentId: sometimes(agentId) }
const created = body('ticket.created', {
  ...actor,
  kind: sometimes(fc.constantFrom('complaint', 'question')),
  openedBy: fc.constantFrom('customer', 'customer', 'agent', 'bot'),
  callId: fc.option(fc.constant('call-1'), { nil: undefined, freq: 9 }),
})
const complaint = body('ticket.created', {
  ...actor,
  kind: fc.constant('complaint'),
  openedBy: fc.constant('customer'),
})
const escalated = body('ticket.escalated')
const message = body('message.sent', {
  ...actor,
  messageId: fc.constantFrom('m-1', 'm-2', 'm-3'),
  author: fc.constantFrom('customer', 'customer', 'agent', 'agent', 'bot', 'system'),
  public: fc.constantFrom(true, true, true, false),
})
const written = (author: 'customer' | 'agent') =>
  body('message.sent', {
    ...actor,
    messageId: fc.constantFrom('m-1', 'm-2', 'm-3'),
    author: fc.constant(author),
    public: fc.constant(true),
  })
const status = body('ticket.status_changed', {
  ...actor,
  status: fc.constantFrom('new', 'open', 'pending', 'on-hold', 'solved', 'closed'),
})
const resolved = body('ticket.resolved', actor)
const reopened = body('ticket.reopened', actor)
const worked = body('ticket.worked', { agentId, durationMs: fc.integer({ min: 0, max: 600_000 }) })
const assigned = body('ticket.assigned', { ...actor, teamId: sometimes(fc.constantFrom('front', 'back')) })

/** Any event of a ticket, whatever came before. */
export const ticketBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 3, arbitrary: created },
  { weight: 9, arbitrary: message },
  { weight: 4, arbitrary: status },
  { weight: 5, arbitrary: resolved },
  { weight: 4, arbitrary: reopened },
  { weight: 2, arbitrary: worked },
  { weight: 3, arbitrary: assigned },
  { weight: 1, arbitrary: body('ticket.updated', actor) },
  { weight: 1, arbitrary: body('ticket.handed_off') },
  { weight: 1, arbitrary: escalated },
  { weight: 1, arbitrary: body('ticket.closed', actor) },
)

/** What ends a ticket for good, or hardly. */
export const ticketEnding: fc.Arbitrary<Body> = fc.oneof(
  body('ticket.merged'),
  body('ticket.spam'),
  body('ticket.deleted', { reason: sometimes(fc.constantFrom('privacy', 'wish')) }),
)

/** Lives that tickets do have, in order. */
export const ticketCourse: fc.Arbitrary<readonly Body[]> = fc.oneof(
  fc.tuple(created, message, assigned, message, worked, resolved),
  fc.tuple(created, message, message, resolved, reopened, message, resolved),
  fc.tuple(created, body('ticket.handed_off'), message, status, status, resolved, body('ticket.closed')),
  fc.tuple(created, status, body('ticket.updated', actor), message),
  fc.tuple(created, written('agent'), written('customer'), written('customer'), written('agent'), resolved),
  fc.tuple(complaint, escalated, resolved),
  fc.tuple(created, assigned, written('customer'), written('agent'), written('customer')),
)

export const messageBody = message
