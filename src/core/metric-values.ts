import type { PartsOf, Reading, Term, Terms } from './catalogue/row.ts'
import {
  type Distribution,
  readCount,
  readDistribution,
  readTally,
  readTallyKey,
  type SortedCell,
  sumTally,
} from './measure-readings.ts'
import type { Measure } from './measures.ts'
import type { OpenLists } from './open-index.ts'
import { type OpenItem, type OpenList, oldestItems, sinceAtPlace, sumAges } from './open-list.ts'
import { parseScale, scorePercentiles, scoresByScale, type Tally } from './score-scales.ts'
import { readQuantiles } from './sketch.ts'

/** Why a value is null. */
export type NullReason = 'no-data' | 'too-few' | 'too-many' | 'not-configured' | 'not-applicable'

export type MetricPart = {
  readonly value: number | null
  readonly n?: number
  readonly numerator?: number
  readonly denominator?: number
}

/** A metric as it is published; the unit is the catalogue row's. Ratios and means carry what they were divided from. */
export type MetricValue = {
  readonly value: number | null
  readonly unit: string
  readonly n: number
  readonly numerator?: number
  readonly denominator?: number
  readonly p50?: number
  readonly p90?: number
  readonly p95?: number
  readonly p99?: number
  readonly max?: number
  readonly sinceAt?: string
  readonly policy?: string
  readonly target?: number
  readonly met?: boolean
  readonly provisional?: true
  readonly parts?: Readonly<Record<string, MetricPart>>
  readonly reason?: NullReason
}

/** What a reading may look at: the window's flows, the levels at its end, the open lists at as-of. */
export type ReadingView = {
  readonly flows: SortedCell
  readonly levels: SortedCell
  readonly open: OpenLists
  readonly asOfMs: number
  /** The same window of the scope without a dimension: at least what it holds of a measure. */
  readonly without: (dimension: 'channel' | 'category', measure: Measure) => SortedCell
  /** Flows of the last so many days before as-of. */
  readonly lastDays: (days: number) => SortedCell
}

/** The unit of a row's values, and the two that say nothing: each is one for all that have nothing to say. */
export type RowValues = {
  readonly unit: string
  /** There is nothing to divide by. */
  readonly noData: MetricValue
  /** A count or a level of nothing. */
  readonly nought: MetricValue
}

export const rowValuesOf = (unit: string): RowValues => ({
  unit,
  noData: Object.freeze({ value: null, unit, n: 0, reason: 'no-data' }),
  nought: Object.freeze({ value: 0, unit, n: 0 }),
})

/** Reads one metric. Null, with a reason, where there is nothing to divide by. */
export const readMetric = (reading: Reading, view: ReadingView, values: RowValues): MetricValue => {
  const { unit, nought } = values
  switch (reading.kind) {
    case 'count': {
      const value = sumTerms(reading.of, view)
      if (value === 0 && !reading.parts) return nought
      return { value, unit, n: Math.abs(value), ...partsOf(reading.parts, view) }
    }
    case 'level': {
      const value = sumTerms(reading.of, view, view.levels)
      const oldest = reading.oldest && oldestOf(view.open.get(reading.oldest))
      if (value === 0 && !oldest && !reading.parts) return nought
      return { value, unit, n: value, ...sinceOf(oldest), ...partsOf(reading.parts, view, view.levels) }
    }
    case 'ratio':
      return readRatio(reading, view, values)
    case 'distribution':
      return readDurations(readDistribution(view.flows, reading.of), values)
    case 'oldest':
      return readOldest(view.open.get(reading.list), view.asOfMs, values)
    case 'ages':
      return readAges(view.open.get(reading.list), view.asOfMs, values)
    case 'scores':
      return readScores(readTally(view.flows, reading.of), reading.hasPercentiles ?? false, values)
    case 'topScores':
      return readTopScores(readTally(view.flows, reading.of), reading.share, values)
    case 'nps':
      return readNps(readTally(view.flows, reading.of), values)
    case 'stockOverFlow':
      return readStockOverFlow(reading, view, values)
  }
}

/** Summands are read from the window's flows, or from the cell that is given; gauges from the levels. */
export const sumTerms = (terms: Terms, view: ReadingView, cell: SortedCell = view.flows): number => {
  let sum = 0
  for (const one of terms) sum += (one.sign ?? 1) * readTerm(one, view, cell)
  return sum
}

const readTerm = ({ measure, keys, without }: Term, view: ReadingView, own: SortedCell): number => {
  const cell = without ? view.without(without, measure) : measure.kind === 'gauge' ? view.levels : own
  if (measure.kind !== 'tally' && measure.kind !== 'levels') return readCount(cell, measure)
  if (!keys) return sumTally(cell, measure)
  let sum = 0
  for (const key of keys) sum += readTallyKey(cell, measure, key)
  return sum
}

const partsOf = (
  parts: PartsOf | undefined,
  view: ReadingView,
  cell: SortedCell = view.flows,
): { readonly parts?: Readonly<Record<string, MetricPart>> } => {
  if (!parts) return {}
  const entries: (readonly [string, MetricPart])[] =
    'tally' in parts
      ? readTally(cell, parts.tally).map(([key, value]) => [key, { value }])
      : Object.entries(parts.named).map(([name, terms]) => [name, { value: sumTerms(terms, view, cell) }])
  return { parts: Object.fromEntries(entries) }
}

