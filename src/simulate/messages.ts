import type { EventOf } from '../core/events.ts'
import { drawNormal, drawWeighted, type Random, type Weighted } from './random.ts'
import { nextId, recordEvent, type Subject, type World } from './world.ts'

type Intent = NonNullable<EventOf<'message.sent'>['intents']>[number]
export type Place = { readonly ticketId: string } | { readonly conversationId: string }

const intents: Weighted<Intent> = [
  ['question', 34],
  ['technical', 18],
  ['complaint', 20],
  ['praise', 12],
  ['suggestion', 7],
  ['competitor', 3],
  ['other', 6],
]
/** Mean sentiment of what a customer writes, −100…100. */
const sentiments: Readonly<Record<Intent, number>> = {
  question: 5,
  technical: -12,
  complaint: -48,
  praise: 62,
  suggestion: 14,
  competitor: -22,
  other: 0,
}

/** `intents` are told on social media only. `tone`: mean sentiment, −100…100. */
export function sendCustomerMessage(world: World, subject: Subject, letter: Place & Toned): void {
  const { tone, ...place } = letter
  const isSocial = subject.dimensions.channel === 'social'
  const intent = drawWeighted(world.random, intents)
  recordEvent(world, subject, {
    type: 'message.sent',
    ...place,
    messageId: nextId(world, 'm'),
    author: 'customer',
    public: true,
    sentiment: drawSentiment(world.random, isSocial ? sentiments[intent] : tone),
    ...(isSocial ? { intents: [intent], answerable: intent !== 'praise' && intent !== 'other' } : {}),
  })
}

export function sendAgentMessage(world: World, subject: Subject, note: Place & AgentNote): void {
  const { agentId, isPublic, ...place } = note
  recordEvent(world, subject, {
    type: 'message.sent',
    ...place,
    messageId: nextId(world, 'm'),
    author: 'agent',
    agentId,
    public: isPublic,
  })
}

export function sendBotMessage(world: World, subject: Subject, place: Place): void {
  recordEvent(world, subject, {
    type: 'message.sent',
    ...place,
    messageId: nextId(world, 'm'),
    author: 'bot',
    public: true,
  })
}

type Toned = { readonly tone: number }
type AgentNote = { readonly agentId: string; readonly isPublic: boolean }

/** Zero is never negative: that would not come back from its line. */
function drawSentiment(random: Random, mean: number): number {
  const whole = Math.round(mean + 26 * drawNormal(random))
  return Math.max(-100, Math.min(100, whole)) || 0
}
