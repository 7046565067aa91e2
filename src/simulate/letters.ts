import { sendAgentMessage, sendBotMessage, sendCustomerMessage } from './messages.ts'
import {
  drawExponential,
  drawFrom,
  drawLognormal,
  drawUniform,
  drawWeighted,
  type Weighted,
} from './random.ts'
import { sendTicketSurvey } from './surveys.ts'
import {
  assignTicket,
  byAgent,
  closeLater,
  escalateTicket,
  logWork,
  openTicket,
  recordResolution,
  setStatus,
  type Ticket,
} from './tickets.ts'
import {
  after,
  afterOfficeTime,
  drawChance,
  nextId,
  recordEvent,
  startArrivals,
  type World,
} from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const turnsMax = 6
const reopenedShare = 0.055
const reopensMax = 2

const channels: Weighted<string> = [
  ['email', 62],
  ['web', 26],
  ['messaging', 8],
  ['video', 1],
  ['sms', 3],
]
/** Median office time to the first answer. */
const firstReplyMs: Readonly<Record<string, number>> = {
  urgent: 25 * MINUTE_MS,
  high: 55 * MINUTE_MS,
  normal: 130 * MINUTE_MS,
  low: 260 * MINUTE_MS,
}
type Turn = 'solve' | 'ask' | 'hold' | 'await'
const turns: Weighted<Turn> = [
  ['solve', 54],
  ['ask', 27],
  ['hold', 6],
  ['await', 13],
]

/** Tickets that begin with a customer's letter, from e-mail, web forms and messaging. */
export function startLetters(world: World, perSecond: number): void {
  startArrivals(world, { curve: 'written', perSecond, name: 'letters' }, () => receiveLetter(world))
}

/** An agent takes the ticket up after some office time, and so on until it is solved. */
export function continueTicket(world: World, ticket: Ticket, medianMs: number): void {
  afterOfficeTime(world, drawLognormal(world.random, medianMs, 0.8), () => takeTurn(world, ticket))
}

/** Solved: a survey, then a reopening or the close some days later. */
export function resolveTicket(world: World, ticket: Ticket): void {
  recordResolution(world, ticket)
  const { subject } = ticket
  const isAnnoyed = drawChance(world, ticket.reopenCount > 0 || ticket.isEscalated ? 0.55 : 0.12)
  const isWritten = subject.dimensions.channel !== 'voice' && subject.dimensions.channel !== 'chat'
  if (ticket.reopenCount === 0) {
    const mood = isAnnoyed ? 'annoyed' : 'content'
    const delayMs = isWritten ? drawUniform(world.random, HOUR_MS, 20 * HOUR_MS) : 30_000
    sendTicketSurvey(world, subject, { agentId: ticket.agentId, mood, delayMs })
  }
  if (ticket.reopenCount < reopensMax && drawChance(world, reopenedShare)) {
    const delayMs = Math.min(3.7 * DAY_MS, drawLognormal(world.random, 14 * HOUR_MS, 1))
    after(world, delayMs, () => reopenTicket(world, ticket))
  } else {
    closeLater(world, ticket)
  }
}

function receiveLetter(world: World): void {
  const channel = drawWeighted(world.random, channels)
  const ticket = openTicket(world, { channel, openedBy: 'customer' })
  const place = { ticketId: ticket.subject.id }
  sendCustomerMessage(world, ticket.subject, { ...place, tone: -6 })
  if (channel === 'email' && drawChance(world, 0.6)) {
    after(world, drawUniform(world.random, 600, 2_500), () => sendBotMessage(world, ticket.subject, place))
  }
  if (drawChance(world, 0.035))
    after(world, drawExponential(world.random, 25 * MINUTE_MS), () => drop(world, ticket))
  else afterOfficeTime(world, drawLognormal(world.random, 9 * MINUTE_MS, 1), () => triage(world, ticket))
}

/** Not every letter is one: spam, a second letter about the same, one that must not be kept. */
function drop(world: World, ticket: Ticket): void {
  const ticketId = ticket.subject.id
  ticket.subject.isOpen = false
  const fate = drawWeighted(world.random, [
    ['spam', 6],
    ['merged', 3],
    ['deleted', 1],
  ] as const)
  const other = world.lastLetterId
  if (fate === 'spam' || (fate === 'merged' && other === '')) {
    recordEvent(world, ticket.subject, { type: 'ticket.spam', ticketId })
  } else if (fate === 'merged') {
    recordEvent(world, ticket.subject, { type: 'ticket.merged', ticketId, intoTicketId: other })
  } else {
    const reason = drawFrom(world.random, ['privacy', 'test'])
    recordEvent(world, ticket.subject, { type: 'ticket.deleted', ticketId, reason })
  }
}

