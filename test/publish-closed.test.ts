import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Event } from '../src/core/events.ts'
import { catalogueFor } from '../src/core/metrics.ts'
import { listOpen } from '../src/core/open-index.ts'
import { type ShardView, viewShard } from '../src/core/rollup.ts'
import { defaultRules } from '../src/core/rules.ts'
import { edgesAt } from '../src/core/slices.ts'
import { readSnapshot } from '../src/core/snapshot.ts'
import { type CalendarWindow, calendarWindowContaining, parseWindow } from '../src/core/windows.ts'
import { type CalendarDesk, createClosedReader, type IntervalContext } from '../src/publish-closed.ts'
import { createDesk } from '../src/publish-desk.ts'
import { createScopeInfos } from '../src/publish-scopes.ts'
import { history } from './support/arbitraries.ts'
import { at, hour, minute, second, startMs } from './support/ask.ts'
import { createDriver, zoneNamed } from './support/driver.ts'

const sets = [[], ['queueId'], ['channel']]
const tiering = { zone: zoneNamed('UTC'), finestTier: 0 }
const rows = catalogueFor(defaultRules)

const desks = sets.flatMap((set) =>
  ['interval-15m', 'today'].map((id) => {
    const parsed = parseWindow(id)
    if (!parsed.ok) throw new Error(parsed.detail)
    return createDesk({ set, window: parsed.window, rows, everyMs: 1 }) as CalendarDesk
  }),
)

const stateAfter = (events: readonly Event[], asOfMs: number): IntervalContext => {
  const driver = createDriver({ sets, shardCount: 2 })
  driver.feed(events)
  driver.advanceTo(asOfMs)
  const shards = driver.shards().map(viewShard)
  return {
    context: { shards, asOfMs, tiering, open: listOpen(shards, sets) },
    infos: infosOf(driver.shards().flatMap((shard) => [...shard.scopes.byKey.keys()])),
    finalToMs: asOfMs - 12 * hour,
    edges: edgesAt(asOfMs, tiering),
    countedSince: () => Number.NEGATIVE_INFINITY,
  }
}

const infosOf = (scopeKeys: readonly string[]) => {
  const infos = createScopeInfos(1)
  for (const key of scopeKeys) infos.of(key)
  return infos
}

/** What a window of a scope says when nothing else is read. */
const readAlone = (
  { context, infos, finalToMs }: IntervalContext,
  { window, rows }: CalendarDesk,
  { scopeKey, period }: { readonly scopeKey: string; readonly period: { startAt: number; endAt: number } },
) =>
  readSnapshot(
    { ...context, rows },
    { scope: infos.of(scopeKey), window, period, isFinal: period.endAt <= finalToMs },
  )

const periodAt = (window: CalendarWindow, atMs: number) =>
  calendarWindowContaining(window, tiering.zone, atMs)

test('windows read one after the other, in any order, say what each says alone', () => {
  const agos = fc.array(fc.integer({ min: 0, max: 300 * 15 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(history, agos, fc.boolean(), (events, minutesAgo, isSorted) => {
      const lastMs = Math.max(...events.map(({ occurredAt }) => occurredAt))
      const state = stateAfter(events, lastMs + hour)
      const reader = createClosedReader(state, { fromMs: lastMs - 6 * 24 * hour, toMs: lastMs + hour })
      const ordered = isSorted ? minutesAgo.toSorted((a, b) => b - a) : minutesAgo
      for (const desk of desks)
        for (const ago of ordered) {
          const period = periodAt(desk.window, lastMs - ago * minute)
          for (const scopeKey of scopesOf(state, desk)) {
            const { snapshot, texts } = reader.read(desk, { scopeKey, period })
            expect(snapshot).toEqual(readAlone(state, desk, { scopeKey, period }))
            expect(texts.metrics).toBe(JSON.stringify(snapshot.metrics))
          }
        }
    }),
    { numRuns: 15 },
  )
})

const scopesOf = ({ infos }: IntervalContext, { setName }: CalendarDesk): readonly string[] =>
  [...infos.keys()].filter((key) => infos.of(key).setName === setName)

test('of windows alike but for a call that still waits from one of them only that one is provisional', () => {
  const events = [
    at('call.queued', 0, { callId: 'call-1' }),
    at('call.queued', 40 * minute, { callId: 'call-2', queueId: 'other' }),
    at('call.answered', 41 * minute, { callId: 'call-2', queueId: 'other' }),
  ]
  const state = stateAfter(events, startMs + 2 * hour)
  const quiet: readonly ShardView[] = state.context.shards.map((shard) => ({
    ...shard,
    cellsOf: () => undefined,
  }))
  const reader = createClosedReader(
    { ...state, context: { ...state.context, shards: quiet } },
    { fromMs: startMs - hour, toMs: startMs + 2 * hour },
  )
  const [desk] = desks as [CalendarDesk]
  const isProvisional = [-2, -1, 0, 1, 2].map((quarter) => {
    const period = periodAt(desk.window, startMs + quarter * 15 * minute + second)
    const { snapshot } = reader.read(desk, { scopeKey: 'default|', period })
    return snapshot.metrics.abandonRateCohort?.provisional ?? false
  })
  expect(isProvisional).toEqual([false, false, true, false, false])
})

test('a channel in which nothing happened has a share of what happened in the others', () => {
  const events = [
    at('ticket.created', 0, { ticketId: 'ticket-1', channel: 'chat' }),
    at('ticket.created', 40 * minute, { ticketId: 'ticket-2', channel: 'email' }),
  ]
  const reader = createClosedReader(stateAfter(events, startMs + 2 * hour), {
    fromMs: startMs,
    toMs: startMs + 2 * hour,
  })
  const desk = desks.find(({ setName }) => setName === 'channel') as CalendarDesk
  const shares = [0, 1, 2, 3].map((quarter) => {
    const period = periodAt(desk.window, startMs + quarter * 15 * minute)
    const { snapshot } = reader.read(desk, { scopeKey: 'default|channel=chat', period })
    return snapshot.metrics.channelShare?.value
  })
  expect(shares).toEqual([1, null, 0, null])
})
