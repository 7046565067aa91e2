import { z } from 'zod'
import { codeAt } from './code-at.ts'
import { commonFields } from './event-fields.ts'
import { compileReader, dropNulls, entriesMax, isCrowded, refused } from './event-reader.ts'
import { type EventRow, eventRows } from './event-rows.ts'
import { describeIssue } from './issue-words.ts'
import type { Topic } from './topics.ts'

export type EventType = keyof typeof eventRows
type OwnFields<T extends EventType> = z.output<z.ZodObject<(typeof eventRows)[T]['own']>>
type CommonFields = z.output<z.ZodObject<typeof commonFields>>
type Frozen<V> = V extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : V extends object
    ? { readonly [K in keyof V]: Frozen<V[K]> }
    : V

/** An event of one type as it was decoded: times in epoch ms, defaults filled, absent fields absent. */
export type EventOf<T extends EventType> = {
  [K in T]: Frozen<{ type: K } & Omit<CommonFields, keyof OwnFields<K>> & OwnFields<K>>
}[T]
export type Event = EventOf<EventType>

/** Why a record ends in the dead-letter topic. */
export type RejectReason =
  | 'malformed'
  | 'invalid'
  | 'unknown-type'
  | 'unknown-schema'
  | 'too-large'
  | 'from-the-future'
  | 'too-old'
  | 'misrouted'
  | 'subject-too-long'
  | 'conflicting'

export type ParsedEvent =
  | { readonly ok: true; readonly event: Event }
  | {
      readonly ok: false
      readonly reason: Extract<RejectReason, 'malformed' | 'invalid' | 'unknown-type'>
      readonly detail: string
    }

type CompiledRow = {
  readonly schema: z.ZodObject
  readonly read: ReturnType<typeof compileReader>
  readonly row: EventRow
  readonly rank: number
}

/** Between two rows lie the ranks of a message's authors. */
const ranksPerRow = 4
const authorRanks = { customer: 0, bot: 1, system: 1, agent: 2 } as const

const compiledRows: ReadonlyMap<string, CompiledRow> = new Map(
  Object.entries<EventRow>(eventRows).map(([type, row], index) => {
    const schema = z.object({ ...commonFields, ...row.own, type: z.literal(type) })
    return [type, { schema, read: compileReader(schema.shape), row, rank: index * ranksPerRow }]
  }),
)

export const eventTypes = Object.keys(eventRows) as readonly EventType[]

/** The zod schema of a type's event as it lies on the wire. */
export function schemaOfType(type: EventType): z.ZodObject {
  return compileRow(type).schema
}

/** The topic of an event type; `undefined` for `event.retracted`, which every topic takes. */
export function topicOfType(type: EventType): Topic | undefined {
  return eventRows[type].topic
}

/**
 * A decoded JSON or Avro value as an event: times as epoch ms or ISO-8601 with a zone, `null` the same as absent, unknown
 * fields left out. `detail` names the path and what is wrong with it, never the value.
 */
export function parseEvent(value: unknown): ParsedEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      ok: false,
      reason: 'malformed',
      detail: 'the value is no object; write one JSON object',
    }
  }
  const fields = value as Readonly<Record<string, unknown>>
  const { type } = fields
  if (typeof type !== 'string') return { ok: false, reason: 'invalid', detail: describeTypeless(type) }
  const compiled = compiledRows.get(type)
  if (compiled === undefined) return { ok: false, reason: 'unknown-type', detail: describeUnknown(type) }
  const read = compiled.read(fields)
  const event = read === refused ? parseSlowly(compiled.schema, fields) : read
  if (typeof event === 'string') return { ok: false, reason: 'invalid', detail: event }
  const wrong = compiled.row.check?.(event)
  if (wrong !== undefined) return { ok: false, reason: 'invalid', detail: wrong }
  return { ok: true, event: event as Event }
}

export type SubjectKind = 'call' | 'ticket' | 'conversation' | 'survey' | 'agent' | 'customer' | 'tenant'
export type Subject = { readonly tenantId: string; readonly kind: SubjectKind; readonly id: string }

type SubjectIds = { readonly [K in IdField]?: string }
type IdField =
  | 'ticketId'
  | 'callId'
  | 'conversationId'
  | 'surveyId'
  | 'feedbackId'
  | 'reviewId'
  | 'costId'
  | 'agentId'
  | 'customerId'

/** Whose timeline the event belongs to. Costs belong to the tenant. */
export function subjectOf(event: Event): Subject {
  const ids: SubjectIds = event
  const { tenantId } = event
  const topic = topicOfType(event.type)
  if (topic === 'agent') return { tenantId, kind: 'agent', id: ids.agentId ?? '' }
  if (topic === 'business' && ids.costId === undefined) {
    return { tenantId, kind: 'customer', id: ids.customerId ?? '' }
  }
  if (ids.ticketId !== undefined) return { tenantId, kind: 'ticket', id: ids.ticketId }
  if (ids.callId !== undefined) return { tenantId, kind: 'call', id: ids.callId }
  if (ids.conversationId !== undefined) return { tenantId, kind: 'conversation', id: ids.conversationId }
  const surveyId = ids.surveyId ?? ids.feedbackId ?? ids.reviewId
  if (surveyId !== undefined) return { tenantId, kind: 'survey', id: surveyId }
  if (ids.costId !== undefined) return { tenantId, kind: 'tenant', id: tenantId }
  if (ids.agentId !== undefined) return { tenantId, kind: 'agent', id: ids.agentId }
  return { tenantId, kind: 'customer', id: ids.customerId ?? '' }
}

