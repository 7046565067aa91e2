import type { Bounds, MetricRow } from './metric-rows.ts'
import type { Metric } from './snapshot.ts'

export type FigureState = 'plain' | 'ok' | 'warn' | 'breach' | 'no-data' | 'stale'

/** Shares over fewer than this are shown, but not coloured: one caller who hung up is no breach. */
const sampleMin = 10

/** Judges a value, with slack on the way back from `previous`. `value` may have ticked on since the snapshot. */
export function judgeFigure(
  row: MetricRow,
  metric: Metric | null,
  now: { readonly value: number | null; readonly previous: FigureState | undefined },
): FigureState {
  if (metric === null || now.value === null)
    return row.emptyMeans === undefined || metric === null ? 'no-data' : 'plain'
  if (metric.unit === 'ratio' && metric.n !== null && metric.n < sampleMin) return 'plain'
  const bounds = metric.target === null ? row.bounds : targetBounds(row, metric.target)
  if (bounds === undefined || row.worse === undefined) return metStates(metric)
  const state = judgeBounds(now.value, bounds, { worse: row.worse, previous: now.previous })
  return state === 'ok' && metric.met === false ? 'warn' : state
}

function metStates(metric: Metric): FigureState {
  if (metric.met === null) return 'plain'
  return metric.met ? 'ok' : 'warn'
}

function targetBounds(row: MetricRow, target: number): Bounds | undefined {
  if (row.worse === undefined) return undefined
  const margin = row.breachMargin ?? Math.abs(target) / 2
  const breach = row.worse === 'higher' ? target + margin : target - margin
  return { warn: target, breach, slack: margin / 10 }
}

type Judgement = { readonly worse: 'higher' | 'lower'; readonly previous: FigureState | undefined }

function judgeBounds(
  value: number,
  bounds: Bounds,
  { worse, previous }: Judgement,
): 'ok' | 'warn' | 'breach' {
  const sign = worse === 'higher' ? 1 : -1
  const isPast = (bound: number, slack: number): boolean => sign * value > sign * bound - slack
  if (isPast(bounds.breach, previous === 'breach' ? bounds.slack : 0)) return 'breach'
  const wasPast = previous === 'warn' || previous === 'breach'
  return isPast(bounds.warn, wasPast ? bounds.slack : 0) ? 'warn' : 'ok'
}
