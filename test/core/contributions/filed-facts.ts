import type { Contribution, Dimensions, Span, SpanList } from '../../../src/core/contribution.ts'
import { compareEvents, type Event, subjectKey, subjectOf } from '../../../src/core/events.ts'
import { stateFacts } from '../../../src/core/facts.ts'
import type { Measure } from '../../../src/core/measures.ts'
import { defaultRules, type Rules } from '../../../src/core/rules.ts'
import { eventOf } from '../event-samples.ts'

export type Own = Readonly<Record<string, unknown>>

let made = 0
/** An event of ticket `t`, unless another is named or none (`ticketId: undefined`). */
export const on = (type: string, occurredAt: number, own: Own = {}): Event => {
  made += 1
  const fields = { eventId: `e${made}`, messageId: `m${made}`, occurredAt, ticketId: 't', ...own }
  return eventOf(type, { ...fields, ticketId: fields.ticketId ?? null })
}

export const says = (author: string, occurredAt: number, own: Own = {}): Event =>
  on('message.sent', occurredAt, { author, ...(author === 'agent' ? { agentId: 'anna' } : {}), ...own })

type Filed = {
  readonly rules?: Partial<Rules>
  /** Facts dated at or after it are still to come. */
  readonly asOfMs?: number
  readonly scope?: Dimensions
}

/** What subjects say up to an as-of, added up in a scope. */
export const fileFacts = (
  events: readonly Event[],
  { rules = {}, asOfMs = Infinity, scope = {} }: Filed = {},
) => {
  const timelines = Map.groupBy(events, subjectKey)
  const contributions: Contribution[] = []
  const spans: Span[] = []
  let expiresAtMs = 0
  for (const timeline of timelines.values()) {
    const { kind } = subjectOf(timeline[0] as Event)
    const context = { rules: { ...defaultRules, ...rules }, intern: (dimensions: Dimensions) => dimensions }
    const facts = stateFacts(kind, timeline.toSorted(compareEvents), context)
    contributions.push(...facts.contributions)
    spans.push(...facts.spans)
    expiresAtMs = facts.expiresAtMs
  }
  const isIn = ({ dimensions }: { readonly dimensions: Dimensions }) =>
    Object.entries(scope).every(([name, value]) => dimensions[name] === value)
  const due = contributions.filter((one) => one.atMs < asOfMs && isIn(one))
  const of = (measure: Measure, key?: string) =>
    due.filter((one) => one.measure === measure && (key === undefined || one.key === key))
  return {
    expiresAtMs,
    contributions,
    spans,
    /** A count, or a level at as-of. */
    total: (measure: Measure, key?: string) => of(measure, key).reduce((sum, { value }) => sum + value, 0),
    values: (measure: Measure) => of(measure).map(({ value }) => value),
    instants: (measure: Measure) => of(measure).map(({ atMs }) => atMs),
    keys: (measure: Measure) => of(measure).map(({ key }) => key),
    dimensions: (measure: Measure) => of(measure).map(({ dimensions }) => dimensions),
    open: (list: SpanList) =>
      spans.filter((one) => one.list === list && one.fromMs < asOfMs && asOfMs <= one.untilMs && isIn(one)),
  }
}