/** `tenant|kind|id`, parts percent-encoded where they hold `%` or `|`: no two subjects share one. */
export function subjectKey(event: Event): string {
  const { tenantId, kind, id } = subjectOf(event)
  return `${encodePart(tenantId)}|${kind}|${encodePart(id)}`
}

/** The subject a key of `subjectKey` names. */
export function parseSubjectKey(key: string): Subject {
  if (!key.startsWith(lastPrefix.text)) lastPrefix = parsePrefix(key)
  const { tenantId, kind, text } = lastPrefix
  return { tenantId, kind, id: decodePart(key.slice(text.length)) }
}

/** What a subject's key begins with. */
type KeyPrefix = { readonly text: string; readonly tenantId: string; readonly kind: SubjectKind }

function parsePrefix(key: string): KeyPrefix {
  const [tenantId = '', kind = ''] = key.split('|', 2)
  return {
    text: `${tenantId}|${kind}|`,
    tenantId: decodePart(tenantId),
    kind: kind as SubjectKind,
  }
}

/** Most keys that are parsed begin as the one before. */
let lastPrefix = parsePrefix('')

/** The key of the event's Kafka record, which decides its partition: a surveyed customer's where nothing else is. */
export function kafkaKeyOf(event: Event): string {
  const { kind, id } = subjectOf(event)
  return kind === 'survey' ? (event.customerId ?? id) : id
}

/** Place of an event among those of its subject at the same instant: the order of a contact's life. */
export function lifecycleRank(type: EventType, event: Event): number {
  if (event.type === 'message.sent') return compileRow(type).rank + authorRanks[event.author]
  if (event.type === 'ticket.status_changed') {
    if (event.status === 'solved') return compileRow('ticket.resolved').rank
    if (event.status === 'closed') return compileRow('ticket.closed').rank
  }
  return compileRow(type).rank
}

/** Order in a timeline: (occurredAt, rank, eventId). */
export function compareEvents(a: Event, b: Event): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt
  const byRank = lifecycleRank(a.type, a) - lifecycleRank(b.type, b)
  if (byRank !== 0) return byRank
  if (a.eventId === b.eventId) return 0
  return a.eventId < b.eventId ? -1 : 1
}

/** The one JSON text of an event: keys sorted, times in epoch ms, defaults filled. */
export function encodeCanonical(event: Event): string {
  return encodeSorted(event)
}

/** Order of two canonical texts by their UTF-8 bytes, which is that of their code points. */
export function compareCanonical(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = codeAt(a, at)
    const right = codeAt(b, at)
    if (left !== right) return orderUnit(left) - orderUnit(right)
  }
  return a.length - b.length
}

function compileRow(type: EventType): CompiledRow {
  const row = compiledRows.get(type)
  if (row === undefined) throw new Error(`no row for event type ${type}`)
  return row
}

/** By the schema itself, which alone says what is wrong. */
function parseSlowly(
  schema: z.ZodObject,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> | string {
  const crowded = Object.keys(schema.shape).find((name) => isCrowded(fields[name]))
  if (crowded !== undefined) return `${crowded}: must have at most ${entriesMax} entries`
  const present = dropNulls(fields)
  const parsed = schema.safeParse(present)
  return parsed.success ? parsed.data : describeIssues(parsed.error.issues, present)
}

function describeIssues(issues: readonly z.core.$ZodIssue[], value: unknown): string {
  const [issue] = issues
  if (issue === undefined) return 'the event is invalid'
  const path = JSON.stringify(issue.path.join('.').slice(0, 120)).slice(1, -1)
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return `${path}: ${describeIssue(issue, value)}${more}`
}

function describeTypeless(type: unknown): string {
  return type === undefined || type === null
    ? 'type: is missing; add the type of event, as call.queued'
    : 'type: must be a string, as call.queued'
}

const familyOf = (type: string): string => type.split('.', 1)[0] ?? ''

const families: readonly string[] = [...new Set(eventTypes.map((type) => `${familyOf(type)}.…`))]

/** The types it may have been meant to be: those whose names begin alike. */
function describeUnknown(type: string): string {
  const said = type.slice(0, 80)
  const alike = eventTypes.filter((known) => familyOf(known) === familyOf(said))
  const meant = alike.length > 0 ? alike : families
  return `type: ${JSON.stringify(said)} is not known; use one of ${meant.join(', ')}`
}

function decodePart(part: string): string {
  return part.includes('%') ? part.replaceAll('%7C', '|').replaceAll('%25', '%') : part
}

function encodePart(part: string): string {
  return part.includes('|') || part.includes('%') ? part.replaceAll('%', '%25').replaceAll('|', '%7C') : part
}

function encodeSorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encodeSorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = value as Readonly<Record<string, unknown>>
  const names = Object.keys(fields)
    .filter((name) => fields[name] !== undefined)
    .sort(compareCanonical)
  return `{${names.map((name) => `${JSON.stringify(name)}:${encodeSorted(fields[name])}`).join(',')}}`
}

/** Surrogates, which stand for the highest code points, go above the rest of the basic plane. */
function orderUnit(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
