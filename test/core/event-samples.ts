import { type Event, parseEvent } from '../../src/core/events.ts'

export const base = { eventId: 'e-1', occurredAt: 1_000 }
const minimal: Readonly<Record<string, object>> = {
  'call.queued': { callId: 'c', queueId: 'q' },
  'call.answered': { callId: 'c', agentId: 'a' },
  'call.diverted': { callId: 'c', reason: 'overflow' },
  'call.blocked': { callId: 'c', reason: 'busy' },
  'call.transferred': { callId: 'c', mode: 'blind' },
  'ticket.status_changed': { ticketId: 't', status: 'on-hold' },
  'ticket.worked': { ticketId: 't', agentId: 'a', durationMs: 5 },
  'message.sent': { ticketId: 't', messageId: 'm', author: 'customer' },
  'survey.sent': { surveyId: 's', kind: 'csat' },
  'survey.answered': { surveyId: 's', kind: 'csat', score: 4, scaleMin: 1, scaleMax: 5 },
  'survey.expired': { surveyId: 's' },
  'feedback.received': { feedbackId: 'f' },
  'feedback.answered': { feedbackId: 'f' },
  'review.completed': { reviewId: 'r', categories: [{ name: 'n', weight: 1, score: 1, min: 0, max: 1 }] },
  'agent.state_changed': { agentId: 'a', state: 'wrap-up' },
  'order.completed': { customerId: 'k', orderId: 'o', amountMinor: 1 },
  'order.refunded': { customerId: 'k', orderId: 'o', amountMinor: 1 },
  'referral.made': { customerId: 'k', referralId: 'r' },
  'referral.converted': { customerId: 'k', referralId: 'r' },
  'engagement.recorded': { customerId: 'k', kind: 'loyalty' },
  'cost.recorded': { costId: 'x', amountMinor: 1, kind: 'salary' },
  'event.retracted': { retracts: 'e-0', callId: 'c' },
}

/** The required fields of a type. */
export function fieldsOf(type: string): Record<string, unknown> {
  const own = minimal[type] ?? { [`${type.split('.')[0]}Id`]: 'id-1' }
  return { ...base, type, ...own }
}

/** An event of the type with its required fields and these. */
export function eventOf(type: string, more: object = {}): Event {
  const parsed = parseEvent({ ...fieldsOf(type), ...more })
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.event
}
