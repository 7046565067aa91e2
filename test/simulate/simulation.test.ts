import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { compareEvents, type Event, parseEvent } from '../../src/core/events.ts'
import {
  createSimulation,
  formatNdjson,
  type ProfileName,
  type SimulatedItem,
  type SimulationOptions,
} from '../../src/simulate/simulation.ts'

const mondayMs = Date.parse('2026-03-02T00:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const base: SimulationOptions = { seed: 1, profile: 'default', eventsPerSecond: 4, startAtMs: mondayMs }

describe('the bytes', () => {
  it('are the same for the same seed and options', () => {
    const options = { ...base, events: 6_000, lateShare: 0.05, duplicateShare: 0.02, poisonShare: 0.01 }
    expect(hashOf(options)).toBe(hashOf(options))
  })

  it('stay as they are from release to release', () => {
    expect(hashOf({ ...base, events: 6_000 })).toBe('ad7b447a5623ca98')
  })

  it('differ under another seed', () => {
    expect(hashOf({ ...base, events: 1000 })).not.toBe(hashOf({ ...base, seed: 2, events: 1000 }))
  })

  it('are the same pulled step by step as in batches', () => {
    const options = { ...base, durationMs: HOUR_MS, lateShare: 0.1, duplicateShare: 0.05, poisonShare: 0.01 }
    const simulation = createSimulation(options)
    const lines: string[] = []
    for (let atMs = mondayMs; atMs <= mondayMs + HOUR_MS; atMs += 7_919) {
      lines.push(...simulation.takeUntil(atMs).map(formatNdjson))
    }
    lines.push(...simulation.takeUntil(Number.POSITIVE_INFINITY).map(formatNdjson))
    expect(lines).toEqual(itemsOf(options).map(formatNdjson))
  })
})

describe('the events', () => {
  const profiles: readonly ProfileName[] = ['default', 'calls', 'tickets', 'quiet']

  it.each(profiles)('of the profile %s are accepted and come back from their line unchanged', (profile) => {
    const events = eventsOf({ ...base, profile, events: 4000 })
    const parsed = events.map((event) => parseEvent(JSON.parse(formatNdjson({ event }))))
    expect(parsed).toEqual(events.map((event) => ({ ok: true, event })))
  })

  it('come in order of time', () => {
    const instants = eventsOf({ ...base, events: 10_000 }).map((event) => event.occurredAt)
    expect(instants).toEqual(instants.toSorted((a, b) => a - b))
  })

  it('have ids that are unique in the whole simulation', () => {
    const ids = eventsOf({ ...base, events: 10_000 }).map((event) => event.eventId)
    expect(new Set(ids).size).toBe(10_000)
  })

  it('number as many as asked for, and last as long as asked for', () => {
    expect(itemsOf({ ...base, events: 1234 })).toHaveLength(1234)
    const events = eventsOf({ ...base, durationMs: HOUR_MS })
    expect(events.at(-1)?.occurredAt).toBeLessThan(mondayMs + HOUR_MS)
  })

  it('come at the asked rate, on the mean of a week', () => {
    const weeks = { ...base, eventsPerSecond: 0.15, durationMs: 21 * DAY_MS }
    const lastWeek = eventsOf(weeks).filter((event) => event.occurredAt >= mondayMs + 14 * DAY_MS)
    const perSecond = lastWeek.length / (7 * 86_400)
    expect(perSecond).toBeGreaterThan(0.135)
    expect(perSecond).toBeLessThan(0.165)
  })

  it('are few at night and most on Monday morning', () => {
    const calls = eventsOf({ ...base, profile: 'calls', eventsPerSecond: 0.2, durationMs: 7 * DAY_MS })
    const between = (fromHour: number, toHour: number): number =>
      calls.filter(({ occurredAt }) => {
        const hour = (occurredAt - mondayMs) / HOUR_MS
        return hour >= fromHour && hour < toHour
      }).length
    expect(between(9, 12)).toBeGreaterThan(15 * between(1, 4))
    expect(between(9, 12)).toBeGreaterThan(between(4 * 24 + 9, 4 * 24 + 12))
    expect(between(9, 12)).toBeGreaterThan(2 * between(5 * 24 + 9, 5 * 24 + 12))
  })
})

describe('a simulation with faults', () => {
  const faults = { ...base, events: 15_000, lateShare: 0.05, duplicateShare: 0.02, poisonShare: 0.01 }
  const items = itemsOf(faults)
  const events = items.flatMap((item) => ('event' in item ? [item.event] : []))

  it('has the same distinct events as one without', () => {
    const distinct = new Map(events.map((event) => [event.eventId, event]))
    expect([...distinct.values()].toSorted(compareEvents)).toEqual(
      eventsOf({ ...base, events: 15_000 }).toSorted(compareEvents),
    )
  })

  it('repeats and spoils as many as asked for', () => {
    expect((events.length - 15_000) / 15_000).toBeCloseTo(0.02, 2)
    expect((items.length - events.length) / 15_000).toBeCloseTo(0.01, 2)
  })

  it('delivers as many late as asked for, by hours at most', () => {
    const seen = new Set<string>()
    const firsts = events.filter(({ eventId }) => !seen.has(eventId) && seen.add(eventId))
    let newestMs = 0
    const delays = firsts.map(({ occurredAt }) => {
      newestMs = Math.max(newestMs, occurredAt)
      return newestMs - occurredAt
    })
    const lateShare = delays.filter((delay) => delay > 0).length / 15_000
    expect(lateShare).toBeGreaterThan(0.035)
    expect(lateShare).toBeLessThan(0.06)
    expect(Math.max(...delays)).toBeGreaterThan(HOUR_MS)
    expect(Math.max(...delays)).toBeLessThan(9 * HOUR_MS)
  })

  it('has bad lines of every kind, and second payloads under one id', () => {
    const raws = items.flatMap((item) => ('raw' in item ? [item.raw] : []))
    const reasons = new Map<string, number>()
    for (const raw of raws) reasons.set(reasonOf(raw), (reasons.get(reasonOf(raw)) ?? 0) + 1)
    expect([...reasons.keys()].toSorted()).toEqual(['conflicting', 'invalid', 'malformed', 'unknown-type'])
    expect(reasons.get('conflicting') ?? 0).toBeLessThan(raws.length / 4)
  })
})

describe('a warm start', () => {
  const warm = { ...base, startAtMs: mondayMs + 9 * HOUR_MS, warmUpMs: 6 * HOUR_MS, durationMs: HOUR_MS }
  const events = eventsOf(warm)

  it('tells what is still going on, calls and tickets and agents, from its beginning', () => {
    const before = events.filter((event) => event.occurredAt < warm.startAtMs)
    const types = new Set(before.map((event) => event.type))
    expect(types).toContain('call.queued')
    expect(types).toContain('ticket.created')
    expect(types).toContain('agent.state_changed')
  })

  it('shows no subject without its first event, agents apart', () => {
    const begun = new Set<string>()
    const orphans = events.filter((event) => {
      const [subject = '', number] = event.eventId.split('.')
      if (number === '1') begun.add(subject)
      return event.type !== 'agent.state_changed' && !begun.has(subject)
    })
    expect(orphans).toEqual([])
  })
})

function hashOf(options: SimulationOptions): string {
  const hash = createHash('sha256')
  for (const item of itemsOf(options)) hash.update(`${formatNdjson(item)}\n`)
  return hash.digest('hex').slice(0, 16)
}

function eventsOf(options: SimulationOptions): readonly Event[] {
  return itemsOf(options).flatMap((item) => ('event' in item ? [item.event] : []))
}

function itemsOf(options: SimulationOptions): readonly SimulatedItem[] {
  return [...createSimulation(options).batches()].flat()
}

function reasonOf(raw: string): string {
  try {
    const parsed = parseEvent(JSON.parse(raw))
    return parsed.ok ? 'conflicting' : parsed.reason
  } catch (error) {
    if (error instanceof SyntaxError) return 'malformed'
    throw error
  }
}
