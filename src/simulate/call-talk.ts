import { type Agent, agentIdOf, changeState } from './agents.ts'
import { type Call, type Desk, endCall, type Queue } from './call.ts'
import { drawLognormal, drawUniform } from './random.ts'
import { sendCallSurvey } from './surveys.ts'
import { type CallTicket, openCallTicket } from './ticket-of-call.ts'
import { after, drawChance, recordEvent, type World } from './world.ts'

/** What a conversation asks of the floor. */
export type CallMoves = {
  readonly freeAgent: (world: World, agent: Agent, queue: Queue) => void
  /** Puts the call into another queue after a delay. */
  readonly requeueCall: (world: World, call: Call, delayMs: number) => void
}

type Leg = Desk & {
  readonly moves: CallMoves
  readonly number: number
  readonly ids: { callId: string; legId?: string; agentId: string }
}

const heldShare = 0.17
const transferredShare = 0.07
const consultShare = 0.4
const wrappedShare = 0.93
const legsMax = 3

/** From the answer to the end of the agent's leg: talk, perhaps a hold, then the end or a transfer. */
export function holdConversation(world: World, call: Call, desk: Desk & { readonly moves: CallMoves }): void {
  const leg = nameLeg(call, desk, call.legCount)
  const talkMs = drawLognormal(world.random, desk.agent.home.talkMs, 0.62)
  if (!drawChance(world, heldShare)) {
    after(world, talkMs, () => closeLeg(world, call, leg))
    return
  }
  const beforeMs = talkMs * drawUniform(world.random, 0.2, 0.8)
  after(world, beforeMs, () => holdLeg(world, call, { leg, leftMs: talkMs - beforeMs }))
}

/** Frees the agent who consulted, once the other has answered or the caller is gone. */
export function releaseConsulting(world: World, call: Call, moves: CallMoves): void {
  const { consulting } = call
  if (consulting === undefined) return
  call.consulting = undefined
  wrapUp(world, call, nameLeg(call, { ...consulting, moves }, consulting.leg))
}

function holdLeg(
  world: World,
  call: Call,
  { leg, leftMs }: { readonly leg: Leg; readonly leftMs: number },
): void {
  const teamId = leg.agent.teamId
  recordEvent(world, call.subject, { type: 'call.held', ...leg.ids, teamId })
  after(world, drawLognormal(world.random, 48_000, 0.7), () => {
    recordEvent(world, call.subject, { type: 'call.resumed', ...leg.ids, teamId })
    after(world, leftMs, () => closeLeg(world, call, leg))
  })
}

function closeLeg(world: World, call: Call, leg: Leg): void {
  const canTransfer = call.legCount < legsMax && call.queue.site.queues.length > 1
  if (canTransfer && drawChance(world, transferredShare)) transferCall(world, call, leg)
  else endConversation(world, call, leg)
}

/** It ends the whole conversation, so it names no leg. */
function endConversation(world: World, call: Call, leg: Leg): void {
  const { callId, agentId } = leg.ids
  recordEvent(world, call.subject, { type: 'call.ended', callId, agentId, teamId: leg.agent.teamId })
  call.phase = 'over'
  call.agent = undefined
  wrapUp(world, call, leg)
  sendCallSurvey(world, call, leg.agent)
}

function transferCall(world: World, call: Call, leg: Leg): void {
  const isConsult = drawChance(world, consultShare)
  recordEvent(world, call.subject, {
    type: 'call.transferred',
    ...leg.ids,
    teamId: leg.agent.teamId,
    mode: isConsult ? 'consult' : 'blind',
  })
  call.phase = 'moving'
  call.agent = undefined
  if (isConsult) call.consulting = { agent: leg.agent, queue: leg.queue, leg: leg.number }
  else wrapUp(world, call, leg)
  leg.moves.requeueCall(world, call, drawUniform(world.random, 150, 1_500))
}

function wrapUp(world: World, call: Call, leg: Leg): void {
  const { agent, queue } = leg
  const isLast = call.phase === 'over'
  if (!drawChance(world, wrappedShare)) {
    if (isLast) endCall(call)
    leg.moves.freeAgent(world, agent, queue)
    return
  }
  changeState(world, agent, 'wrap-up')
  const wrapMs = drawLognormal(world.random, agent.home.wrapMs, 0.6)
  const ticket = isLast ? noteTicket(world, call, leg) : undefined
  after(world, wrapMs, () => {
    recordEvent(world, call.subject, { type: 'call.wrapped', ...leg.ids, teamId: agent.teamId })
    if (isLast) endCall(call)
    ticket?.finish()
    leg.moves.freeAgent(world, agent, queue)
  })
}

function noteTicket(world: World, call: Call, leg: Leg): CallTicket | undefined {
  if (call.direction === 'outbound' || !drawChance(world, world.profile.callTicketShare)) return undefined
  return openCallTicket(world, {
    call: call.subject,
    agentId: leg.ids.agentId,
    row: leg.agent.home,
  })
}

function nameLeg(call: Call, desk: Desk & { readonly moves: CallMoves }, number: number): Leg {
  const callId = call.subject.id
  const agentId = agentIdOf(desk.agent)
  const ids = call.isNamed ? { callId, legId: `l${number}`, agentId } : { callId, agentId }
  return { agent: desk.agent, queue: desk.queue, moves: desk.moves, number, ids }
}
