import { businessMsBetween } from './business-time.ts'
import { caseFacts } from './cases.ts'
import type { OracleConfig } from './config.ts'
import type { Fact, Findings } from './facts.ts'
import { isCreation, isReopening, type Message, type Moment, publicMessage } from './ticket-story.ts'
import { withAgent } from './timeline.ts'

export type Reply = { readonly moment: Moment; readonly message: Message; readonly turnStartAt?: number }

/** Each human reply with the first customer message it is the first to answer. */
export const listReplies = (moments: readonly Moment[]): readonly Reply[] => {
  const replies: Reply[] = []
  let turnStartAt: number | undefined
  for (const moment of moments) {
    if (publicMessage(moment.event, 'customer')) turnStartAt ??= moment.at
    const message = publicMessage(moment.event, 'agent')
    if (!message) continue
    replies.push({ moment, message, ...(turnStartAt === undefined ? {} : { turnStartAt }) })
    turnStartAt = undefined
  }
  return replies
}

/**
 * Where the clock of the first response starts: creation, or where an agent began, and in a
 * conversation, the customer's first message.
 */
export const firstClockStart = (moments: readonly Moment[]): Moment | undefined => {
  const creation = moments.find(isCreation)
  const isConversation = moments.every(({ event }) => !('ticketId' in event) || event.ticketId === undefined)
  if (isConversation) return moments.find(({ event }) => publicMessage(event, 'customer'))
  if (creation?.event.type !== 'ticket.created') return undefined
  const firstWords = moments.find(({ event }) => publicMessage(event, 'customer', 'agent'))
  const isBegunByAgent =
    creation.event.openedBy === 'agent' &&
    firstWords !== undefined &&
    publicMessage(firstWords.event, 'agent') !== null
  if (!isBegunByAgent) return creation
  return moments.find(({ event, index }) => index > creation.index && publicMessage(event, 'customer'))
}

type FirstResponse = { readonly moment: Moment; readonly startAt: number; readonly message: Message }

/** The first answer by such an author within the first cycle, and the latest start of its clock before it. */
export const findFirstResponse = (
  moments: readonly Moment[],
  ...authors: readonly Message['author'][]
): FirstResponse | undefined => {
  const start = firstClockStart(moments)
  if (!start) return undefined
  const cycleEnd = moments.find(isReopening)?.index ?? moments.length
  const cycle = moments.slice(start.index + 1, Math.max(cycleEnd, start.index + 1))
  const moment = cycle.find(({ event }) => publicMessage(event, ...authors))
  const message = moment && publicMessage(moment.event, ...authors)
  if (!moment || !message) return undefined
  const handOffs = cycle.filter(
    ({ event, index }) => event.type === 'ticket.handed_off' && index < moment.index,
  )
  return { moment, message, startAt: Math.max(start.at, ...handOffs.map(({ at }) => at)) }
}

export const findReplies = (moments: readonly Moment[], config: OracleConfig): Findings => {
  const replies = listReplies(moments)
  const first = findFirstResponse(moments, 'agent')
  const firstAny = findFirstResponse(moments, 'agent', 'bot')
  const facts = [
    ...(first ? durationFacts('firstResponse', first, config) : []),
    ...(firstAny ? durationFacts('firstResponseAny', firstAny, config) : []),
    ...replies.flatMap(({ moment, message, turnStartAt }) =>
      turnStartAt === undefined
        ? []
        : durationFacts('response', { moment, message, startAt: turnStartAt }, config),
    ),
    ...(isOfCall(moments) ? [] : caseFacts(replies.map(contactOf))),
  ]
  return { facts, spans: [] }
}

const isOfCall = (moments: readonly Moment[]): boolean => {
  const creation = moments.find(isCreation)?.event
  return creation?.type === 'ticket.created' && creation.callId !== undefined
}

const contactOf = ({ moment, message }: Reply) => ({
  at: moment.at,
  dims: withAgent(moment.after.dims, message.agentId),
})

const durationFacts = (measure: string, response: FirstResponse, config: OracleConfig): readonly Fact[] => {
  const { moment, message, startAt } = response
  const sender = message.author === 'agent' ? message.agentId : undefined
  const fact = {
    measure,
    at: moment.at,
    value: moment.at - startAt,
    dims: withAgent(moment.after.dims, sender),
  }
  if (!config.calendar) return [fact]
  const business = businessMsBetween(config.calendar, startAt, moment.at)
  return [fact, { ...fact, measure: `${measure}.business`, value: business }]
}
