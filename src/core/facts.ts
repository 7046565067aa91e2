import {
  type Contribution,
  createFactWriter,
  type Facts,
  type FactWriter,
  type InternDimensions,
  type Span,
  sortContributions,
} from './contribution.ts'
import { contributeCall } from './contributions/call.ts'
import { contributeSurvey } from './contributions/survey.ts'
import { contributeTicket } from './contributions/ticket.ts'
import { readTicket } from './contributions/ticket-model.ts'
import type { Event, SubjectKind } from './events.ts'
import type { Rules } from './rules.ts'
import { standingEvents } from './timeline.ts'

type Contribute = (events: readonly Event[], rules: Rules, writer: FactWriter) => number | undefined

/** How a kind of subject turns its events into facts, and how long it is kept after its end. */
type SubjectRow = {
  readonly contribute: Contribute
  readonly expiryMs: (rules: Rules) => number
  /** How long an answer to a survey about it may take, where that is longer. */
  readonly answerExpiryMs?: (rules: Rules) => number
  /** As of each event since when it has been over, where events may follow the end without beginning it anew. */
  readonly endsMs?: (events: readonly Event[], rules: Rules) => readonly (number | undefined)[]
}

/** A subject's own facts and those of the surveys about it; it ends as it would without them. */
const withSurveys =
  (contribute: Contribute): Contribute =>
  (events, rules, writer) => {
    contributeSurvey(events, rules, writer)
    return contribute(events, rules, writer)
  }

const subjectRows: Readonly<Partial<Record<SubjectKind, SubjectRow>>> = {
  call: {
    contribute: withSurveys(contributeCall),
    expiryMs: (rules) => rules.endedCallExpiryMs,
    answerExpiryMs: (rules) => rules.endedTicketExpiryMs,
  },
  ticket: {
    contribute: withSurveys(contributeTicket),
    expiryMs: (rules) => rules.endedTicketExpiryMs,
    endsMs: (events, rules) => readTicket(events, rules).stages.map(({ endedAtMs }) => endedAtMs),
  },
  conversation: { contribute: withSurveys(contributeTicket), expiryMs: (rules) => rules.endedTicketExpiryMs },
  survey: { contribute: contributeSurvey, expiryMs: (rules) => rules.openSubjectExpiryMs },
}

/** Whether this version counts anything of such subjects. */
export const isCounted = (kind: SubjectKind): boolean => subjectRows[kind] !== undefined

export type FactContext = { readonly rules: Rules; readonly intern: InternDimensions }

/** Everything a subject contributes: a pure function of its timeline and the rules. */
export const stateFacts = (
  kind: SubjectKind,
  timeline: readonly Event[],
  { rules, intern }: FactContext,
): Facts => {
  const lastAtMs = timeline.at(-1)?.occurredAt ?? 0
  const row = subjectRows[kind]
  if (!row || timeline.length === 0) return { contributions: [], spans: [], expiresAtMs: lastAtMs }
  const { facts, eventCount } = liveOnce(row, timeline, { rules, intern })
  for (let count = eventCount; count < timeline.length; ) {
    const next = liveOnce(row, timeline.slice(count), { rules, intern })
    appendLife(facts, next.facts)
    count += next.eventCount
  }
  const contributions = sortContributions(facts.contributions)
  // Whatever joins it no more, it is kept until its facts have come due.
  const expiresAtMs = Math.max(lastAtMs, facts.expiresAtMs, contributions.at(-1)?.atMs ?? 0)
  return { contributions, spans: facts.spans, expiresAtMs }
}

const appendLife = (facts: LifeFacts, { contributions, spans, expiresAtMs }: LifeFacts): void => {
  for (const contribution of contributions) facts.contributions.push(contribution)
  for (const span of spans) facts.spans.push(span)
  facts.expiresAtMs = Math.max(facts.expiresAtMs, expiresAtMs)
}

/** What a life says, in the order it was found. Mutable: others are appended to it. */
type LifeFacts = { readonly contributions: Contribution[]; readonly spans: Span[]; expiresAtMs: number }
type Life = { readonly facts: LifeFacts; readonly eventCount: number }

/** The events up to the subject's expiry; what is dated later never joins it and speaks for itself, nor takes anything of it back. */
const liveOnce = (row: SubjectRow, events: readonly Event[], context: FactContext): Life => {
  const pauseMs = Math.min(row.expiryMs(context.rules), context.rules.openSubjectExpiryMs)
  const mayBeOver = (events.at(-1) as Event).occurredAt - (events[0] as Event).occurredAt > pauseMs
  const places = mayBeOver ? mayBeOverBefore(row, events, { rules: context.rules, pauseMs }) : []
  for (const eventCount of places) {
    const facts = factsOf(row, events.slice(0, eventCount), context)
    if ((events[eventCount] as Event).occurredAt > facts.expiresAtMs) return { facts, eventCount }
  }
  return { facts: factsOf(row, events, context), eventCount: events.length }
}

/** The events so long after the one before, or after the end before it, that the subject may have expired. */
function* mayBeOverBefore(
  row: SubjectRow,
  events: readonly Event[],
  { rules, pauseMs }: { readonly rules: Rules; readonly pauseMs: number },
): Generator<number> {
  const instantOf = (index: number) => (events[index] as Event).occurredAt
  let quietMs: readonly number[] = []
  for (let index = 1; index < events.length; index++) {
    const isAfterRetraction = events[index - 1]?.type === 'event.retracted'
    if (index === 1 || isAfterRetraction) quietMs = quietSince(row, events, { count: index, rules })
    if (instantOf(index) - (quietMs[index - 1] as number) > pauseMs) yield index
  }
}

/**
 * As of each event the end, or the last event, of what stands once the first `count` have been heard. Only a retraction changes
 * what stands before it, so that one walk serves until the next.
 */
const quietSince = (
  row: SubjectRow,
  events: readonly Event[],
  { count, rules }: { readonly count: number; readonly rules: Rules },
): readonly number[] => {
  const later = events.slice(count).filter(({ type }) => type !== 'event.retracted')
  const standing = standingEvents([...events.slice(0, count), ...later])
  const endsMs = row.endsMs?.(standing, rules)
  let place = -1
  return events.map((event) => {
    if (standing[place + 1] === event) place++
    return endsMs?.[place] ?? (standing[place] ?? event).occurredAt
  })
}

const factsOf = (row: SubjectRow, timeline: readonly Event[], { rules, intern }: FactContext): LifeFacts => {
  const events = standingEvents(timeline)
  if (events.length === 0)
    return {
      contributions: [],
      spans: [],
      expiresAtMs: (timeline.at(-1) as Event).occurredAt + row.expiryMs(rules),
    }
  const openUntilMs = (events.at(-1) as Event).occurredAt + rules.openSubjectExpiryMs
  const writer = createFactWriter(openUntilMs, intern)
  const endedAtMs = row.contribute(events, rules, writer)
  const endExpiresAtMs = endedAtMs === undefined ? openUntilMs : endedAtMs + row.expiryMs(rules)
  const expiresAtMs = Math.max(endExpiresAtMs, answerableUntil(row, events, rules))
  return { contributions: writer.contributions, spans: writer.spans, expiresAtMs }
}

const answerableUntil = ({ answerExpiryMs }: SubjectRow, events: readonly Event[], rules: Rules): number => {
  const last = answerExpiryMs && events.findLast(({ type }) => type.startsWith('survey.'))
  return last ? last.occurredAt + answerExpiryMs(rules) : Number.NEGATIVE_INFINITY
}