function triage(world: World, ticket: Ticket): void {
  const { subject, row } = ticket
  world.lastLetterId = subject.id
  if (drawChance(world, 0.28)) {
    subject.dimensions.category = drawFrom(world.random, row.categories)
    if (drawChance(world, 0.3)) subject.dimensions.priority = 'high'
    recordEvent(world, subject, { type: 'ticket.updated', ticketId: subject.id })
  }
  assignTicket(world, ticket)
  if (drawChance(world, 0.6)) setStatus(world, ticket, 'open')
  continueTicket(world, ticket, firstReplyMs[subject.dimensions.priority ?? 'normal'] ?? HOUR_MS)
}

function takeTurn(world: World, ticket: Ticket): void {
  const { subject, agentId } = ticket
  const ticketId = subject.id
  ticket.turnCount++
  if (drawChance(world, 0.14)) sendAgentMessage(world, subject, { ticketId, agentId, isPublic: false })
  if (ticket.turnCount < turnsMax && !ticket.isEscalated && drawChance(world, 0.035)) {
    escalateTicket(world, ticket)
    continueTicket(world, ticket, 40 * MINUTE_MS)
    return
  }
  after(world, drawUniform(world.random, 1, 5) * MINUTE_MS, () => {
    sendAgentMessage(world, subject, { ticketId, agentId: ticket.agentId, isPublic: true })
    if (drawChance(world, 0.7)) logWork(world, ticket, 300_000)
    settleTurn(world, ticket, ticket.turnCount >= turnsMax ? 'solve' : drawWeighted(world.random, turns))
  })
}

function settleTurn(world: World, ticket: Ticket, turn: Turn): void {
  switch (turn) {
    case 'solve':
      after(world, drawExponential(world.random, 20_000), () => resolveTicket(world, ticket))
      break
    case 'ask':
      askCustomer(world, ticket)
      break
    case 'hold':
      after(world, 1_000, () => setStatus(world, ticket, 'on-hold'))
      afterOfficeTime(world, drawUniform(world.random, 6, 20) * HOUR_MS, () => {
        setStatus(world, ticket, 'open')
        continueTicket(world, ticket, 20 * MINUTE_MS)
      })
      break
    case 'await':
      after(world, drawLognormal(world.random, 2 * HOUR_MS, 1.2), () => hearCustomer(world, ticket))
      break
  }
}

/** Three days without an answer count as solved. */
function askCustomer(world: World, ticket: Ticket): void {
  after(world, 1_000, () => setStatus(world, ticket, 'pending'))
  const answersAfterMs = 2_000 + drawLognormal(world.random, 4 * HOUR_MS, 1.3)
  if (answersAfterMs > 3 * DAY_MS || drawChance(world, 0.12)) {
    after(world, 3 * DAY_MS, () => resolveTicket(world, ticket))
    return
  }
  after(world, answersAfterMs, () => {
    hearCustomer(world, ticket)
    setStatus(world, ticket, 'open')
  })
}

/** Some write twice before anybody has read the first. */
function hearCustomer(world: World, ticket: Ticket): void {
  const { subject } = ticket
  const place = { ticketId: subject.id }
  sendCustomerMessage(world, subject, { ...place, tone: ticket.isEscalated ? -40 : -8 })
  if (drawChance(world, 0.12)) {
    after(world, drawExponential(world.random, 90_000), () =>
      sendCustomerMessage(world, subject, { ...place, tone: -14 }),
    )
  }
  continueTicket(world, ticket, 75 * MINUTE_MS)
}

function reopenTicket(world: World, ticket: Ticket): void {
  const { subject } = ticket
  ticket.reopenCount++
  ticket.turnCount = Math.min(ticket.turnCount, turnsMax - 2)
  subject.isOpen = true
  sendCustomerMessage(world, subject, { ticketId: subject.id, tone: -30 })
  recordEvent(world, subject, { type: 'ticket.reopened', ticketId: subject.id, ...byAgent(ticket) })
  if (ticket.agentId === '') assignTicket(world, ticket)
  if (drawChance(world, 0.1)) reviewTicket(world, ticket)
  continueTicket(world, ticket, 60 * MINUTE_MS)
}

/** Now and then a lead reads what went wrong. */
function reviewTicket(world: World, { subject, agentId }: Ticket): void {
  const score = (): number => Math.round(drawUniform(world.random, 1.4, 5.4))
  recordEvent(world, subject, {
    type: 'review.completed',
    reviewId: nextId(world, 'r'),
    ticketId: subject.id,
    agentId,
    categories: [
      { name: 'tone', weight: 30, score: score(), min: 1, max: 5, critical: false, notApplicable: false },
      { name: 'solution', weight: 50, score: score(), min: 1, max: 5, critical: true, notApplicable: false },
      { name: 'process', weight: 20, min: 1, max: 5, critical: false, notApplicable: true },
    ],
  })
}
