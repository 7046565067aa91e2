import type { Event } from '../../../src/core/events.ts'
import { type CallStory, tellCall, type Visit } from './call-story.ts'
import type { OracleConfig } from './config.ts'
import { type Fact, type Findings, joinFindings, type Span } from './facts.ts'
import { legFacts } from './legs.ts'
import { judgeServiceLevel } from './service-level.ts'
import { findSurveys } from './surveys.ts'
import { livesOf, withAgent } from './timeline.ts'

export type CallFact = Omit<Fact, 'isCall'>
type CallSpan = Omit<Span, 'isCall'>

/** Everything a call says; events dated after its end and its expiry tell of another life. */
export const findCall = (id: string, events: readonly Event[], config: OracleConfig): Findings => {
  const expiresAt = (joined: readonly Event[], now: number) => callExpiresAt(joined, now, config)
  const lives = livesOf(events, { expiresAt, emptyMs: config.endedCallExpiryMs })
  return joinFindings(lives.map((life) => findLife(id, life, config)))
}

const callExpiresAt = (joined: readonly Event[], now: number, config: OracleConfig): number => {
  const story = tellCall(joined, config)
  const lastAt = (joined.at(-1) as Event).occurredAt
  const overAt = story.visits.map((visit) => visit.exit?.at ?? visit.expiresAt)
  const isOpen = overAt.some((at) => at > now) || story.legs.some((leg) => leg.endedAt === undefined)
  if (isOpen) return lastAt + config.openSubjectExpiryMs
  const surveyed = joined.filter((event) => event.type.startsWith('survey.')).map((event) => event.occurredAt)
  const answerableUntil = Math.max(...surveyed) + config.endedTicketExpiryMs
  return Math.max(Math.max(lastAt, ...overAt) + config.endedCallExpiryMs, answerableUntil)
}

const findLife = (id: string, events: readonly Event[], config: OracleConfig): Findings => {
  const story = tellCall(events, config)
  const ofCall = events.filter((event) => event.type.startsWith('call.'))
  const createdAt = Math.min(...ofCall.map((event) => event.occurredAt))
  const facts: CallFact[] = [
    ...story.visits.flatMap((visit, index) => visitFacts(visit, index === 0, config)),
    ...story.visits.flatMap(answerFacts),
    ...firstAnswerFacts(story.visits, createdAt),
    ...[config.serviceLevel, ...config.policies].flatMap((policy) =>
      judgeServiceLevel(policy, story.visits).map(({ at, isHit, dims }) => ({
        measure: `serviceLevel:${policy.id}`,
        at,
        value: isHit ? 1 : 0,
        dims,
      })),
    ),
    ...legFacts(story, config),
    ...story.occurrences.map(({ event, dims }) => ({
      measure: event.type,
      at: event.occurredAt,
      value: 1,
      dims:
        event.agentId === undefined || event.type === 'call.blocked'
          ? dims
          : { ...dims, agentId: event.agentId },
      ...('reason' in event ? { part: event.reason } : {}),
    })),
  ]
  const spans = [...story.visits.map((visit) => waitingSpan(id, visit)), ...callbackSpans(id, story)]
  const surveys = findSurveys(events, (event) => story.surveyDims.get(event) ?? {}, config)
  return {
    facts: [...facts.map((fact) => ({ ...fact, isCall: true })), ...surveys],
    spans: spans.map((span) => ({ ...span, isCall: true })),
  }
}

const visitFacts = (visit: Visit, isFirst: boolean, config: OracleConfig): readonly CallFact[] => {
  const { dims, queuedAt, exit } = visit
  const fact = (measure: string, at: number, value = 1): CallFact => ({ measure, at, value, dims })
  const facts = [fact('offered', queuedAt)]
  if (isFirst) facts.push(fact('offered.first', queuedAt), fact('request', queuedAt))
  if (!exit) return [...facts, fact('expired', visit.expiresAt)]
  const waitMs = exit.at - queuedAt
  const shortMs = config.serviceLevel.shortAbandonMs
  const isShort = exit.outcome === 'abandoned' && shortMs !== undefined && waitMs <= shortMs
  facts.push(fact('wait', exit.at, waitMs), fact(`wait.${exit.outcome}`, exit.at, waitMs))
  if (exit.reason !== undefined) facts.push({ ...fact('diverted.reason', exit.at), part: exit.reason })
  if (isShort) return [...facts, fact('abandoned.short', exit.at)]
  if (exit.outcome === 'abandoned') facts.push(fact('abandoned.counted', exit.at))
  return [...facts, fact('cohort.left', queuedAt), ...cohortOf(exit.outcome === 'abandoned', visit)]
}

const cohortOf = (isAbandoned: boolean, visit: Visit): readonly CallFact[] =>
  isAbandoned ? [{ measure: 'cohort.abandoned', at: visit.queuedAt, value: 1, dims: visit.dims }] : []

/** The answer of a visit is also its agent's. */
const answerFacts = ({ exit, dims, queuedAt }: Visit): readonly CallFact[] =>
  exit?.outcome === 'answered'
    ? [{ measure: 'answered', at: exit.at, value: exit.at - queuedAt, dims: withAgent(dims, exit.agentId) }]
    : []

const firstAnswerFacts = (visits: readonly Visit[], createdAt: number): readonly CallFact[] => {
  const answers = visits.flatMap(({ exit, dims }) => (exit?.outcome === 'answered' ? [{ exit, dims }] : []))
  const [first] = answers.toSorted((a, b) => a.exit.at - b.exit.at)
  if (!first) return []
  const { exit, dims } = first
  const value = exit.at - createdAt
  return [{ measure: 'answer.fromCreation', at: exit.at, value, dims: withAgent(dims, exit.agentId) }]
}

const waitingSpan = (id: string, visit: Visit): CallSpan => ({
  gauge: 'waiting',
  from: visit.queuedAt,
  to: visit.exit?.at ?? visit.expiresAt,
  dims: visit.dims,
  id,
  sinceAt: visit.queuedAt,
})

/** Until the call back, or until its visit would have expired. */
const callbackSpans = (id: string, story: CallStory): readonly CallSpan[] =>
  story.visits.flatMap(({ exit, dims, expiresAt }) => {
    if (exit?.reason !== 'callback') return []
    const servedAt = story.calledBackAt.find((at) => at >= exit.at) ?? expiresAt
    const to = Math.min(servedAt, expiresAt)
    return [{ gauge: 'callbacks', from: exit.at, to, dims, id, sinceAt: exit.at }]
  })
