import type { Dimensions, FactWriter } from '../contribution.ts'
import { type Event, type EventOf, subjectOf } from '../events.ts'
import { measures } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { callDimensions, foldDimensions, withAgent } from './dimensions.ts'
import { isErased } from './ticket-model.ts'

/** One survey of the subject. Mutable while the events are walked. */
type Survey = {
  /** As at `survey.sent`, with the agent of that instant; as at the first answer where it was never sent. */
  dimensions: Dimensions
  sent?: EventOf<'survey.sent'>
  /** Of several the last one stands. */
  answer?: EventOf<'survey.answered'>
}

/**
 * Files what the surveys among a subject's events say, whatever the subject is: a ticket, a call, or a survey that
 * belongs to neither. No survey ends its subject.
 */
export const contributeSurvey = (events: readonly Event[], rules: Rules, writer: FactWriter): undefined => {
  if (!events.some(isOfSurvey) || isErased(events)) return
  for (const survey of readSurveys(events)) {
    contributeSending(survey, writer)
    contributeAnswer(survey, rules, writer)
  }
}

const isOfSurvey = ({ type }: Event): boolean => type === 'survey.sent' || type === 'survey.answered'

const readSurveys = (events: readonly Event[]): Iterable<Survey> => {
  const surveys = new Map<string, Survey>()
  const isOfCall = subjectOf(events[0] as Event).kind === 'call'
  let dimensions: Dimensions = isOfCall ? callDimensions : {}
  let agentId: string | undefined
  for (const event of events) {
    dimensions = foldDimensions(dimensions, event)
    agentId = agentAfter(agentId, event)
    if (event.type !== 'survey.sent' && event.type !== 'survey.answered') continue
    const own = withAgent(dimensions, event.agentId ?? agentId)
    const survey = surveys.get(event.surveyId) ?? { dimensions: own }
    surveys.set(event.surveyId, survey)
    if (event.type === 'survey.answered') survey.answer = event
    else if (!survey.sent) {
      survey.sent = event
      survey.dimensions = own
    }
  }
  return surveys.values()
}

/** Whose subject it is: a ticket's assignee, the agent of a call's last leg. */
const agentAfter = (before: string | undefined, event: Event): string | undefined => {
  switch (event.type) {
    case 'ticket.assigned':
    case 'call.answered':
      return event.agentId
    case 'ticket.created':
    case 'ticket.updated':
      return event.agentId ?? before
    default:
      return before
  }
}

const contributeSending = ({ sent, answer, dimensions }: Survey, writer: FactWriter): void => {
  if (!sent) return
  const keyed = { key: sent.kind, dimensions }
  writer.tally(measures.surveysSent, sent.occurredAt, keyed)
  if (answer) writer.tally(measures.surveysSentAnswered, sent.occurredAt, keyed)
}

const contributeAnswer = ({ answer, dimensions }: Survey, rules: Rules, writer: FactWriter): void => {
  if (!answer) return
  const { kind, occurredAt: atMs, scaleMin, scaleMax, inverted } = answer
  const score = inverted ? scaleMin + scaleMax - answer.score : answer.score
  const scale = `${scaleMin}-${scaleMax}${inverted ? '-inverted' : ''}`
  const scaled = { key: `${scale}:${answer.score}`, dimensions }
  switch (kind) {
    case 'csat':
      writer.tally(measures.csatScores, atMs, scaled)
      if (isPositive(score, answer, rules)) writer.count(measures.csatPositive, atMs, dimensions)
      return
    case 'nps':
      writer.tally(measures.npsScores, atMs, { key: `${score}`, dimensions })
      return
    case 'ces':
      writer.tally(measures.cesScores, atMs, scaled)
  }
}

type Scale = { readonly scaleMin: number; readonly scaleMax: number }

/** In integers: by default 3 · (score − min) ≥ 2 · (max − min). */
const isPositive = (score: number, { scaleMin, scaleMax }: Scale, { csatPositive }: Rules): boolean =>
  csatPositive.denominator * (score - scaleMin) >= csatPositive.numerator * (scaleMax - scaleMin)
