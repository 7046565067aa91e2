import { formatCount, formatTarget, formatText, formatValue, nameWindow, type ZoneTime } from './formats.ts'
import { reasonTexts } from './metric-rows.ts'
import type { Metric, Snapshot } from './snapshot.ts'
import type { WallFigure } from './wall-model.ts'

export type Detail = readonly [term: string, text: string]

/** Why a number is what it is: its terms, its sample, its policy, its window, how fresh it is. */
export function listDetails(figure: WallFigure, zoneTime: ZoneTime): readonly Detail[] {
  const { metric, snapshot, row } = figure
  if (metric === null || snapshot === null) return [['no value', reasonTexts['no-data'] ?? '']]
  return [
    ...(metric.value === null ? [reasonDetail(figure, metric)] : []),
    ...termDetails(figure, metric),
    ...(metric.n === null ? [] : ([['n', formatCount(metric.n)]] as const)),
    ...(metric.policy === null ? [] : ([['policy', metric.policy]] as const)),
    ...targetDetails(figure, metric),
    ...Object.entries(metric.percentiles).map(([name, value]) => [name, text(value, metric.unit)] as const),
    ...Object.entries(metric.parts).map(([name, value]) => [name, text(value, metric.unit)] as const),
    ...(metric.sinceAtMs === null || row.id !== 'longestWaitNow'
      ? []
      : ([['waits since', zoneTime.moment(metric.sinceAtMs)]] as const)),
    ...windowDetails(snapshot, zoneTime),
    ...flagDetails(metric, snapshot),
  ]
}

function reasonDetail({ row }: WallFigure, metric: Metric): Detail {
  return ['no value', row.emptyMeans ?? reasonTexts[metric.reason ?? 'no-data'] ?? metric.reason ?? '']
}

function termDetails({ row }: WallFigure, metric: Metric): readonly Detail[] {
  if (metric.numerator === null || metric.denominator === null) return []
  const [numerator, denominator] = row.terms ?? ['numerator', 'denominator']
  return [
    [numerator, text(metric.numerator, metric.unit === 'ms' ? 'ms' : 'count')],
    [denominator, formatCount(metric.denominator)],
  ]
}

function targetDetails({ row }: WallFigure, metric: Metric): readonly Detail[] {
  if (metric.target !== null) {
    const verdict = metric.met === null ? '' : metric.met ? ', met' : ', not met'
    return [['target', `${formatTarget(metric.target, metric.unit)}${verdict}`]]
  }
  if (row.bounds === undefined) return []
  return [
    [
      'colours',
      `warning over ${formatTarget(row.bounds.warn, metric.unit)}, breach over ${formatTarget(row.bounds.breach, metric.unit)}`,
    ],
  ]
}

function windowDetails({ window, asOfMs }: Snapshot, zoneTime: ZoneTime): readonly Detail[] {
  const asOf: readonly Detail[] = asOfMs === null ? [] : [['as of', zoneTime.moment(asOfMs)]]
  if (window.id === 'now') return [['window', 'now'], ...asOf]
  const isBounded = window.startAtMs !== null && window.endAtMs !== null
  const bounds = isBounded
    ? `, ${zoneTime.moment(window.startAtMs)} – ${zoneTime.moment(window.endAtMs)}`
    : ''
  return [['window', `${nameWindow(window.id)}${bounds}`], ...asOf]
}

function flagDetails(metric: Metric, snapshot: Snapshot): readonly Detail[] {
  return [
    ...(snapshot.partial ? ([['partial', 'a part of the sources is missing']] as const) : []),
    ...(metric.provisional ? ([['provisional', 'later events may still change it']] as const) : []),
  ]
}

function text(value: number | null, unit: string): string {
  return formatText(formatValue(value, unit))
}
