/** An event as `JSON.parse` gives it: nothing is checked. */
export type PlainEvent = {
  readonly type: string
  readonly occurredAt: string
  readonly [field: string]: unknown
}

/** The hash of a call or ticket. */
export type Known = Record<string, string>

export type Bump = (bucket: string, field: string, by: number) => void

const dimensions = ['queueId', 'channel', 'teamId', 'agentId'] as const
const thresholdMs = 20_000

export const subjectKeyOf = (event: PlainEvent): string =>
  event.callId === undefined
    ? `ticket:${event.ticketId ?? event.conversationId ?? event.surveyId}`
    : `call:${event.callId}`

/** Adds what the event says to the minute's counters of its scopes; returns the subject's hash as it is now. */
export const countEvent = (event: PlainEvent, known: Known, bump: Bump): Known => {
  const atMs = Date.parse(event.occurredAt)
  const minute = Math.floor(atMs / 60_000)
  const add = (field: string, by = 1) => {
    bump(`all:${minute}`, field, by)
    for (const name of dimensions) {
      const value = event[name] ?? known[name]
      if (value !== undefined) bump(`${name}=${value}:${minute}`, field, by)
    }
  }
  const waitedMs = atMs - Number(known.startedAt ?? atMs)
  switch (event.type) {
    case 'call.queued':
      add('offered')
      return begin(event, atMs)
    case 'call.answered':
      add('answered')
      add('waitMs', waitedMs)
      if (waitedMs <= thresholdMs) add('withinThreshold')
      return { ...known, answeredAt: String(atMs), agentId: String(event.agentId) }
    case 'call.abandoned':
      add('abandoned')
      add('abandonedWaitMs', waitedMs)
      return { ...known, endedAt: String(atMs) }
    case 'call.ended':
      if (known.answeredAt === undefined) return known
      add('talkMs', atMs - Number(known.answeredAt))
      return { ...known, endedAt: String(atMs) }
    case 'call.wrapped':
      add('wrapMs', atMs - Number(known.endedAt ?? atMs))
      return known
    case 'ticket.created':
      add('created')
      return begin(event, atMs)
    case 'message.sent':
      return countMessage(event, known, { atMs, waitedMs, add })
    case 'ticket.resolved':
      add('resolved')
      add('resolutionMs', waitedMs)
      return { ...known, resolvedAt: String(atMs) }
    case 'ticket.reopened':
      add('reopened')
      return known
    case 'ticket.escalated':
      add('escalated')
      return known
    case 'survey.answered':
      add('answers')
      add('score', Number(event.score))
      return known
    default:
      add(event.type)
      return known
  }
}

const begin = (event: PlainEvent, atMs: number): Known => {
  const known: Known = { startedAt: String(atMs) }
  for (const name of dimensions) if (event[name] !== undefined) known[name] = String(event[name])
  return known
}

type Counting = {
  readonly atMs: number
  readonly waitedMs: number
  readonly add: (field: string, by?: number) => void
}

const countMessage = (event: PlainEvent, known: Known, { atMs, waitedMs, add }: Counting): Known => {
  add('messages')
  if (event.author !== 'agent' || known.repliedAt !== undefined) return known
  add('firstReplies')
  add('firstReplyMs', waitedMs)
  return { ...known, repliedAt: String(atMs) }
}
