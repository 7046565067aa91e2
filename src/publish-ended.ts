import { quarterStart } from './core/journal.ts'
import { flooredStart } from './core/slice-sums.ts'
import { closedWindowsBetween, firstCuttable } from './core/windows.ts'
import {
  type CalendarDesk,
  type ClosedReader,
  type ClosedSnapshot,
  createClosedReader,
  type IntervalContext,
  type Period,
  reachOf,
} from './publish-closed.ts'
import type { Desk } from './publish-desk.ts'
import { sliceStarts } from './publish-wakes.ts'

/** Windows of the scopes that a shard publishes, by their end: in (after, upTo]; null: from the first slice on. */
export type Ends = {
  readonly shard: number
  readonly after: number | null
  readonly upTo: number
  /**
   * They were closed when a shard stood here, others perhaps further on, each with what was open in it then: of scopes that had
   * anything open here, or in which anything has happened since, empty ones are told too.
   */
  readonly stoodMs?: number
}

/** Calendar windows that ended in a stretch of time, period by period. Empty ones are left out, but for those that may have been told otherwise. */
export function* readEnded(
  desks: readonly CalendarDesk[],
  reading: IntervalContext,
  ends: Ends,
): Generator<ClosedSnapshot> {
  const { after, upTo, stoodMs } = ends
  if (after !== null && quarterStart(after) >= quarterStart(upTo)) return
  const ended = desks
    .map((desk) => findEnded(desk, reading, ends))
    .filter(({ periods }) => periods.length > 0)
  const { fromMs, toMs } = reachOf(ended.flatMap(({ periods }) => periods))
  const stoodFromMs = stoodMs === undefined ? undefined : sliceBefore(reading, stoodMs)
  const reach = { fromMs: Math.min(fromMs, stoodFromMs ?? fromMs), toMs }
  const reader = createClosedReader(reading, reach, stoodFromMs)
  for (const one of ended) yield* readPeriods(reader, one)
}

/** Where the slice begins that holds an instant. */
const sliceBefore = ({ edges, context }: IntervalContext, atMs: number): number =>
  flooredStart(edges, atMs, context.tiering.zone)

/** Before it a window cannot be cut, or its set was not counted. */
export const firstReadable = (
  { window, setName }: CalendarDesk,
  { edges, countedSince }: Pick<IntervalContext, 'edges' | 'countedSince'>,
): number => Math.max(firstCuttable(window, edges), countedSince(setName))

type Ended = {
  readonly desk: CalendarDesk
  readonly scopeKeys: readonly string[]
  readonly periods: readonly Period[]
}

const findEnded = (desk: CalendarDesk, reading: IntervalContext, { shard, after, upTo }: Ends): Ended => {
  const scopeKeys = scopesOf(desk, reading, shard)
  const fromMs = after ?? firstSlice(scopeKeys, reading)
  return { desk, scopeKeys, periods: endedPeriods(desk, reading, { after: fromMs, upTo }) }
}

/** Windows whose end lies in (after, upTo] and that can be read, oldest first. */
export const endedPeriods = (
  desk: CalendarDesk,
  reading: IntervalContext,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): readonly Period[] => {
  const firstMs = firstReadable(desk, reading)
  const { zone } = reading.context.tiering
  const ended = closedWindowsBetween(desk.window, zone, { after: Math.max(after, firstMs), upTo })
  return [...ended].filter(({ startAt }) => startAt >= firstMs)
}

/** Scopes of the desk that a shard publishes. */
export const scopesOf = (desk: Desk, { infos }: IntervalContext, shard: number): readonly string[] =>
  [...infos.keys()].filter((key) => {
    const info = infos.of(key)
    return info.setName === desk.setName && info.publisher === shard
  })

/** Where the scopes that a shard publishes hold anything; as-of: they hold nothing. */
export const firstHeld = (desks: readonly CalendarDesk[], reading: IntervalContext, shard: number): number =>
  Math.min(
    reading.context.asOfMs,
    ...desks.map((desk) => firstSlice(scopesOf(desk, reading, shard), reading)),
  )

/** Where nothing was closed yet: the first slice that holds anything. */
const firstSlice = (scopeKeys: readonly string[], { context }: IntervalContext): number => {
  let first = context.asOfMs
  for (const start of sliceStarts(context.shards, scopeKeys)) first = Math.min(first, start)
  return first
}

/** Metrics are read only of scopes that hold anything there: most periods of most scopes are empty. */
function* readPeriods(reader: ClosedReader, { desk, scopeKeys, periods }: Ended): Generator<ClosedSnapshot> {
  for (const period of periods)
    for (const scopeKey of scopeKeys) {
      const closed = reader.readHeld(desk, { scopeKey, period })
      if (closed) yield closed
    }
}
