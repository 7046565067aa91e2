import { businessMsBetween } from '../business-hours.ts'
import type { Dimensions, FactWriter } from '../contribution.ts'
import { type Measure, measures } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { withAgent } from './dimensions.ts'
import { type PublicAuthor, type Stage, senderOf, type Ticket } from './ticket-model.ts'

/** First response, response times and who handled the case. */
export const contributeReplies = (ticket: Ticket, rules: Rules, writer: FactWriter): void => {
  const first = findFirstResponse(ticket, ['agent'])
  const firstOfAny = findFirstResponse(ticket, ['agent', 'bot'])
  if (first) fileResponse(first, [measures.firstResponse, measures.firstResponseBusiness], { rules, writer })
  if (firstOfAny) fileResponse(firstOfAny, [measures.firstResponseAny], { rules, writer })
  contributeTurns(ticket, rules, writer)
  if (ticket.creation?.event.callId === undefined) contributeCase(ticket, writer)
}

/**
 * Where the clock of the first response starts: at the creation; where an agent spoke first in a ticket an agent
 * opened, and in a conversation, at the customer's first message. Undefined while neither has been seen.
 */
export const findClockStart = ({ isConversation, creation, stages }: Ticket): Stage | undefined => {
  const isAsked = ({ author }: Stage) => author === 'customer'
  if (isConversation) return stages.find(isAsked)
  if (creation?.event.openedBy !== 'agent') return creation
  const opening = stages.find(({ author }) => author === 'customer' || author === 'agent')
  if (opening?.author !== 'agent') return creation
  return stages.find((stage) => stage.order > creation.order && isAsked(stage))
}

export type Response = { readonly stage: Stage; readonly clockMs: number }

/** The first answer of the first cycle, and the latest start of its clock: after a hand-off it starts anew. */
export const findFirstResponse = (ticket: Ticket, authors: readonly PublicAuthor[]): Response | undefined => {
  const start = findClockStart(ticket)
  if (!start) return undefined
  let clockMs = start.atMs
  for (const stage of ticket.stages.slice(start.order + 1, ticket.firstReopening?.order)) {
    if (stage.event.type === 'ticket.handed_off') clockMs = stage.atMs
    if (stage.author && authors.includes(stage.author)) return { stage, clockMs }
  }
  return undefined
}

/** A turn begins with the first customer message that is not answered; bots never end one. */
const contributeTurns = ({ stages }: Ticket, rules: Rules, writer: FactWriter): void => {
  let askedAtMs: number | undefined
  for (const stage of stages) {
    if (stage.author === 'customer') askedAtMs ??= stage.atMs
    if (stage.author !== 'agent') continue
    if (askedAtMs !== undefined)
      fileResponse({ stage, clockMs: askedAtMs }, [measures.response, measures.responseBusiness], {
        rules,
        writer,
      })
    askedAtMs = undefined
  }
}

const fileResponse = (
  { stage, clockMs }: Response,
  [measure, businessMeasure]: readonly [Measure, Measure?],
  { rules, writer }: { readonly rules: Rules; readonly writer: FactWriter },
): void => {
  const { atMs } = stage
  const dimensions = dimensionsOfSender(stage)
  writer.sample(measure, atMs, { value: atMs - clockMs, dimensions })
  if (!businessMeasure || !rules.calendar) return
  const value = businessMsBetween(rules.calendar, clockMs, atMs)
  writer.sample(businessMeasure, atMs, { value, dimensions })
}

const dimensionsOfSender = (stage: Stage): Dimensions => {
  const agentId = senderOf(stage)
  return agentId === stage.assigneeId ? stage.ownDimensions : withAgent(stage.dimensions, agentId)
}

/** A case counts at its first public human message, and for each agent at the agent's own. */
const contributeCase = ({ stages }: Ticket, writer: FactWriter): void => {
  const seen = new Set<string>()
  let isHandled = false
  for (const stage of stages) {
    if (stage.author !== 'agent') continue
    if (!isHandled) writer.count(measures.casesHandled, stage.atMs, stage.dimensions)
    isHandled = true
    const agentId = senderOf(stage)
    if (agentId === undefined || seen.has(agentId)) continue
    seen.add(agentId)
    writer.count(measures.casesHandledByAgent, stage.atMs, dimensionsOfSender(stage))
  }
}
