import type { Weighted } from './random.ts'

/** A line of business: its calls, and the team that answers its letters. */
export type QueueRow = {
  readonly queueId: string
  readonly callWeight: number
  readonly ticketWeight: number
  /** Median talk time; the mean is about a quarter above. */
  readonly talkMs: number
  readonly wrapMs: number
  /** Median time after which a caller gives up. */
  readonly patienceMs: number
  readonly categories: readonly [string, ...string[]]
}

export type EventSource = 'call' | 'letter' | 'chat' | 'conversation' | 'business'

/** What a contact centre is like. Shares are of all events, so that the rate asked for is met. */
export type Profile = {
  readonly queues: readonly [QueueRow, ...QueueRow[]]
  readonly eventShares: Readonly<Record<EventSource, number>>
  /** Share of the agents whose states are on the bus: all of them would make a quarter of the events. */
  readonly reportingAgentShare: number
  /** Share of answered calls that leave a ticket behind. */
  readonly callTicketShare: number
  /** More than 1: more hands than the load needs. */
  readonly staffingFactor: number
}

export type ProfileName = keyof typeof profiles

/** Mean number of events a contact (or a customer's deed) leaves, surveys and later reopenings included: measured over simulated months. */
export const eventsPerContact: Readonly<Record<Exclude<EventSource, 'call'>, number>> = {
  letter: 12.3,
  chat: 17.2,
  conversation: 5,
  business: 1.1,
}

/** The call's own events, those of the tickets it leaves and of the agents who report their states. */
export function eventsPerCall(profile: Profile): number {
  return 5.93 + profile.callTicketShare * 8 + profile.reportingAgentShare * 4.15
}

const billing: QueueRow = {
  queueId: 'billing',
  callWeight: 30,
  ticketWeight: 30,
  talkMs: 200_000,
  wrapMs: 40_000,
  patienceMs: 210_000,
  categories: ['invoice', 'payment', 'refund', 'contract'],
}
const sales: QueueRow = {
  queueId: 'sales',
  callWeight: 20,
  ticketWeight: 15,
  talkMs: 260_000,
  wrapMs: 60_000,
  patienceMs: 150_000,
  categories: ['quote', 'upgrade', 'new-customer'],
}
const support: QueueRow = {
  queueId: 'support',
  callWeight: 32,
  ticketWeight: 35,
  talkMs: 230_000,
  wrapMs: 45_000,
  patienceMs: 240_000,
  categories: ['account', 'delivery', 'how-to', 'cancellation'],
}
const technical: QueueRow = {
  queueId: 'technical',
  callWeight: 18,
  ticketWeight: 20,
  talkMs: 340_000,
  wrapMs: 70_000,
  patienceMs: 300_000,
  categories: ['outage', 'defect', 'installation', 'performance'],
}

export const profiles = {
  /** Voice, e-mail, web, chat and messaging under one roof. */
  default: {
    queues: [billing, sales, support, technical],
    eventShares: { call: 0.55, letter: 0.25, chat: 0.14, conversation: 0.03, business: 0.03 },
    reportingAgentShare: 0.25,
    callTicketShare: 0.2,
    staffingFactor: 1,
  },
  /** Telephone only. */
  calls: {
    queues: [billing, sales, support, technical],
    eventShares: { call: 1, letter: 0, chat: 0, conversation: 0, business: 0 },
    reportingAgentShare: 0.25,
    callTicketShare: 0,
    staffingFactor: 1,
  },
  /** Written channels only. */
  tickets: {
    queues: [billing, sales, support, technical],
    eventShares: { call: 0, letter: 0.64, chat: 0.28, conversation: 0.06, business: 0.02 },
    reportingAgentShare: 0,
    callTicketShare: 0,
    staffingFactor: 1,
  },
  /** Few contacts, hands to spare. */
  quiet: {
    queues: [support, billing],
    eventShares: { call: 0.5, letter: 0.34, chat: 0.12, conversation: 0.02, business: 0.02 },
    reportingAgentShare: 1,
    callTicketShare: 0.25,
    staffingFactor: 1.3,
  },
} as const satisfies Record<string, Profile>

export const priorities: Weighted<'low' | 'normal' | 'high' | 'urgent'> = [
  ['low', 12],
  ['normal', 68],
  ['high', 16],
  ['urgent', 4],
]
