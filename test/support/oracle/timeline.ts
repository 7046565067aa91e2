import type { Event } from '../../../src/core/events.ts'
import type { Dims } from './facts.ts'

export type OracleSubjectKind = 'call' | 'ticket' | 'conversation' | 'survey' | 'other'
export type OracleSubject = {
  readonly tenantId: string
  readonly kind: OracleSubjectKind
  readonly id: string
  /** What stands after conflicts, in order of life, retractions last of what is of one instant. */
  readonly events: readonly Event[]
}

const order = [
  ...['call.queued', 'call.alerted', 'call.declined', 'call.answered', 'call.held', 'call.resumed'],
  ...['call.transferred', 'call.abandoned', 'call.diverted', 'call.blocked', 'call.called_back'],
  ...['call.ended', 'call.wrapped'],
  ...['ticket.created', 'ticket.updated', 'ticket.handed_off', 'ticket.assigned', 'ticket.escalated'],
  ...['message by customer', 'message by bot', 'message by agent', 'ticket.worked', 'back to unresolved'],
  ...[
    'ticket.reopened',
    'ticket.resolved',
    'ticket.closed',
    'ticket.merged',
    'ticket.deleted',
    'ticket.spam',
  ],
  ...['survey.sent', 'survey.answered', 'survey.expired', 'event.retracted'],
]

const placeInLife = (event: Event): number => {
  if (event.type === 'message.sent') {
    const author = event.author === 'system' ? 'bot' : event.author
    return order.indexOf(`message by ${author}`)
  }
  if (event.type === 'ticket.status_changed') {
    const same = { solved: 'ticket.resolved', closed: 'ticket.closed' } as Record<string, string>
    return order.indexOf(same[event.status] ?? 'back to unresolved')
  }
  return order.indexOf(event.type)
}

const compareLife = (a: Event, b: Event): number =>
  a.occurredAt - b.occurredAt || placeInLife(a) - placeInLife(b) || (a.eventId < b.eventId ? -1 : 1)

/** Keys sorted at every depth, absent fields absent: compared as UTF-8 bytes. */
export const canonicalBytes = (value: unknown): Buffer => {
  const sorted = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(sorted)
    if (typeof part !== 'object' || part === null) return part
    const entries = Object.entries(part).filter(([, inner]) => inner !== undefined)
    entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    return new Map(entries.map(([key, inner]) => [key, sorted(inner)]))
  }
  const write = (part: unknown): string => {
    if (Array.isArray(part)) return `[${part.map(write).join(',')}]`
    if (!(part instanceof Map)) return JSON.stringify(part)
    return `{${[...part].map(([key, inner]) => `${JSON.stringify(key)}:${write(inner)}`).join(',')}}`
  }
  return Buffer.from(write(sorted(value)))
}

type Ids = Readonly<Record<string, string | undefined>>

const subjectName = (event: Event): { kind: OracleSubjectKind; id: string } => {
  const ids = event as unknown as Ids
  if (/^(agent|customer|order|referral|engagement|cost)\./.test(event.type)) return { kind: 'other', id: '' }
  if (ids.ticketId !== undefined) return { kind: 'ticket', id: ids.ticketId }
  if (ids.callId !== undefined) return { kind: 'call', id: ids.callId }
  if (ids.conversationId !== undefined) return { kind: 'conversation', id: ids.conversationId }
  if (ids.surveyId !== undefined) return { kind: 'survey', id: ids.surveyId }
  return { kind: 'other', id: '' }
}

/** All accepted events, in any order and however often, as the subjects they tell of. */
export const gatherSubjects = (events: readonly Event[]): readonly OracleSubject[] => {
  const bySubject = new Map<string, Event[]>()
  for (const event of events) {
    const { kind, id } = subjectName(event)
    const key = JSON.stringify([event.tenantId, kind, id])
    const arrived = bySubject.get(key)
    if (arrived) arrived.push(event)
    else bySubject.set(key, [event])
  }
  return [...bySubject].map(([key, arrived]) => {
    const [tenantId, kind, id] = JSON.parse(key) as [string, OracleSubjectKind, string]
    return { tenantId, kind, id, events: distinct(arrived) }
  })
}

const distinct = (arrived: readonly Event[]): readonly Event[] => {
  const byId = new Map<string, Event>()
  for (const event of arrived) {
    const known = byId.get(event.eventId)
    const isSmaller =
      known && known !== event && Buffer.compare(canonicalBytes(event), canonicalBytes(known)) < 0
    if (!known || isSmaller) byId.set(event.eventId, event)
  }
  return [...byId.values()].sort(compareLife)
}

/** Less what is taken back, and less what takes it back. */
const standing = (events: readonly Event[]): readonly Event[] => {
  const takenBack = new Set(
    events.flatMap((event) => (event.type === 'event.retracted' ? [event.retracts] : [])),
  )
  return events.filter((event) => event.type !== 'event.retracted' && !takenBack.has(event.eventId))
}

export type Expiry = {
  /** When what stands, which is something, expires as seen at an instant. */
  readonly expiresAt: (events: readonly Event[], now: number) => number
  /** How long a subject of which nothing stands is kept after its last event. */
  readonly emptyMs: number
}

/** What stands of each life of a subject: what is dated past the expiry of all that came before begins another. */
export const livesOf = (events: readonly Event[], expiry: Expiry): readonly (readonly Event[])[] => {
  const lives: (readonly Event[])[] = []
  let from = 0
  for (let index = 1; index < events.length; index++) {
    const now = (events[index] as Event).occurredAt
    const before = events.slice(from, index)
    const stands = standing(before)
    const lastAt = (before.at(-1) as Event).occurredAt
    const until = stands.length > 0 ? expiry.expiresAt(stands, now) : lastAt + expiry.emptyMs
    if (now <= until) continue
    lives.push(stands)
    from = index
  }
  lives.push(standing(events.slice(from)))
  return lives.filter((life) => life.length > 0)
}

const dimensionNames = [
  'queueId',
  'channel',
  'teamId',
  'priority',
  'category',
  'customerId',
  'direction',
] as const

/** The dimensions of a subject after an event: what it names replaces what stood. The acting agent is not among them. */
export const dimsAfter = (before: Dims, event: Event): Dims => {
  const after: Record<string, string> = { ...before, ...event.attributes }
  for (const name of dimensionNames) {
    const value = event[name]
    if (value !== undefined) after[name] = value
  }
  return after
}

export const withAgent = (dims: Dims, agentId: string | undefined): Dims =>
  agentId === undefined ? dims : { ...dims, agentId }
