import type { Event } from '../../../src/core/events.ts'
import type { OracleConfig } from './config.ts'
import { type Findings, joinFindings } from './facts.ts'
import { findReplies } from './replies.ts'
import { findResolutions } from './resolutions.ts'
import { findStock } from './stock.ts'
import { findSurveys } from './surveys.ts'
import { findTargets } from './targets.ts'
import { isCreation, isReopening, isResolved, type Moment, ownerDims, tellTicket } from './ticket-story.ts'
import { livesOf, withAgent } from './timeline.ts'

/** Everything a ticket says; events dated after its end and its expiry tell of another life. */
export const findTicket = (id: string, events: readonly Event[], config: OracleConfig): Findings => {
  const expiresAt = (joined: readonly Event[]) => ticketExpiresAt(joined, config)
  const lives = livesOf(events, { expiresAt, emptyMs: config.endedTicketExpiryMs })
  return joinFindings(lives.map((life) => findLife(id, life, config)))
}

const isErased = (event: Event): boolean =>
  event.type === 'ticket.spam' || (event.type === 'ticket.deleted' && event.reason !== 'privacy')

/** Closed, merged, deleted, spam: ended since then. A resolved ticket is not ended, and a closed one may be reopened. */
const endedSince = (moments: readonly Moment[]): number | undefined => {
  let since: number | undefined
  let isForGood = false
  for (const { at, event, after } of moments) {
    isForGood ||= isErased(event) || event.type === 'ticket.merged'
    if (isForGood || after.status === 'closed') since ??= at
    else since = undefined
  }
  return since
}

const ticketExpiresAt = (events: readonly Event[], config: OracleConfig): number => {
  const since = endedSince(tellTicket(events, config.openSubjectExpiryMs))
  if (since !== undefined) return since + config.endedTicketExpiryMs
  return (events.at(-1) as Event).occurredAt + config.openSubjectExpiryMs
}

/** What a merged ticket loses: its created, open and resolution counts. */
const keptByMerged =
  /^(firstResponse|response|message\.|case|survey\.|csat\.|nps\.|ces\.|target\.(firstResponse|nextReply))/

const findLife = (id: string, events: readonly Event[], config: OracleConfig): Findings => {
  if (events.some(isErased)) return { facts: [], spans: [] }
  const moments = tellTicket(events, config.openSubjectExpiryMs)
  const surveyDims = (event: Event) => {
    const moment = moments.find((candidate) => candidate.event === event)
    return moment ? withAgent(ownerDims(moment.after), event.agentId) : {}
  }
  const found = joinFindings([
    { facts: findSurveys(events, surveyDims, config), spans: [] },
    { facts: findCreation(moments), spans: [] },
    findReplies(moments, config),
    findResolutions(moments, config),
    findTargets(id, moments, config),
    { facts: [], spans: findStock(id, moments) },
  ])
  if (!moments.some(({ after }) => after.isMerged)) return found
  return { facts: found.facts.filter(({ measure }) => keptByMerged.test(measure)), spans: [] }
}

/** Creation, assignment and escalation, and what became of the ticket as seen from them. */
const findCreation = (moments: readonly Moment[]) => {
  const isEverResolved = moments.some(({ after }) => isResolved(after))
  const assignees = new Set<string>()
  return moments.flatMap((moment) => {
    const { event, at, after } = moment
    const fact = (measure: string) => ({ measure, at, value: 1, dims: ownerDims(after) })
    const facts = []
    if (isCreation(moment)) {
      facts.push(fact('created'), fact('flow.created'))
      if (event.type === 'ticket.created' && event.callId === undefined) facts.push(fact('request'))
      if (isEverResolved) facts.push(fact('created.resolved'))
    }
    if (isReopening(moment)) facts.push(fact('reopened'))
    if (isReopening(moment) && after.createdAt !== undefined) facts.push(fact('flow.reopened'))
    if (event.type === 'ticket.escalated') facts.push(fact('escalated'))
    const { assignee } = after
    if (assignee === undefined || assignees.has(assignee)) return facts
    const scopes = assignees.size === 0 ? ['assigned', 'assigned.byAgent'] : ['assigned.byAgent']
    assignees.add(assignee)
    for (const scope of scopes)
      facts.push(fact(scope), ...(isEverResolved ? [fact(`${scope}.resolved`)] : []))
    return facts
  })
}
