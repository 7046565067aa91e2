import { quarterStart } from './core/journal.ts'
import { type SettlingRows, settlingRowsOf } from './core/settling-rows.ts'
import { startsOfWanted } from './core/slice-sums.ts'
import { snapshotKeyOf } from './core/snapshot.ts'
import {
  type CalendarDesk,
  type ClosedSnapshot,
  type ClosedWindow,
  createClosedReader,
  type IntervalContext,
  type Period,
  reachOf,
} from './publish-closed.ts'
import { endedPeriods, scopesOf } from './publish-ended.ts'

/** What of a desk settles so long after a window's end. */
export type Settling = SettlingRows & { readonly desk: CalendarDesk }

export const settlingsOf = (desks: readonly CalendarDesk[]): readonly Settling[] =>
  desks.flatMap((desk) => settlingRowsOf(desk).map((rows) => ({ ...rows, desk })))

type Span = { readonly after: number; readonly upTo: number }

/** Windows of the scopes that a shard publishes in which something settled while as-of went from `after` to `upTo`. */
export type Settled = Span & {
  readonly shard: number
  /** Those that end later were not told before: when they are, they say so. */
  readonly closedMs: number
  /** Those that end within are told just now. */
  readonly toldAnew: Span
}

/** They were told as provisional where anything stands in them; nothing else would tell them again. */
export function* readSettled(
  settlings: readonly Settling[],
  reading: IntervalContext,
  settled: Settled,
): Generator<ClosedSnapshot> {
  const found = settlings.flatMap((settling) => findSettled(settling, reading, settled))
  const reader = createClosedReader(reading, reachOf(found.map(({ period }) => period)))
  // One leap may be past more than one settling of a window.
  const told = new Set<string>()
  for (const { settling, ...window } of found) {
    const { desk } = settling
    const key = `${snapshotKeyOf(window.scopeKey, desk.window.id)}|${window.period.startAt}`
    if (told.has(key)) continue
    told.add(key)
    yield reader.read(desk, window)
  }
}

type Found = ClosedWindow & { readonly settling: Settling }

const findSettled = (
  settling: Settling,
  reading: IntervalContext,
  { shard, after, upTo, closedMs, toldAnew }: Settled,
): readonly Found[] => {
  const { desk, settlesAfterMs } = settling
  const ends = { after: after - settlesAfterMs, upTo: Math.min(upTo - settlesAfterMs, closedMs) }
  if (quarterStart(ends.after) >= quarterStart(ends.upTo)) return []
  const periods = endedPeriods(desk, reading, ends).filter(
    ({ endAt }) => endAt <= toldAnew.after || endAt > toldAnew.upTo,
  )
  if (periods.length === 0) return []
  return scopesOf(desk, reading, shard).flatMap((scopeKey) =>
    periodsHolding(settling, reading, { scopeKey, periods }).map((period) => ({
      settling,
      scopeKey,
      period,
    })),
  )
}

type Searched = { readonly scopeKey: string; readonly periods: readonly Period[] }

/** Looked for by what their metrics are read from: whole windows are read only to be told. */
const periodsHolding = (
  { isWanted }: Settling,
  { context }: IntervalContext,
  { scopeKey, periods }: Searched,
): readonly Period[] => {
  const { shards, tiering } = context
  const { fromMs: startMs, toMs: endMs } = reachOf(periods)
  const starts = shards.flatMap((shard) => {
    const cells = shard.cellsOf(scopeKey)
    return cells ? startsOfWanted(cells, { startMs, endMs, zone: tiering.zone }, isWanted) : []
  })
  if (starts.length === 0) return []
  starts.sort((a, b) => a - b)
  let place = 0
  return periods.filter(({ startAt, endAt }) => {
    while ((starts[place] ?? endMs) < startAt) place += 1
    return (starts[place] ?? endMs) < endAt
  })
}
