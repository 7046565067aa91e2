/** Names as they are numbered in stored state. Only ever appended to: a number that was given keeps its meaning. */
const types = `call.queued call.alerted call.declined call.answered call.held call.resumed call.transferred
call.abandoned call.diverted call.blocked call.called_back call.ended call.wrapped ticket.created ticket.updated
ticket.handed_off ticket.assigned ticket.escalated message.sent ticket.worked ticket.status_changed ticket.reopened
ticket.resolved ticket.closed ticket.merged ticket.deleted ticket.spam survey.sent survey.answered survey.expired
feedback.received feedback.answered review.completed agent.state_changed customer.acquired customer.updated
customer.churned customer.reactivated order.completed order.refunded referral.made referral.converted
engagement.recorded cost.recorded event.retracted`

const fields = `source queueId channel teamId agentId priority category customerId direction attributes callId visitId
legId contactId reason mode ticketId kind openedBy conversationId messageId author public sentiment intents answerable
durationMs status intoTicketId surveyId touchpoint score scaleMin scaleMax inverted feedbackId reviewId categories
state queueIds slots contacts preferredChannel orderId amountMinor marginMinor currency referralId costId periodStart
periodEnd retracts`

/** Words that stand in nearly every subject and so need not be spelled in each. */
const words = `queueId channel teamId agentId priority category direction inbound outbound internal voice email chat
messaging social sms web video callback default answered abandoned diverted expired short customer agent bot system
default-20s new open pending on-hold solved closed csat nps ces firstResponse nextReply resolution blind consult`

const split = (text: string): readonly string[] => text.split(/\s+/)
const numbersOf = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, index) => [name, index]))

export const typeNames = split(types)
export const typeNumbers = numbersOf(typeNames)
export const fieldNames = split(fields)
export const fieldNumbers = numbersOf(fieldNames)
export const seededTexts = split(words)
/** What a field holds, written with its number. */
export const fieldKinds = { text: 0, number: 1, false: 2, true: 3, json: 4, count: 5 } as const
