import { type Agent, agentIdOf, changeState } from './agents.ts'
import { type Call, callIds, type Desk, endCall, type Queue, type Site } from './call.ts'
import { type CallMoves, holdConversation, releaseConsulting } from './call-talk.ts'
import {
  createFloor,
  neighbour,
  openSite,
  releaseAgent,
  removeWaitingCall,
  takeIdleAgent,
  takeWaitingCall,
} from './floor.ts'
import { eventsPerCall, priorities } from './profiles.ts'
import { drawExponential, drawFrom, drawInteger, drawLognormal, drawUniform, drawWeighted } from './random.ts'
import {
  after,
  createSubject,
  drawChance,
  drawCustomer,
  type EventBody,
  nextId,
  recordEvent,
  startArrivals,
  type World,
} from './world.ts'

type Exit = {
  readonly afterMs: number
  readonly kind: 'abandon' | 'callback' | 'overflow' | 'timeout' | 'key'
}

const queueLengthMax = 40
const blockedShare = 0.004
const declinedShare = 0.025

const moves: CallMoves = { freeAgent, requeueCall }

/** Starts the calls of all queues at all sites. */
export function startCalls(world: World, eventsPerSecond: number): void {
  const { profile } = world
  const perSecond = (eventsPerSecond * profile.eventShares.call) / eventsPerCall(profile)
  if (perSecond === 0) return
  for (const site of createFloor(world, perSecond)) startSite(world, site)
}

/** Gives a free agent the next call, or lets them wait for one. */
function serveAgent(world: World, agent: Agent, queue: Queue): void {
  const call = takeWaitingCall(agent, queue)
  if (call === undefined) queue.idle.push(agent)
  else alertAgent(world, call, { agent, queue })
}

/** Agents go back to the queue they sit at, whoever's call they took. */
function freeAgent(world: World, agent: Agent, queue: Queue): void {
  const free = releaseAgent(world, agent, queue)
  if (free !== undefined) serveAgent(world, free, queue)
}

/** Puts the call into a queue: a new visit. */
function enqueueCall(world: World, call: Call, queue: Queue): void {
  call.queue = queue
  call.phase = 'waiting'
  call.visitCount++
  call.queuedAtMs = world.agenda.nowMs
  call.subject.dimensions.queueId = queue.row.queueId
  recordEvent(world, call.subject, {
    type: 'call.queued',
    ...callIds(call),
    ...(call.contactId === undefined ? {} : { contactId: call.contactId }),
    queueId: queue.row.queueId,
    direction: call.direction,
  })
  planExit(world, call)
  const agent = takeIdleAgent(queue)
  if (agent === undefined) queue.waiting.push(call)
  else alertAgent(world, call, { agent, queue: homeOf(agent, queue) })
}

/** Takes the call back to where it waits next: a transfer or an overflow. */
function requeueCall(world: World, call: Call, delayMs: number): void {
  const hops = 1 + drawInteger(world.random, call.queue.site.queues.length - 1)
  let queue = call.queue
  for (let hop = 0; hop < hops; hop++) queue = neighbour(queue, 1)
  after(world, delayMs, () => {
    if (call.phase === 'moving') enqueueCall(world, call, queue)
  })
}

function startSite(world: World, site: Site): void {
  openSite(world, site, (agent, queue) => serveAgent(world, agent, queue))
  for (const queue of site.queues) {
    const name = `${queue.row.queueId}-${site.number}`
    startArrivals(world, { curve: 'calls', perSecond: queue.perSecond, name }, () => arrive(world, queue))
  }
}

function arrive(world: World, queue: Queue): void {
  const call = createCall(world, queue, {})
  const isFull = queue.waiting.length >= queueLengthMax
  if (isFull || drawChance(world, blockedShare)) blockCall(world, call, isFull)
  else enqueueCall(world, call, queue)
}

function blockCall(world: World, call: Call, isFull: boolean): void {
  recordEvent(world, call.subject, {
    type: 'call.blocked',
    callId: call.subject.id,
    reason: isFull ? 'queue-full' : drawFrom(world.random, ['busy', 'throttled', 'other']),
  })
  endCall(call)
}

function createCall(world: World, queue: Queue, asked: { readonly by?: Call }): Call {
  const subject = createSubject(world, nextId(world, 'c'), {
    queueId: queue.row.queueId,
    channel: 'voice',
    priority: asked.by?.subject.dimensions.priority ?? drawWeighted(world.random, priorities),
    category: asked.by?.subject.dimensions.category ?? drawFrom(world.random, queue.row.categories),
    customerId: asked.by?.subject.dimensions.customerId ?? drawCustomer(world),
  })
  return {
    subject,
    direction: asked.by === undefined ? 'inbound' : 'outbound',
    contactId: asked.by === undefined ? undefined : `contact-${asked.by.subject.id}`,
    isNamed: drawChance(world, 0.5),
    asked: asked.by?.subject,
    queue,
    phase: 'waiting',
    visitCount: 0,
    legCount: 0,
    queuedAtMs: 0,
    waitedMs: 0,
    agent: undefined,
    consulting: undefined,
  }
}

