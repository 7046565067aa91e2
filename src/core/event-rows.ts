import { z } from 'zod'
import {
  amountMinor,
  categoriesMax,
  contactsByChannel,
  dimension,
  durationMs,
  flag,
  intentsMax,
  optionalText,
  queueIdsMax,
  scaleBoundMax,
  scaleValue,
  scaleWidthMax,
  signedAmountMinor,
  text,
  time,
} from './event-fields.ts'
import type { Topic } from './topics.ts'

/** `topic` undefined: valid on every one. `check` says what is wrong between fields. */
export type EventRow = {
  readonly topic: Topic | undefined
  readonly own: z.ZodRawShape
  readonly check?: (event: Readonly<Record<string, unknown>>) => string | undefined
}

const call = { callId: text, visitId: optionalText, legId: optionalText, contactId: optionalText }
const ticket = { ticketId: text }
const surveyed = { ticketId: optionalText, callId: optionalText }
const survey = { ...surveyed, surveyId: text, kind: z.enum(['csat', 'nps', 'ces']), touchpoint: optionalText }
const customer = { customerId: dimension }
const order = {
  ...customer,
  orderId: text,
  amountMinor,
  marginMinor: signedAmountMinor.exactOptional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters')
    .exactOptional(),
}
const qualityScore = z.number().min(-scaleBoundMax).max(scaleBoundMax)
const qualityCategory = z.object({
  name: text,
  weight: z.number().min(0).max(100),
  score: qualityScore.exactOptional(),
  min: qualityScore,
  max: qualityScore,
  critical: flag.default(false),
  notApplicable: flag.default(false),
})

/**
 * The event contract, a type a row: its topic and its own fields (beside those every event has).
 * The order of the rows is the rank by which events of one subject at one instant are sorted.
 */
export const eventRows = {
  'call.queued': {
    topic: 'call-queue',
    own: {
      ...call,
      queueId: dimension,
      direction: z.enum(['inbound', 'outbound', 'internal']).default('inbound'),
    },
  },
  'call.alerted': { topic: 'call-queue', own: call },
  'call.declined': { topic: 'call-queue', own: call },
  'call.answered': { topic: 'call-queue', own: { ...call, agentId: dimension } },
  'call.held': { topic: 'call-queue', own: call },
  'call.resumed': { topic: 'call-queue', own: call },
  'call.transferred': { topic: 'call-queue', own: { ...call, mode: z.enum(['blind', 'consult']) } },
  'call.abandoned': { topic: 'call-queue', own: call },
  'call.diverted': {
    topic: 'call-queue',
    own: {
      ...call,
      reason: z.enum(['transfer', 'callback', 'timeout', 'overflow', 'key', 'no-agents', 'voicemail']),
    },
  },
  'call.blocked': {
    topic: 'call-queue',
    own: { ...call, reason: z.enum(['busy', 'queue-full', 'no-agents', 'throttled', 'other']) },
  },
  'call.called_back': { topic: 'call-queue', own: call },
  'call.ended': { topic: 'call-queue', own: call },
  'call.wrapped': { topic: 'call-queue', own: call },
  'ticket.created': {
    topic: 'ticket',
    own: {
      ...ticket,
      kind: z.enum(['question', 'incident', 'complaint', 'request']).exactOptional(),
      openedBy: z.enum(['customer', 'agent', 'bot']).default('customer'),
      callId: optionalText,
    },
  },
  'ticket.updated': { topic: 'ticket', own: ticket },
  'ticket.handed_off': { topic: 'ticket', own: ticket },
  'ticket.assigned': { topic: 'ticket', own: ticket },
  'ticket.escalated': { topic: 'ticket', own: ticket },
  'message.sent': {
    topic: 'message',
    own: {
      ticketId: optionalText,
      conversationId: optionalText,
      messageId: text,
      author: z.enum(['customer', 'agent', 'bot', 'system']),
      public: flag.default(true),
      sentiment: z.int().min(-100).max(100).exactOptional(),
      intents: z
        .array(z.enum(['question', 'technical', 'complaint', 'praise', 'suggestion', 'competitor', 'other']))
        .max(intentsMax)
        .exactOptional(),
      answerable: flag.exactOptional(),
    },
    check: (event) =>
      event.ticketId === undefined && event.conversationId === undefined
        ? 'ticketId: is missing, and so is conversationId; add one of them'
        : undefined,
  },
  'ticket.worked': {
    topic: 'ticket',
    own: { ...ticket, agentId: dimension, durationMs, callId: optionalText },
  },
  'ticket.status_changed': {
    topic: 'ticket',
    own: { ...ticket, status: z.enum(['new', 'open', 'pending', 'on-hold', 'solved', 'closed']) },
  },
  'ticket.reopened': { topic: 'ticket', own: ticket },
  'ticket.resolved': { topic: 'ticket', own: ticket },
  'ticket.closed': { topic: 'ticket', own: ticket },
  'ticket.merged': { topic: 'ticket', own: { ...ticket, intoTicketId: optionalText } },
  'ticket.deleted': { topic: 'ticket', own: { ...ticket, reason: optionalText } },
  'ticket.spam': { topic: 'ticket', own: ticket },
  'survey.sent': { topic: 'survey', own: survey },
  'survey.answered': {
    topic: 'survey',
    own: {
      ...survey,
      score: scaleValue,
      scaleMin: scaleValue,
      scaleMax: scaleValue,
      inverted: flag.exactOptional(),
    },
    check: checkScore,
  },
  'survey.expired': { topic: 'survey', own: { ...survey, kind: survey.kind.exactOptional() } },
  'feedback.received': { topic: 'survey', own: { ...surveyed, feedbackId: text } },
  'feedback.answered': { topic: 'survey', own: { ...surveyed, feedbackId: text } },
  'review.completed': {
    topic: 'survey',
    own: { ...surveyed, reviewId: text, categories: z.array(qualityCategory).min(1).max(categoriesMax) },
    check: checkCategories,
  },
  'agent.state_changed': {
    topic: 'agent',
    own: {
      agentId: dimension,
      state: z.enum([
        'available',
        'alerting',
        'busy',
        'wrap-up',
        'not-responding',
        'break',
        'training',
        'offline',
      ]),
      reason: optionalText,
      queueIds: z.array(text).max(queueIdsMax).exactOptional(),
      slots: contactsByChannel.exactOptional(),
      contacts: contactsByChannel.exactOptional(),
    },
  },
  'customer.acquired': { topic: 'business', own: { ...customer, preferredChannel: optionalText } },
  'customer.updated': { topic: 'business', own: { ...customer, preferredChannel: optionalText } },
  'customer.churned': { topic: 'business', own: { ...customer, preferredChannel: optionalText } },
  'customer.reactivated': { topic: 'business', own: { ...customer, preferredChannel: optionalText } },
  'order.completed': { topic: 'business', own: order },
  'order.refunded': { topic: 'business', own: order },
  'referral.made': { topic: 'business', own: { ...customer, referralId: text } },
  'referral.converted': { topic: 'business', own: { ...customer, referralId: text } },
  'engagement.recorded': {
    topic: 'business',
    own: { ...customer, kind: z.enum(['loyalty', 'training', 'visit', 'other']) },
  },
  'cost.recorded': {
    topic: 'business',
    own: {
      costId: text,
      amountMinor: signedAmountMinor,
      kind: z.enum(['salary', 'overhead', 'technology', 'facilities', 'training']),
      currency: order.currency,
      periodStart: time.exactOptional(),
      periodEnd: time.exactOptional(),
    },
    check: checkPeriod,
  },
  'event.retracted': {
    topic: undefined,
    own: {
      retracts: text,
      ...surveyed,
      conversationId: optionalText,
      surveyId: optionalText,
      feedbackId: optionalText,
      reviewId: optionalText,
      costId: optionalText,
    },
    check: checkRetraction,
  },
} as const satisfies Record<string, EventRow>

