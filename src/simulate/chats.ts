import { continueTicket, resolveTicket } from './letters.ts'
import { type Place, sendAgentMessage, sendBotMessage, sendCustomerMessage } from './messages.ts'
import { drawExponential, drawFrom, drawInteger, drawLognormal, drawUniform } from './random.ts'
import { assignTicket, logWork, openTicket, setStatus, type Ticket } from './tickets.ts'
import {
  after,
  createSubject,
  drawChance,
  drawCustomer,
  drawTicketQueue,
  loadAt,
  nextId,
  recordEvent,
  type Subject,
  startArrivals,
  type World,
} from './world.ts'

const botSolvedShare = 0.28
/** Load, as a multiple of the mean, below which nobody sits at the chat. */
const staffedLoad = 0.12

/** Chats: a bot first, then people at once, many short turns. */
export function startChats(world: World, perSecond: number): void {
  startArrivals(world, { curve: 'written', perSecond, name: 'chats' }, () => beginChat(world))
}

/** Messages that never became a ticket: social media, short questions. */
export function startConversations(world: World, perSecond: number): void {
  startArrivals(world, { curve: 'written', perSecond, name: 'conversations' }, () => beginConversation(world))
}

function beginChat(world: World): void {
  const ticket = openTicket(world, { channel: 'chat', openedBy: 'customer' })
  sendCustomerMessage(world, ticket.subject, { ticketId: ticket.subject.id, tone: 0 })
  after(world, drawUniform(world.random, 400, 1_800), () =>
    talkToBot(world, ticket, drawInteger(world.random, 3)),
  )
}

function talkToBot(world: World, ticket: Ticket, turnsLeft: number): void {
  const place = { ticketId: ticket.subject.id }
  sendBotMessage(world, ticket.subject, place)
  const thinkMs = drawLognormal(world.random, 16_000, 0.7)
  if (turnsLeft > 0) {
    after(world, thinkMs, () => sendCustomerMessage(world, ticket.subject, { ...place, tone: -4 }))
    after(world, thinkMs + drawUniform(world.random, 500, 1_800), () =>
      talkToBot(world, ticket, turnsLeft - 1),
    )
  } else if (drawChance(world, botSolvedShare)) {
    after(world, thinkMs + 60_000, () => resolveTicket(world, ticket))
  } else {
    after(world, thinkMs, () => handOff(world, ticket))
  }
}

/** At night the chat becomes a letter for the morning. */
function handOff(world: World, ticket: Ticket): void {
  recordEvent(world, ticket.subject, { type: 'ticket.handed_off', ticketId: ticket.subject.id })
  const isStaffed = loadAt(world, 'calls', world.agenda.nowMs) > staffedLoad
  after(world, drawLognormal(world.random, 9_000, 0.8), () => {
    assignTicket(world, ticket)
    if (!isStaffed) return continueTicket(world, ticket, 45 * 60_000)
    setStatus(world, ticket, 'open')
    const turnCount = 2 + drawInteger(world.random, 4)
    after(world, drawLognormal(world.random, 21_000, 0.8), () => chat(world, ticket, turnCount))
  })
}

function chat(world: World, ticket: Ticket, turnsLeft: number): void {
  const { subject, agentId } = ticket
  const place = { ticketId: subject.id }
  sendAgentMessage(world, subject, { ...place, agentId, isPublic: true })
  if (turnsLeft === 0) {
    logWork(world, ticket, 320_000)
    after(world, drawExponential(world.random, 40_000), () => resolveTicket(world, ticket))
    return
  }
  const typeMs = drawLognormal(world.random, 28_000, 0.7)
  after(world, typeMs, () => sendCustomerMessage(world, subject, { ...place, tone: 6 }))
  if (drawChance(world, 0.2))
    after(world, typeMs + 4_000, () => sendCustomerMessage(world, subject, { ...place, tone: 4 }))
  after(world, typeMs + drawLognormal(world.random, 34_000, 0.6), () => chat(world, ticket, turnsLeft - 1))
}

type Conversation = { readonly subject: Subject; readonly place: Place; readonly agentId: string }

function beginConversation(world: World): void {
  const row = drawTicketQueue(world)
  const conversationId = nextId(world, 'v')
  const subject = createSubject(world, conversationId, {
    queueId: row.queueId,
    channel: drawFrom(world.random, ['social', 'social', 'messaging']),
    teamId: `${row.queueId}-desk`,
    category: drawFrom(world.random, row.categories),
    customerId: drawCustomer(world),
  })
  const place = { conversationId }
  const agentId = `${row.queueId}-${drawInteger(world.random, 4) + 1}`
  sendCustomerMessage(world, subject, { ...place, tone: 0 })
  exchange(world, { subject, place, agentId }, drawInteger(world.random, 4))
}

function exchange(world: World, conversation: Conversation, turnsLeft: number): void {
  const { subject, place, agentId } = conversation
  after(world, drawLognormal(world.random, 420_000, 1), () => {
    sendAgentMessage(world, subject, { ...place, agentId, isPublic: true })
    if (turnsLeft === 0) {
      subject.isOpen = false
      return
    }
    after(world, drawLognormal(world.random, 300_000, 1), () => {
      sendCustomerMessage(world, subject, { ...place, tone: 5 })
      exchange(world, conversation, turnsLeft - 1)
    })
  })
}
