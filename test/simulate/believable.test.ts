import { describe, expect, it } from 'vitest'
import type { Event, EventOf } from '../../src/core/events.ts'
import { createSimulation, type SimulationOptions } from '../../src/simulate/simulation.ts'

const mondayMs = Date.parse('2026-03-02T00:00:00Z')
const DAY_MS = 86_400_000
const options: SimulationOptions = {
  seed: 7,
  profile: 'default',
  eventsPerSecond: 1,
  startAtMs: mondayMs,
  durationMs: 4 * DAY_MS,
}

type Visit = { readonly queuedAtMs: number; exits: number; waitMs: number }

describe('a working week', () => {
  const events = [...createSimulation(options).batches()]
    .flat()
    .flatMap((item) => ('event' in item ? [item.event] : []))
  const calls = groupCalls(events)
  const visits = [...calls.values()].flatMap((call) => visitsOf(call))
  const shareOf = (part: number, whole: number): number => part / whole

  it('has a visit before every outcome, one outcome a visit, and no answer before its queueing', () => {
    expect(visits.filter((visit) => visit.exits > 1 || visit.waitMs < 0)).toEqual([])
  })

  it('answers 70 to 90 per cent of the callers within 20 s', () => {
    const answers = countWithin(calls, 20_000)
    const outcomes = countType(events, 'call.answered') + countType(events, 'call.abandoned')
    expect(shareOf(answers, outcomes)).toBeGreaterThan(0.7)
    expect(shareOf(answers, outcomes)).toBeLessThan(0.9)
  })

  it('loses 2 to 8 per cent of them', () => {
    const abandoned = countType(events, 'call.abandoned')
    const share = shareOf(abandoned, abandoned + countType(events, 'call.answered'))
    expect(share).toBeGreaterThan(0.02)
    expect(share).toBeLessThan(0.08)
  })

  it('takes five to seven minutes a call', () => {
    const handleMs = meanHandleMs(calls)
    expect(handleMs).toBeGreaterThan(300_000)
    expect(handleMs).toBeLessThan(420_000)
  })

  it('reopens 3 to 8 per cent of what it resolved', () => {
    const resolved = events.filter(
      (event) =>
        event.type === 'ticket.resolved' ||
        (event.type === 'ticket.status_changed' && event.status === 'solved'),
    )
    const share = shareOf(countType(events, 'ticket.reopened'), resolved.length)
    expect(share).toBeGreaterThan(0.03)
    expect(share).toBeLessThan(0.08)
  })

  it('pleases about four in five, and more recommend it than not', () => {
    const answers = events.filter((event) => event.type === 'survey.answered')
    const csat = answers.filter((answer) => answer.kind === 'csat')
    const positive = shareOf(csat.filter((answer) => answer.score >= 4).length, csat.length)
    expect(positive).toBeGreaterThan(0.72)
    expect(positive).toBeLessThan(0.86)
    const nps = answers.filter((answer) => answer.kind === 'nps').map((answer) => answer.score)
    const points = shareOf(nps.filter((s) => s >= 9).length - nps.filter((s) => s <= 6).length, nps.length)
    expect(points).toBeGreaterThan(0)
    expect(points).toBeLessThan(0.6)
  })

  it('keeps its agents busy, not breathless', () => {
    const occupancy = meanOccupancy(events)
    expect(occupancy).toBeGreaterThan(0.7)
    expect(occupancy).toBeLessThan(0.92)
  })

  it('has all that a bus of a contact centre has', () => {
    const types = new Set(events.map((event) => event.type))
    for (const type of [
      'call.declined',
      'call.diverted',
      'call.blocked',
      'call.called_back',
      'call.held',
      'call.transferred',
      'ticket.handed_off',
      'ticket.escalated',
      'ticket.merged',
      'ticket.spam',
      'ticket.deleted',
      'ticket.closed',
      'order.completed',
      'cost.recorded',
    ] as const) {
      expect(types).toContain(type)
    }
  })

  it('names the queue and the customer of every call and ticket', () => {
    const unnamed = events.filter(
      (event) =>
        (event.type.startsWith('call.') || event.type.startsWith('ticket.')) &&
        (event.queueId === undefined || event.customerId === undefined || event.channel === undefined),
    )
    expect(unnamed).toEqual([])
  })
})

function groupCalls(events: readonly Event[]): ReadonlyMap<string, readonly Event[]> {
  const calls = new Map<string, Event[]>()
  for (const event of events) {
    if (!event.type.startsWith('call.') || !('callId' in event) || event.callId === undefined) continue
    const call = calls.get(event.callId)
    if (call === undefined) calls.set(event.callId, [event])
    else call.push(event)
  }
  return calls
}

function visitsOf(call: readonly Event[]): readonly Visit[] {
  const visits: Visit[] = []
  for (const event of call) {
    if (event.type === 'call.queued') visits.push({ queuedAtMs: event.occurredAt, exits: 0, waitMs: 0 })
    if (!['call.answered', 'call.abandoned', 'call.diverted'].includes(event.type)) continue
    const last = visits.at(-1) ?? { queuedAtMs: 0, exits: 9, waitMs: -1 }
    if (visits.length === 0) visits.push(last)
    last.exits++
    last.waitMs = event.occurredAt - last.queuedAtMs
  }
  return visits
}

function countWithin(calls: ReadonlyMap<string, readonly Event[]>, thresholdMs: number): number {
  let count = 0
  for (const call of calls.values()) {
    let queuedAtMs = 0
    for (const event of call) {
      if (event.type === 'call.queued') queuedAtMs = event.occurredAt
      if (event.type === 'call.answered' && event.occurredAt - queuedAtMs <= thresholdMs) count++
    }
  }
  return count
}

function meanHandleMs(calls: ReadonlyMap<string, readonly Event[]>): number {
  let sum = 0
  let count = 0
  for (const call of calls.values()) {
    const answered = call.filter((event) => event.type === 'call.answered')
    const wrapped = call.find((event) => event.type === 'call.wrapped')
    const [only] = answered
    if (answered.length !== 1 || only === undefined || wrapped === undefined) continue
    sum += wrapped.occurredAt - only.occurredAt
    count++
  }
  return sum / count
}

function meanOccupancy(events: readonly Event[]): number {
  const last = new Map<string, EventOf<'agent.state_changed'>>()
  let atWorkMs = 0
  let availableMs = 0
  for (const event of events) {
    if (event.type !== 'agent.state_changed') continue
    const before = last.get(event.agentId)
    last.set(event.agentId, event)
    if (before === undefined) continue
    const ms = event.occurredAt - before.occurredAt
    if (before.state === 'available') availableMs += ms
    if (before.state === 'busy' || before.state === 'wrap-up' || before.state === 'alerting') atWorkMs += ms
  }
  return atWorkMs / (atWorkMs + availableMs)
}

function countType(events: readonly Event[], type: Event['type']): number {
  return events.filter((event) => event.type === type).length
}