type Checked = Readonly<Record<string, unknown>>

/** The ids by which a retraction may name its subject, the telling one first: the last two are dimensions too. */
export const subjectIdFields = [
  'ticketId',
  'callId',
  'conversationId',
  'surveyId',
  'feedbackId',
  'reviewId',
  'costId',
  'agentId',
  'customerId',
] as const

function checkScore(event: Checked): string | undefined {
  const {
    score,
    scaleMin: min,
    scaleMax: max,
  } = event as { score: number; scaleMin: number; scaleMax: number }
  if (min >= max) return 'scaleMin: must be less than scaleMax'
  if (max - min > scaleWidthMax) return `scaleMax: must be at most ${scaleWidthMax} above scaleMin`
  if (event.kind === 'nps' && (min !== 0 || max !== 10)) return 'scaleMin: an nps scale must be 0 to 10'
  return score < min || score > max ? 'score: must lie within its scale' : undefined
}

function checkCategories(event: Checked): string | undefined {
  const categories = event.categories as readonly z.output<typeof qualityCategory>[]
  for (const [index, { score, min, max, notApplicable }] of categories.entries()) {
    if (min >= max) return `categories.${index}.min: must be less than max`
    if (score === undefined && !notApplicable)
      return `categories.${index}.score: is missing; add a number, or notApplicable`
    if (score !== undefined && (score < min || score > max)) {
      return `categories.${index}.score: must lie within its scale`
    }
  }
  return undefined
}

function checkPeriod(event: Checked): string | undefined {
  const start = event.periodStart as number | undefined
  const end = event.periodEnd as number | undefined
  if (start === undefined && end === undefined) return undefined
  if (start === undefined || end === undefined) return 'periodStart: must stand together with periodEnd'
  return start < end ? undefined : 'periodEnd: must be later than periodStart'
}

function checkRetraction(event: Checked): string | undefined {
  if (subjectIdFields.some((field) => event[field] !== undefined)) return undefined
  return `retracts: needs the id of its subject beside it, one of ${subjectIdFields.join(', ')}`
}
