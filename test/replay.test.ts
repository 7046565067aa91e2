import { describe, expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { defaultRules } from '../src/core/rules.ts'
import { normaliseSet } from '../src/core/scopes.ts'
import { parseWindow } from '../src/core/windows.ts'
import { createReplay, type Replay, type ReplayOptions } from '../src/replay.ts'
import { at, hour, minute, second, startMs } from './support/ask.ts'
import { zoneNamed } from './support/driver.ts'

type Wanted = Partial<Omit<ReplayOptions, 'windows' | 'sets'>> & {
  readonly windows?: readonly string[]
  readonly sets?: readonly (readonly string[])[]
}

const shardOptions = {
  rules: defaultRules,
  zone: zoneNamed('UTC'),
  finestTier: 0,
  latenessMs: 86_400_000,
  eventsPerSubjectMax: 10,
  scopeKeysMax: 100,
}

const replayWith = ({ windows = ['total'], sets = [[]], ...options }: Wanted = {}): Replay =>
  createReplay({
    shard: { ...shardOptions, sets: sets.map(normaliseSet) },
    rows: catalogueFor(defaultRules),
    windows: windows.map((id) => {
      const parsed = parseWindow(id)
      if (!parsed.ok) throw new Error(parsed.detail)
      return parsed.window
    }),
    sets: sets.map(normaliseSet),
    disorderMs: 5_000,
    liveSubjectsMax: 100,
    packedSubjectsMax: 1_000,
    ...options,
  })

const run = (events: readonly Event[], wanted: Wanted = {}) => {
  const replay = replayWith(wanted)
  const snapshots = events.flatMap((event) => [...replay.feed([event])])
  return { snapshots: [...snapshots, ...replay.finish()], counts: replay.counts }
}

const call = (callId: string, queuedMs: number, answeredMs: number) => [
  at('call.queued', queuedMs, { callId }),
  at('call.answered', answeredMs, { callId }),
]

describe('the end', () => {
  test('is the first slice boundary after the last event', () => {
    const { snapshots } = run(call('a', 0, 7 * second))
    expect(snapshots).toHaveLength(1)
    expect(snapshots[0]?.asOf).toBe(new Date(startMs + 10 * second).toISOString())
    expect(snapshots[0]?.emittedAt).toBe(snapshots[0]?.asOf)
  })

  test('a set past its cap is partial, and says so', () => {
    const shard = { ...shardOptions, sets: [['queueId'], []], scopeKeysMax: 1 }
    const events = ['a', 'b'].flatMap((queueId, place) => [
      at('call.queued', place * second, { callId: queueId, queueId }),
    ])
    const { snapshots } = run(events, { sets: [['queueId'], []], shard })
    const partial = snapshots.map(({ scope, partial: isPartial }) => [scope.queueId ?? '', isPartial])
    expect(partial.sort()).toEqual([
      ['', false],
      ['__other__', true],
      ['a', true],
    ])
  })

  test('of nothing is nothing', () => {
    expect(run([]).snapshots).toEqual([])
  })

  test('where it is given, nothing dated at or after it is filed', () => {
    const { snapshots, counts } = run(call('a', 0, minute), { asOfMs: startMs + minute })
    expect(snapshots[0]?.metrics.waitingNow?.value).toBe(1)
    expect(counts).toMatchObject({ applied: 1, heldBack: 1 })
  })
})

describe('steps', () => {
  const events = [
    ...call('a', 0, 10 * second),
    ...call('b', 20 * minute, 21 * minute),
    ...call('c', 40 * minute, 41 * minute),
  ]
  const stepped = { windows: ['interval-15m'], everyMs: 15 * minute }

  test('each prints its window once the position has passed it, and counts its revision up', () => {
    const { snapshots } = run(events, stepped)
    expect(snapshots.map(({ window }) => window.startAt)).toEqual([
      new Date(startMs).toISOString(),
      new Date(startMs + 15 * minute).toISOString(),
      new Date(startMs + 30 * minute).toISOString(),
    ])
    expect(snapshots.map(({ metrics }) => metrics.callsAnswered?.value)).toEqual([1, 1, 1])
    expect(snapshots.map(({ revision }) => revision)).toEqual([1, 2, 3])
  })

  test('an empty step prints nothing', () => {
    const { snapshots } = run([...call('a', 0, second), ...call('b', 2 * hour, 2 * hour + second)], stepped)
    expect(snapshots).toHaveLength(2)
  })

  test('a step equals a replay up to it, whatever comes later', () => {
    const [first] = run(events, stepped).snapshots
    const [whole] = run(events, { windows: ['interval-15m'], asOfMs: startMs + 15 * minute }).snapshots
    expect(first?.metrics).toEqual(whole?.metrics)
  })

  test('a closed interval that changes later is printed again with a higher revision', () => {
    const late = [...events, ...call('late', 5 * minute, 6 * minute)]
    const again = run(late, stepped).snapshots.filter(
      ({ window }) => window.startAt === new Date(startMs).toISOString(),
    )
    expect(again.map(({ metrics }) => metrics.callsAnswered?.value)).toEqual([1, 2])
    expect(again[1]?.revision).toBeGreaterThan(again[0]?.revision ?? Number.NaN)
  })
})

describe('windows of another zone', () => {
  test('are cut by its clock, and say so', () => {
    const [abroad] = run(call('a', 0, second), { windows: ['today@Asia/Kolkata'] }).snapshots
    expect(abroad?.window).toEqual({
      id: 'today@Asia/Kolkata',
      kind: 'calendar',
      startAt: '2026-03-01T18:30:00.000Z',
      endAt: '2026-03-02T18:30:00.000Z',
      timeZone: 'Asia/Kolkata',
    })
    expect(abroad?.metrics.callsAnswered?.value).toBe(1)
  })

  test.each(['hour', 'today@Asia/Kolkata'])('%s is not corrected once its slices are days', (id) => {
    const day = 24 * hour
    const events = [
      ...call('a', 0, second),
      ...call('b', 70 * day, 70 * day + second),
      ...call('late', 2 * minute, 3 * minute),
    ]
    const found = run(events, { windows: [id], everyMs: 15 * minute }).snapshots
    const first = found.filter(({ window }) => Date.parse(window.startAt ?? '') <= startMs)
    expect(first.map(({ metrics }) => metrics.callsAnswered?.value)).toEqual([...first.map(() => 1)])
  })
})

describe('counts', () => {
  test('every event is accounted for', () => {
    const [queued] = call('a', 0, 1)
    const tooMany = Array.from({ length: 11 }, (_, index) => at('call.queued', index, { callId: 'long' }))
    const { counts } = run([
      ...(queued ? [queued, { ...queued }, { ...queued, queueId: 'other' } as Event] : []),
      at('agent.state_changed', 0, { agentId: 'anna', state: 'busy' }),
      ...tooMany,
    ])
    expect(counts).toMatchObject({
      applied: 11,
      duplicate: 1,
      conflicting: 1,
      subjectTooLong: 1,
      notCounted: 1,
    })
  })
})

describe('memory', () => {
  test('with room for one live subject the end is the same', () => {
    const events = Array.from({ length: 20 }, (_, index) =>
      call(`c-${index}`, index * second, index * second + minute),
    )
      .flat()
      .sort((a, b) => a.occurredAt - b.occurredAt)
    const [roomy] = run(events).snapshots
    const [tight] = run(events, { liveSubjectsMax: 1 }).snapshots
    expect(tight).toEqual(roomy)
  })

  test('they are packed and forgotten under --every too, however few events a step has', () => {
    const calls = Array.from({ length: 20 }, (_, index) => [
      at('call.queued', index * 12 * hour, { callId: `c-${index}` }),
      at('call.abandoned', index * 12 * hour + second, { callId: `c-${index}` }),
    ])
    const limits = { liveSubjectsMax: 2, packedSubjectsMax: 0, everyMs: hour }
    const { counts } = run([...calls.flat(), ...(calls[0] ?? [])], limits)
    // Told again after it was forgotten it is another life; while it is kept it would be a duplicate.
    expect(counts).toMatchObject({ applied: 42, duplicate: 0 })
  })

  test('what has still to come due is not forgotten, however soon it expires', () => {
    const waiting = Array.from({ length: 30 }, (_, index) => [
      at('call.queued', index * 12 * hour, { callId: `c-${index}` }),
      at('call.diverted', index * 12 * hour + 1, { callId: `c-${index}`, reason: 'callback' }),
    ]).flat()
    const rules = { ...defaultRules, visitExpiryMs: 9 * 24 * hour }
    const shard = { ...shardOptions, rules, sets: [[]] }
    const [snapshot] = run(waiting, { liveSubjectsMax: 3, packedSubjectsMax: 0, shard }).snapshots
    expect(snapshot?.metrics.callbacksWaitingNow?.value).toBe(18)
  })

  test('packed subjects are forgotten only when nothing can join them', () => {
    const old = Array.from({ length: 8 }, (_, index) => call(`old-${index}`, 0, second))
    const young = call('young', 10 * 24 * hour, 10 * 24 * hour + second)
    const limits = { liveSubjectsMax: 1, packedSubjectsMax: 0 }
    const { snapshots } = run([...old.flat(), ...young], limits)
    expect(snapshots[0]?.metrics.callsAnswered?.value).toBe(9)
  })

  test('a history of fewer than sixteen events for each that may live is never packed, and so never forgotten', () => {
    const toldAgain = (count: number) => {
      const calls = Array.from({ length: count }, (_, index) => {
        const atMs = index * 30 * 24 * hour
        return [
          at('call.queued', atMs, { callId: `c-${index}` }),
          at('call.abandoned', atMs + second, { callId: `c-${index}` }),
        ]
      })
      const { counts } = run([...calls.flat(), ...(calls[0] ?? [])], limits)
      return counts.duplicate
    }
    const limits = { liveSubjectsMax: 2, packedSubjectsMax: 0 }
    expect(toldAgain(15)).toBe(2)
    expect(toldAgain(16)).toBe(0)
  })
})

test('scopes are printed in the order of their keys', () => {
  const events = [
    at('call.queued', 0, { callId: 'a', queueId: 'sales' }),
    at('call.queued', 0, { callId: 'b', queueId: 'billing' }),
  ]
  const { snapshots } = run(events, { sets: [['queueId'], []] })
  expect(snapshots.map(({ scope }) => scope.queueId)).toEqual([undefined, 'billing', 'sales'])
})