const readRatio = (
  reading: Extract<Reading, { kind: 'ratio' }>,
  view: ReadingView,
  { unit, noData }: RowValues,
): MetricValue => {
  const denominator = sumTerms(reading.denominator, view)
  if (denominator === 0) return noData
  const numerator = sumTerms(reading.numerator, view)
  const rate = { value: numerator / denominator, unit, n: denominator, numerator, denominator }
  return reading.parts ? { ...rate, ...rateParts(reading.parts, denominator, view) } : rate
}

/** The parts of a rate are rates over its denominator. */
const rateParts = (parts: PartsOf, denominator: number, view: ReadingView) => {
  const rates = Object.entries(partsOf(parts, view).parts ?? {}).map(([name, { value }]) => {
    const numerator = value ?? 0
    return [name, { value: numerator / denominator, n: denominator, numerator, denominator }] as const
  })
  return { parts: Object.fromEntries(rates) }
}

const readStockOverFlow = (
  { stock: stockTerms, flow: flowTerms, flowDays }: Extract<Reading, { kind: 'stockOverFlow' }>,
  view: ReadingView,
  { unit, noData }: RowValues,
): MetricValue => {
  const flow = sumTerms(flowTerms, view, view.lastDays(flowDays))
  if (flow === 0) return noData
  const numerator = sumTerms(stockTerms, view, view.levels) * flowDays
  return { value: numerator / flow, unit, n: flow, numerator, denominator: flow }
}

const quantileShares = [0.5, 0.9, 0.95, 0.99, 1] as const

const readDurations = ({ n, sum, buckets }: Distribution, { unit, noData }: RowValues): MetricValue => {
  if (n === 0) return noData
  const [p50, p90, p95, p99, max] = readQuantiles(buckets, quantileShares).map((value) =>
    Math.round(value ?? 0),
  ) as [number, number, number, number, number]
  return { value: sum / n, unit, n, numerator: sum, denominator: n, p50, p90, p95, p99, max }
}

const oldestOf = (items: OpenList | undefined): OpenItem | undefined => items && oldestItems(items, 1)[0]

const sinceOf = (oldest: OpenItem | undefined) =>
  oldest ? { sinceAt: new Date(oldest.sinceMs).toISOString() } : {}

/** Never below zero: a shard may have come further than as-of. */
const ageOf = (sinceMs: number, asOfMs: number): number => Math.max(0, asOfMs - sinceMs)

const readOldest = (
  items: OpenList | undefined,
  asOfMs: number,
  { unit, nought }: RowValues,
): MetricValue => {
  const oldest = oldestOf(items)
  if (!items || !oldest) return nought
  return { value: ageOf(oldest.sinceMs, asOfMs), unit, n: items.count, ...sinceOf(oldest) }
}

const readAges = (items: OpenList | undefined, asOfMs: number, { unit, noData }: RowValues): MetricValue => {
  const oldest = oldestOf(items)
  if (!items || !oldest) return noData
  const n = items.count
  const numerator = sumAges(items, asOfMs)
  const at = (share: number) => ageOf(sinceAtPlace(items, n - 1 - Math.floor((n - 1) * share)), asOfMs)
  return {
    value: numerator / n,
    unit,
    n,
    numerator,
    denominator: n,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
    ...sinceOf(oldest),
  }
}

const readScores = (tally: Tally, hasPercentiles: boolean, { unit, noData }: RowValues): MetricValue => {
  if (tally.length === 0) return noData
  const scales = scoresByScale(tally)
  const parts: Record<string, MetricPart> = {}
  let n = 0
  for (const [name, scale] of scales) {
    n += scale.n
    parts[name] = { value: scale.sum / scale.n, n: scale.n, numerator: scale.sum, denominator: scale.n }
    for (const [score, count] of scale.counts) parts[`${name}:${score}`] = { value: count }
  }
  const [only] = scales.values()
  if (!only) return noData
  if (scales.size > 1) return { value: null, unit, n, reason: 'not-applicable', parts }
  const mean = { value: only.sum / only.n, unit, n, numerator: only.sum, denominator: only.n }
  return { ...mean, ...(hasPercentiles ? scorePercentiles(only) : {}), parts }
}

const readTopScores = (
  tally: Tally,
  [numeratorShare, denominatorShare]: readonly [number, number],
  { unit, noData }: RowValues,
): MetricValue => {
  let numerator = 0
  let denominator = 0
  for (const [key, count] of tally) {
    const [scale = '', score = ''] = key.split(':')
    const { min, max, isInverted } = parseScale(scale)
    const above = isInverted ? max - Number(score) : Number(score) - min
    denominator += count
    if (denominatorShare * above >= numeratorShare * (max - min)) numerator += count
  }
  if (denominator === 0) return noData
  return { value: numerator / denominator, unit, n: denominator, numerator, denominator }
}

const readNps = (tally: Tally, { unit, noData }: RowValues): MetricValue => {
  let promoters = 0
  let passives = 0
  let detractors = 0
  let sum = 0
  for (const [key, count] of tally) {
    const score = Number(key)
    sum += score * count
    if (score >= 9) promoters += count
    else if (score >= 7) passives += count
    else detractors += count
  }
  const n = promoters + passives + detractors
  if (n === 0) return noData
  return {
    value: ((promoters - detractors) * 100) / n,
    unit,
    n,
    numerator: (promoters - detractors) * 100,
    denominator: n,
    parts: {
      promoters: { value: promoters },
      passives: { value: passives },
      detractors: { value: detractors },
      mean: { value: sum / n, n, numerator: sum, denominator: n },
    },
  }
}
