import type { Contribution, Span } from '../core/contribution.ts'
import { type Event, type Subject, type SubjectKind, subjectOf } from '../core/events.ts'
import { isCounted, stateFacts } from '../core/facts.ts'
import type { Rules } from '../core/rules.ts'
import type { WrittenSubject } from '../core/subject-codec.ts'
import { decodeSubject } from '../core/subject-reader.ts'
import { insertEvent, type Timeline } from '../core/timeline.ts'
import { FloorwatchError } from '../errors.ts'
import type { Decoded } from '../ports.ts'
import { printable } from './printable.ts'

const kinds = [
  'call',
  'ticket',
  'conversation',
  'survey',
  'agent',
  'customer',
  'tenant',
] as const satisfies readonly SubjectKind[]

export type InspectIo = {
  /** The packed subject out of the store; `undefined` where there is none. */
  readonly readStored: (subjectKey: string) => Promise<Uint8Array | undefined>
  readonly readFiles: (files: readonly string[]) => AsyncIterable<readonly { readonly decoded: Decoded }[]>
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

export type InspectFlags = {
  readonly tenant: string
  readonly file?: readonly string[]
  readonly json?: boolean
}

export type InspectRequest = {
  readonly name: string
  readonly flags: InspectFlags
  readonly rules: Rules
  readonly eventsMax: number
}

/** Prints a subject's timeline and what it contributed. Returns the exit code: 1 where nothing is known of it. */
export const inspectSubject = async (request: InspectRequest, io: InspectIo): Promise<number> => {
  const { flags } = request
  const subject = parseSubject(request.name, flags.tenant)
  const state = flags.file ? await countFiles(request, subject, io) : await readStored(subject, io)
  if (!state) {
    const where = flags.file ? flags.file.join(', ') : 'Redis'
    const unknown = `${request.name}: nothing is known of it in ${where} (tenant ${flags.tenant})`
    io.complain(`${printable(unknown)}; check the id and --tenant`)
    return 1
  }
  io.print(
    flags.json
      ? `${JSON.stringify(describeSubject(subject, state), null, 2)}\n`
      : formatSubject(subject, state),
  )
  return 0
}

const parseSubject = (name: string, tenantId: string): Subject => {
  const [kind = '', ...rest] = name.split('/')
  const id = rest.join('/')
  const known = kinds.find((one) => one === kind)
  if (known !== undefined && id !== '') return { tenantId, kind: known, id }
  throw new FloorwatchError(
    'usage-invalid',
    `'${name}' names no subject: write kind/id, as call/123; kinds are ${kinds.join(', ')}`,
  )
}

const readStored = async (subject: Subject, io: InspectIo): Promise<WrittenSubject | undefined> => {
  if (!isCounted(subject.kind))
    throw new FloorwatchError(
      'usage-invalid',
      `no metric counts what is of kind ${subject.kind} yet: read its events with --file`,
    )
  const packed = await io.readStored(keyOf(subject))
  return packed && decodeSubject(subject, packed)
}

/** As `subjectKey` of an event builds it. */
const keyOf = ({ tenantId, kind, id }: Subject): string => `${encodePart(tenantId)}|${kind}|${encodePart(id)}`

const encodePart = (part: string): string => part.replaceAll('%', '%25').replaceAll('|', '%7C')

/** What the events of files would contribute now. */
const countFiles = async (
  { flags, rules, eventsMax }: InspectRequest,
  subject: Subject,
  io: InspectIo,
): Promise<WrittenSubject | undefined> => {
  const timeline: Timeline = []
  for await (const batch of io.readFiles(flags.file ?? []))
    for (const { decoded } of batch)
      if (decoded.ok && isOf(decoded.event, subject)) insertEvent(timeline, decoded.event, eventsMax)
  if (timeline.length === 0) return undefined
  return {
    events: timeline,
    ...stateFacts(subject.kind, timeline, { rules, intern: (dimensions) => dimensions }),
  }
}

const isOf = (event: Event, { tenantId, kind, id }: Subject): boolean => {
  const owner = subjectOf(event)
  return owner.id === id && owner.kind === kind && owner.tenantId === tenantId
}

const describeSubject = ({ tenantId, kind, id }: Subject, state: WrittenSubject) => ({
  tenantId,
  kind,
  id,
  expiresAt: formatTime(state.expiresAtMs),
  events: state.events.map((event) => ({ ...event, occurredAt: formatTime(event.occurredAt) })),
  contributions: state.contributions.map(describeContribution),
  spans: state.spans.map(describeSpan),
})

const describeContribution = ({ atMs, measure, value, key, dimensions }: Contribution) => ({
  at: formatTime(atMs),
  measure: measure.name,
  value,
  ...(key === '' ? {} : { key }),
  dimensions,
})

const describeSpan = ({ list, fromMs, untilMs, sinceMs, dimensions }: Span) => ({
  list,
  from: formatTime(fromMs),
  until: formatTime(untilMs),
  since: formatTime(sinceMs),
  dimensions,
})

const formatTime = (ms: number): string => new Date(ms).toISOString()

const formatSubject = ({ tenantId, kind, id }: Subject, state: WrittenSubject): string => {
  const lines = [
    `${kind}/${id} · tenant ${tenantId} · ${state.events.length} events · nothing joins it after ${formatTime(state.expiresAtMs)}`,
    ...state.events.map((event) =>
      `  ${formatTime(event.occurredAt)}  ${event.type}  ${formatFields(event)}`.trimEnd(),
    ),
    state.contributions.length === 0 ? 'contributed nothing' : 'contributed',
    ...state.contributions.map(formatContribution),
    ...(state.spans.length === 0 ? [] : ['stood in lists']),
    ...state.spans.map(
      ({ list, fromMs, untilMs }) => `  ${formatTime(fromMs)} – ${formatTime(untilMs)}  ${list}`,
    ),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

const apartFields: readonly string[] = ['occurredAt', 'type', 'tenantId']

const formatFields = (event: Event): string =>
  formatPairs(Object.entries(event).filter(([name]) => !apartFields.includes(name)))

const formatPairs = (pairs: readonly (readonly [string, unknown])[]): string =>
  pairs
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')

const formatContribution = ({ atMs, measure, value, key, dimensions }: Contribution): string => {
  const keyed = key === '' ? '' : `[${key}]`
  return `  ${formatTime(atMs)}  ${measure.name}${keyed} ${value}  ${formatPairs(Object.entries(dimensions))}`.trimEnd()
}
