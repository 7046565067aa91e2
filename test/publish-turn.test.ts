import { expect, test } from 'vitest'
import { catalogueFor, pickMetrics } from '../src/core/metrics.ts'
import { createOpenIndex } from '../src/core/open-index.ts'
import { defaultRules } from '../src/core/rules.ts'
import { parseWindow, type WindowSpec } from '../src/core/windows.ts'
import { createZone } from '../src/core/zone.ts'
import { createDesk, type Desk } from '../src/publish-desk.ts'
import { sendLanes } from '../src/publish-lanes.ts'
import { createScopeInfos } from '../src/publish-scopes.ts'
import { readTurn, type Turn } from '../src/publish-turn.ts'
import type { PublishedState } from '../src/published-state.ts'

const startMs = Date.parse('2026-03-02T10:00:00Z')

const rows = pickMetrics(catalogueFor(defaultRules), ['callsOffered']).rows

const windowOf = (id: string): WindowSpec => {
  const parsed = parseWindow(id)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.window
}

const emptyState = { views: [], asOfMs: startMs } as unknown as PublishedState

/** A machine on which reading a scope takes so long. */
const openTurns = (scopeMs: number) => {
  let nowMs = startMs
  const turnAt = (isResting: boolean): Turn => ({
    now: emptyState,
    atMs: nowMs,
    lanes: isResting ? ['urgent'] : sendLanes,
    isBulkYielding: false,
    holds: () => false,
    clock: { now: () => nowMs },
    tiering: { zone: createZone('UTC'), finestTier: 0 },
    timeSource: 'clock',
    infos: createScopeInfos(1),
    openIndex: createOpenIndex([]),
    isPartial: () => {
      nowMs += scopeMs
      return false
    },
  })
  return {
    turnAt,
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

/** A desk whose scopes were said, so that each is read and found gone. */
const deskOf = (name: string, passMs: number): Desk => {
  const desk = createDesk({ set: [name], window: windowOf('15m'), rows, everyMs: 1_000 })
  desk.passMs = passMs
  return desk
}

test('many quick desks keep no slow one from being read, turn after turn', () => {
  const { turnAt, pass } = openTurns(0)
  const quick = Array.from({ length: 30 }, (_, number) => deskOf(`quick-${number}`, 5))
  const slow = deskOf('slow', 1_000)
  let slowRuns = 0
  for (let round = 0; round < 10; round++) {
    for (const desk of [...quick, slow]) desk.dirty.add(`acme|${desk.setName}=a`)
    const turn = turnAt(false)
    const now = () => {
      pass(15)
      return turn.clock.now()
    }
    slowRuns += readTurn([...quick, slow], { ...turn, clock: { now } }).filter(
      ({ desk }) => desk === slow,
    ).length
    pass(2_000)
  }
  expect(slowRuns).toBe(10)
})

test('while the publisher rests only quick desks are read', () => {
  const { turnAt } = openTurns(0)
  const desks = [deskOf('quick', 5), deskOf('slow', 1_000)]
  for (const desk of desks) desk.dirty.add(`acme|${desk.setName}=a`)
  expect(readTurn(desks, turnAt(true)).map(({ desk }) => desk.setName)).toEqual(['quick'])
})

test('where bulk yields, it is read only if nothing urgent was', () => {
  const { turnAt, pass } = openTurns(0)
  const desks = [deskOf('quick', 5), deskOf('slow', 1_000)]
  const readOf = (isBulkYielding: boolean) =>
    readTurn(desks, { ...turnAt(false), isBulkYielding }).map(({ desk }) => desk.setName)
  for (const desk of desks) desk.dirty.add(`acme|${desk.setName}=a`)
  expect(readOf(true)).toEqual(['quick'])
  expect(readOf(true)).toEqual(['slow'])
  pass(2_000)
  for (const desk of desks) desk.dirty.add(`acme|${desk.setName}=a`)
  expect(readOf(false)).toEqual(['quick', 'slow'])
})

test('a turn in which the machine stood still does not make a desk slow', () => {
  const { turnAt, pass } = openTurns(0)
  const desk = deskOf('quick', 5)
  desk.dirty.add('acme|quick=a')
  const turn = turnAt(false)
  let looks = 0
  const now = () => {
    if (++looks === 4) pass(60_000)
    return turn.clock.now()
  }
  readTurn([desk], { ...turn, clock: { now } })
  pass(2_000)
  desk.dirty.add('acme|quick=a')
  expect(readTurn([desk], turnAt(true))).toHaveLength(1)
})

test('a clock that is set back while a desk is read makes no desk quick that is not', () => {
  const { turnAt, pass } = openTurns(0)
  const desk = deskOf('slow', 30)
  desk.dirty.add('acme|slow=a')
  const turn = turnAt(false)
  const now = () => {
    pass(-10_000)
    return turn.clock.now()
  }
  readTurn([desk], { ...turn, clock: { now } })
  expect(desk.passMs).toBeGreaterThanOrEqual(0)
})

test('what is read every second does not wait for all that is read every five', () => {
  const { turnAt, pass } = openTurns(0)
  const often = deskOf('often', 5)
  const seldom = Array.from({ length: 20 }, (_, number) => ({
    ...deskOf(`seldom-${number}`, 5),
    everyMs: 5_000,
  }))
  const desks = [...seldom, often]
  const firstAt: number[] = []
  for (let round = 0; round < 120; round++) {
    for (const desk of desks) desk.dirty.add(`acme|${desk.setName}=a`)
    const turn = turnAt(false)
    const now = () => {
      pass(15)
      return turn.clock.now()
    }
    const runs = readTurn(desks, { ...turn, clock: { now } })
    if (runs.some(({ desk }) => desk === often)) firstAt.push(round)
    pass(100)
  }
  // Half a turn is missed now and then; by the one read longest ago it waited for all the others, 28 turns.
  const pauses = firstAt.slice(1).map((round, index) => round - (firstAt[index] as number))
  expect(Math.max(...pauses)).toBeLessThanOrEqual(10)
})

test('of what is due alike the quickest is read first', () => {
  const { turnAt, pass } = openTurns(0)
  const desks = [deskOf('teams', 15), deskOf('queues', 5), deskOf('tenant', 1)]
  const readAt = () => {
    for (const desk of desks) desk.dirty.add(`acme|${desk.setName}=a`)
    return readTurn(desks, turnAt(false)).map(({ desk }) => desk.setName)
  }
  readAt()
  pass(1_000)
  for (const desk of desks) desk.passMs = { teams: 15, queues: 5, tenant: 1 }[desk.setName] as number
  expect(readAt()).toEqual(['tenant', 'queues', 'teams'])
})

test('a turn that came late is followed by the next in time', () => {
  const { turnAt, pass } = openTurns(0)
  const desk = deskOf('tenant', 1)
  const isRead = () => {
    desk.dirty.add('acme|tenant=a')
    return readTurn([desk], turnAt(false)).length > 0
  }
  const readAfter = (pauses: readonly number[]) =>
    pauses.map((ms) => {
      pass(ms)
      return isRead()
    })
  // Due after 1,000 and 2,000; what comes later than an interval begins anew.
  expect(readAfter([0, 1_200, 799, 1, 2_300, 999, 1])).toEqual([true, true, false, true, true, false, true])
  // Late by nine tenths, the next is due half an interval on, and then a whole one.
  expect(readAfter([1_900, 499, 1, 999, 1])).toEqual([true, false, true, false, true])
})

test('of what many scopes say, what is read seldom has its turns too', () => {
  const { turnAt, pass } = openTurns(0)
  const often = deskOf('often', 1_000)
  const seldom = { ...deskOf('seldom', 1_000), everyMs: 60_000 }
  const turns = new Map<Desk, number>()
  for (let round = 0; round < 20; round++) {
    for (const desk of [often, seldom])
      for (let scope = 0; scope < 1_000; scope++) desk.dirty.add(`acme|${desk.setName}=${scope}`)
    for (const desk of [often, seldom]) desk.passMs = 1_000
    const turn = turnAt(false)
    const now = () => {
      pass(15)
      return turn.clock.now()
    }
    for (const { desk } of readTurn([often, seldom], { ...turn, clock: { now } }))
      turns.set(desk, (turns.get(desk) ?? 0) + 1)
    pass(100)
  }
  expect(turns.get(seldom)).toBeGreaterThanOrEqual(9)
})

test('a desk goes out urgently where it is quick, and is not read while it is under way or its lane is taken', () => {
  const { turnAt } = openTurns(0)
  const [quick, slow] = [deskOf('quick', 5), deskOf('slow', 1_000)] as const
  const readWith = (own: Partial<Turn>) => {
    for (const desk of [quick, slow]) {
      desk.dirty.add(`acme|${desk.setName}=a`)
      desk.passAtMs = Number.NEGATIVE_INFINITY
    }
    const turn = turnAt(false)
    return readTurn([quick, slow], { ...turn, ...own }).map(({ desk, lane }) => `${desk.setName} ${lane}`)
  }
  expect(readWith({})).toEqual(['quick urgent', 'slow bulk'])
  slow.passMs = 1_000
  expect(readWith({ lanes: ['bulk'] })).toEqual(['slow bulk'])
  slow.passMs = 1_000
  expect(readWith({ holds: (desk) => desk === slow })).toEqual(['quick urgent'])
})

test('what says that scopes are gone goes out in bulk, however quickly it is read', () => {
  const { turnAt } = openTurns(0)
  const former = createDesk({ set: ['former'], window: windowOf('now'), rows: [], everyMs: 0 })
  former.dirty.add('acme|former=a')
  expect(readTurn([former], turnAt(false)).map(({ lane }) => lane)).toEqual(['bulk'])
})

test('what hundreds of scopes say goes out in bulk, however quickly it is read', () => {
  const { turnAt } = openTurns(0)
  const laneWith = (scopes: number) => {
    const desk = deskOf('teamId', 0)
    for (let team = 0; team < scopes; team++) desk.published.set(`acme|teamId=team-${team}`, -1)
    desk.dirty.add('acme|teamId=team-0')
    return readTurn([desk], turnAt(false)).map(({ lane }) => lane)
  }
  expect([laneWith(200), laneWith(201)]).toEqual([['urgent'], ['bulk']])
})
