import type { MetricRow } from './core/metrics.ts'
import type { ShardView } from './core/rollup.ts'
import { flooredStart, sliceStartsFrom } from './core/slice-sums.ts'
import { edgesAt, sliceStart, type Tiering, tierOf, tierSliceMs } from './core/slices.ts'
import { isEmptySnapshot, type Snapshot } from './core/snapshot.ts'
import type { TimeSource } from './core/watermark.ts'
import type { WindowSpec } from './core/windows.ts'

/** What decides when a window changes although nothing in its scope does. */
export type WakeContext = {
  readonly views: readonly ShardView[]
  readonly asOfMs: number
  readonly tiering: Tiering
  readonly timeSource: TimeSource
}

export type WakingWindow = {
  /** The scope's, and those of the scopes that its shares divide by. */
  readonly scopeKeys: readonly string[]
  readonly window: WindowSpec
  readonly rows: readonly MetricRow[]
  readonly snapshot: Snapshot
}

const never = Number.POSITIVE_INFINITY
const fineMs = tierSliceMs[0] as number
/** Slices that reach back a week are as long as this: then its beginning moves. */
const coarseMs = tierSliceMs[2] as number

/** The as-of from which the window reads otherwise by itself; Infinity: only a change in its scope changes it. */
export const findWake = (context: WakeContext, waking: WakingWindow): number => {
  const { window, snapshot, rows } = waking
  const { asOfMs, timeSource } = context
  const values = Object.values(snapshot.metrics)
  if (timeSource === 'events' && values.some(({ sinceAt }) => sinceAt !== undefined)) return asOfMs + 1
  const readsDays = rows.some(({ reading }) => reading.kind === 'stockOverFlow')
  const daysMs = readsDays && !isEmptySnapshot(snapshot) ? nextMultiple(asOfMs, coarseMs) : never
  switch (window.kind) {
    case 'rolling':
      return Math.min(daysMs, findSlide(context, { ...waking, lengthMs: window.lengthMs }))
    case 'calendar':
      return Math.min(daysMs, findTurn(context, waking))
    default:
      return daysMs
  }
}

/** A period ends where it holds anything, or a shard that is ahead has placed something behind its end. */
const findTurn = ({ views }: WakeContext, { scopeKeys, snapshot }: WakingWindow): number => {
  const endMs = Date.parse(snapshot.window.endAt)
  if (!isEmptySnapshot(snapshot)) return endMs + 1
  for (const _ of sliceStarts(views, scopeKeys, endMs)) return endMs + 1
  return never
}

const nextMultiple = (atMs: number, ofMs: number): number => (Math.floor(atMs / ofMs) + 1) * ofMs

/**
 * A rolling window ends at as-of floored to 5 s and begins at a slice of its tier: what lies behind its end comes in
 * when the slice is over, the oldest slice in it goes when the beginning has passed it.
 */
const findSlide = (
  { views, asOfMs, tiering }: WakeContext,
  { scopeKeys, lengthMs }: { readonly scopeKeys: readonly string[]; readonly lengthMs: number },
): number => {
  const { zone } = tiering
  const edges = edgesAt(asOfMs, tiering)
  const endMs = Math.floor(asOfMs / fineMs) * fineMs
  const startMs = flooredStart(edges, endMs - lengthMs, zone)
  const tier = Math.max(0, tierOf(edges, startMs))
  let wakeMs = never
  for (const start of sliceStarts(views, scopeKeys, startMs)) {
    const leavesMs = sliceStart(tier, start, zone) + (tierSliceMs[tier] as number) + lengthMs
    wakeMs = Math.min(wakeMs, start >= endMs ? start + fineMs : leavesMs)
  }
  return wakeMs
}

/** Where the slices of these scopes begin, over all shards and tiers, from an instant on. */
export function* sliceStarts(
  views: readonly ShardView[],
  scopeKeys: readonly string[],
  fromMs = Number.NEGATIVE_INFINITY,
): Generator<number> {
  for (const scopeKey of scopeKeys)
    for (const view of views) {
      const cells = view.cellsOf(scopeKey)
      if (cells) yield* sliceStartsFrom(cells, fromMs)
    }
}