/** Only what would happen first is planned; being answered before makes it void. */
function planExit(world: World, call: Call): void {
  if (call.direction === 'outbound') return
  const patience = drawPatienceMs(world, call.queue.row.patienceMs)
  let exit: Exit = { afterMs: patience, kind: 'abandon' }
  for (const other of drawOtherExits(world, call)) if (other.afterMs < exit.afterMs) exit = other
  const { visitCount } = call
  after(world, exit.afterMs, () => {
    const isWaiting = call.phase === 'waiting' || call.phase === 'alerting'
    if (isWaiting && call.visitCount === visitCount) leaveQueue(world, call, exit.kind)
  })
}

/** Some hang up on hearing the announcement, most wait their time. */
function drawPatienceMs(world: World, medianMs: number): number {
  if (drawChance(world, 0.11)) return drawExponential(world.random, 25_000)
  return drawLognormal(world.random, medianMs, 0.9)
}

function drawOtherExits(world: World, call: Call): readonly Exit[] {
  if (call.consulting !== undefined) return []
  const exits: Exit[] = [{ afterMs: 900_000, kind: 'timeout' }]
  if (drawChance(world, 0.08))
    exits.push({ afterMs: drawUniform(world.random, 60_000, 75_000), kind: 'callback' })
  if (drawChance(world, 0.1) && call.visitCount < 3) exits.push({ afterMs: 120_000, kind: 'overflow' })
  if (drawChance(world, 0.01)) exits.push({ afterMs: drawUniform(world.random, 5_000, 40_000), kind: 'key' })
  return exits
}

function leaveQueue(world: World, call: Call, kind: Exit['kind']): void {
  if (call.phase === 'waiting') removeWaitingCall(call.queue, call)
  const alerted = call.phase === 'alerting' ? call.agent : undefined
  call.agent = undefined
  call.phase = 'over'
  if (kind === 'abandon') abandonCall(world, call)
  else divertCall(world, call, kind)
  if (alerted !== undefined) freeAgent(world, alerted, homeOf(alerted, call.queue))
}

function abandonCall(world: World, call: Call): void {
  recordEvent(world, call.subject, { type: 'call.abandoned', ...callIds(call) })
  if (call.consulting !== undefined) {
    recordEvent(world, call.subject, { type: 'call.ended', callId: call.subject.id })
    releaseConsulting(world, call, moves)
  }
  endCall(call)
}

function divertCall(world: World, call: Call, kind: 'callback' | 'overflow' | 'timeout' | 'key'): void {
  const reason = kind === 'timeout' && drawChance(world, 0.5) ? 'voicemail' : kind
  recordEvent(world, call.subject, { type: 'call.diverted', ...callIds(call), reason })
  if (kind === 'overflow') {
    call.phase = 'moving'
    requeueCall(world, call, drawUniform(world.random, 40, 400))
  } else if (kind === 'callback') {
    after(world, drawUniform(world.random, 300_000, 2_400_000), () => callBack(world, call))
  } else {
    endCall(call)
  }
}

function callBack(world: World, asking: Call): void {
  enqueueCall(world, createCall(world, asking.queue, { by: asking }), asking.queue)
}

function alertAgent(world: World, call: Call, { agent, queue }: Desk): void {
  call.phase = 'alerting'
  call.agent = agent
  changeState(world, agent, 'alerting')
  const { visitCount } = call
  const ids = callIds(call)
  const who = { agentId: agentIdOf(agent), teamId: agent.teamId }
  const step = (delayMs: number, run: () => void): void =>
    after(world, delayMs, () => {
      if (call.phase === 'alerting' && call.visitCount === visitCount && call.agent === agent) run()
    })
  recordEvent(world, call.subject, { type: 'call.alerted', ...ids, ...who })
  if (drawChance(world, declinedShare)) {
    step(drawUniform(world.random, 4_000, 15_000), () => declineCall(world, call, { agent, queue }))
  } else {
    step(drawUniform(world.random, 800, 4_500), () => answerCall(world, call, { agent, queue }))
  }
}

function declineCall(world: World, call: Call, { agent, queue }: Desk): void {
  const body: EventBody = {
    type: 'call.declined',
    ...callIds(call),
    agentId: agentIdOf(agent),
    teamId: agent.teamId,
  }
  recordEvent(world, call.subject, body)
  call.phase = 'waiting'
  call.agent = undefined
  changeState(world, agent, 'not-responding')
  after(world, drawUniform(world.random, 30_000, 120_000), () => freeAgent(world, agent, queue))
  const other = takeIdleAgent(call.queue)
  if (other === undefined) call.queue.waiting.unshift(call)
  else alertAgent(world, call, { agent: other, queue: homeOf(other, call.queue) })
}

function answerCall(world: World, call: Call, { agent, queue }: Desk): void {
  call.phase = 'talking'
  call.legCount++
  call.waitedMs += world.agenda.nowMs - call.queuedAtMs
  changeState(world, agent, 'busy')
  const leg = call.isNamed ? { legId: `l${call.legCount}` } : {}
  const agentId = agentIdOf(agent)
  recordEvent(world, call.subject, {
    type: 'call.answered',
    ...callIds(call),
    ...leg,
    agentId,
    teamId: agent.teamId,
  })
  if (call.asked !== undefined && call.legCount === 1) {
    recordEvent(world, call.asked, { type: 'call.called_back', callId: call.asked.id, agentId })
    call.asked.isOpen = false
  }
  releaseConsulting(world, call, moves)
  holdConversation(world, call, { agent, queue, moves })
}

function homeOf(agent: Agent, near: Queue): Queue {
  return near.site.queues.find((queue) => queue.row === agent.home) ?? near
}
