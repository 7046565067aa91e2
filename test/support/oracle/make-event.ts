import type { Event, EventType } from '../../../src/core/events.ts'

type Own = Readonly<Record<string, unknown>>

const defaults: { readonly [T in EventType]?: Own } = {
  'call.queued': { callId: 'call', queueId: 'billing', direction: 'inbound' },
  'call.answered': { agentId: 'anna' },
  'ticket.created': { openedBy: 'customer' },
  'message.sent': { messageId: 'message', public: true },
  'ticket.worked': { agentId: 'anna' },
}

let made = 0

/** A decoded event for a test: of call `call` or ticket `ticket` and under a new id where nothing else is given. */
export const makeEvent = (type: EventType, occurredAt: number, own: Own = {}): Event => {
  made += 1
  const subject: Readonly<Record<string, string>> = type.startsWith('call.')
    ? { callId: 'call' }
    : 'conversationId' in own || 'callId' in own
      ? {}
      : { ticketId: 'ticket' }
  return {
    eventId: `made-${made}`,
    tenantId: 'default',
    ...subject,
    ...defaults[type],
    ...own,
    type,
    occurredAt,
  } as unknown as Event
}
