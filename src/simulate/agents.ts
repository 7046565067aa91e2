import type { EventOf } from '../core/events.ts'
import type { QueueRow } from './profiles.ts'
import { hashToUnit } from './random.ts'
import { after, createSubject, recordEvent, type Subject, type World } from './world.ts'

export type AgentState = EventOf<'agent.state_changed'>['state']

/** Someone who answers calls. */
export type Agent = {
  readonly subject: Subject
  readonly home: QueueRow
  readonly teamId: string
  readonly queueIds: readonly string[]
  /** Also takes the calls of the next queue. */
  readonly isCrossTrained: boolean
  readonly isReported: boolean
  state: AgentState
  signedOnAtMs: number
}

export type AgentPlace = { readonly home: QueueRow; readonly next: QueueRow; readonly site: number }

export function createAgent(world: World, place: AgentPlace): Agent {
  const { home, next, site } = place
  const number = ++world.lastAgent
  const teamId = `${home.queueId}-${site + 1}`
  const isCrossTrained = hashToUnit(world.seed, number, 7) < 0.3
  return {
    subject: createSubject(world, `agent-${world.idStamp}-${number}`, { agentId: nameAgent(number), teamId }),
    home,
    teamId,
    queueIds: isCrossTrained && next !== home ? [home.queueId, next.queueId] : [home.queueId],
    isCrossTrained,
    isReported: hashToUnit(world.seed, number) < world.profile.reportingAgentShare,
    state: 'offline',
    signedOnAtMs: world.agenda.nowMs,
  }
}

export function changeState(world: World, agent: Agent, state: AgentState): void {
  agent.state = state
  agent.subject.isOpen = state !== 'offline'
  if (!agent.isReported) return
  const isAtWork = state === 'alerting' || state === 'busy' || state === 'wrap-up'
  recordEvent(world, agent.subject, {
    type: 'agent.state_changed',
    agentId: agentIdOf(agent),
    state,
    queueIds: agent.queueIds,
    slots: { voice: 1 },
    contacts: { voice: isAtWork ? 1 : 0 },
  })
}

/** A pause, and home for the day unless called back before its end. */
export function sendOnBreak(world: World, agent: Agent): void {
  const isTraining = world.random() < 0.12
  changeState(world, agent, isTraining ? 'training' : 'break')
  const beganAtMs = world.agenda.nowMs
  after(world, (12 + 30 * world.random()) * 60_000, () => {
    const isStillAway = agent.state === 'break' || agent.state === 'training'
    if (isStillAway && agent.signedOnAtMs < beganAtMs) changeState(world, agent, 'offline')
  })
}

export function agentIdOf(agent: Agent): string {
  return agent.subject.dimensions.agentId ?? agent.subject.id
}

function nameAgent(number: number): string {
  return `agent-${number.toString().padStart(3, '0')}`
}
