import type { Agent, AgentPlace } from './agents.ts'
import type { QueueRow } from './profiles.ts'
import type { Subject } from './world.ts'

/** A call while it lives. `visitCount` tells a step that was planned for an earlier visit that it is void. */
export type Call = {
  readonly subject: Subject
  readonly direction: 'inbound' | 'outbound'
  readonly contactId: string | undefined
  /** Half of the telephone systems name visits and legs, the others leave them to be inferred. */
  readonly isNamed: boolean
  /** The call whose caller asked to be called back by this one. */
  readonly asked: Subject | undefined
  queue: Queue
  phase: 'waiting' | 'alerting' | 'talking' | 'moving' | 'over'
  visitCount: number
  legCount: number
  queuedAtMs: number
  waitedMs: number
  agent: Agent | undefined
  /** The agent who consults another and keeps the caller meanwhile. */
  consulting: (Desk & { readonly leg: number }) | undefined
}

/** One queue at one site: who waits, who is free, who is at home. */
export type Queue = {
  readonly row: QueueRow
  readonly site: Site
  readonly place: AgentPlace
  readonly perSecond: number
  waiting: Call[]
  readonly idle: Agent[]
  readonly away: Agent[]
  onDutyCount: number
  /** Agents to go home after the contact they are at. */
  surplusCount: number
}

/** Calls are spread over sites by share, as big centres do, so that a queue stays as hard to staff as a real one. */
export type Site = {
  readonly number: number
  readonly queues: readonly Queue[]
  /** At quiet hours everybody takes every queue. */
  isPooled: boolean
}

/** An agent and the queue they sit at, whoever's call they take. */
export type Desk = { readonly agent: Agent; readonly queue: Queue }

/** What names the call, and the visit where the telephone system does. */
export function callIds(call: Call): { callId: string; visitId?: string } {
  const callId = call.subject.id
  return call.isNamed ? { callId, visitId: `v${call.visitCount}` } : { callId }
}

export function endCall(call: Call): void {
  call.phase = 'over'
  call.subject.isOpen = false
}
