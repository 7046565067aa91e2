import type { PartsOf, Reading, Term, Terms } from './catalogue/row.ts'
import type { Cell } from './cell.ts'
import { type Distribution, readCount, readDistribution, readTally, readTallyKey } from './measures.ts'
import type { OpenLists } from './open-index.ts'
import { type OpenItem, type OpenList, oldestItems, sinceAtPlace, sumAges } from './open-list.ts'
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
  readonly flows: Cell
  readonly levels: Cell
  readonly open: OpenLists
  readonly asOfMs: number
  /** The same window of the scope without a dimension. */
  readonly without: (dimension: 'channel' | 'category') => Cell
  /** Flows of the last so many days before as-of. */
  readonly lastDays: (days: number) => Cell
}

type Value = Omit<MetricValue, 'unit'>

/** One for all that have nothing to divide by. */
export const noData: Value = Object.freeze({ value: null, n: 0, reason: 'no-data' })
/** One for all counts and levels of nothing. */
export const nought: Value = Object.freeze({ value: 0, n: 0 })

/** Reads one metric. Null, with a reason, where there is nothing to divide by. */
export const readMetric = (reading: Reading, view: ReadingView): Value => {
  switch (reading.kind) {
    case 'count': {
      const value = sumTerms(reading.of, view)
      if (value === 0 && !reading.parts) return nought
      return { value, n: Math.abs(value), ...partsOf(reading.parts, view.flows, view) }
    }
    case 'level': {
      const levels = { ...view, flows: view.levels }
      const value = sumTerms(reading.of, levels)
      const oldest = reading.oldest && oldestOf(view.open.get(reading.oldest))
      if (value === 0 && !oldest && !reading.parts) return nought
      return { value, n: value, ...sinceOf(oldest), ...partsOf(reading.parts, view.levels, levels) }
    }
    case 'ratio':
      return readRatio(reading, view)
    case 'distribution':
      return readDurations(readDistribution(view.flows, reading.of))
    case 'oldest':
      return readOldest(view.open.get(reading.list), view.asOfMs)
    case 'ages':
      return readAges(view.open.get(reading.list), view.asOfMs)
    case 'scores':
      return readScores(readTally(view.flows, reading.of), reading.hasPercentiles ?? false)
    case 'topScores':
      return readTopScores(readTally(view.flows, reading.of), reading.share)
    case 'nps':
      return readNps(readTally(view.flows, reading.of))
    case 'stockOverFlow': {
      const stock = sumTerms(reading.stock, { ...view, flows: view.levels })
      const flow = sumTerms(reading.flow, { ...view, flows: view.lastDays(reading.flowDays) })
      if (flow === 0) return noData
      return {
        value: (stock * reading.flowDays) / flow,
        n: flow,
        numerator: stock * reading.flowDays,
        denominator: flow,
      }
    }
  }
}

export const sumTerms = (terms: Terms, view: ReadingView): number => {
  let sum = 0
  for (const one of terms) sum += (one.sign ?? 1) * readTerm(one, view)
  return sum
}

const readTerm = ({ measure, keys, without }: Term, view: ReadingView): number => {
  const cell = without ? view.without(without) : measure.kind === 'gauge' ? view.levels : view.flows
  if (measure.kind !== 'tally' && measure.kind !== 'levels') return readCount(cell, measure)
  if (keys) return keys.reduce((sum, key) => sum + readTallyKey(cell, measure, key), 0)
  return readTally(cell, measure).reduce((sum, [, count]) => sum + count, 0)
}

const partsOf = (
  parts: PartsOf | undefined,
  cell: Cell,
  view: ReadingView,
): { readonly parts?: Readonly<Record<string, MetricPart>> } => {
  if (!parts) return {}
  const entries: (readonly [string, MetricPart])[] =
    'tally' in parts
      ? readTally(cell, parts.tally).map(([key, value]) => [key, { value }])
      : Object.entries(parts.named).map(([name, terms]) => [name, { value: sumTerms(terms, view) }])
  return { parts: Object.fromEntries(entries) }
}

const readRatio = (reading: Extract<Reading, { kind: 'ratio' }>, view: ReadingView): Value => {
  const denominator = sumTerms(reading.denominator, view)
  if (denominator === 0) return noData
  const numerator = sumTerms(reading.numerator, view)
  return {
    value: numerator / denominator,
    n: denominator,
    numerator,
    denominator,
    ...rateParts(reading.parts, denominator, view),
  }
}

/** The parts of a rate are rates over its denominator. */
const rateParts = (parts: PartsOf | undefined, denominator: number, view: ReadingView) => {
  const counted = partsOf(parts, view.flows, view)
  if (!counted.parts) return {}
  const rates = Object.entries(counted.parts).map(([name, { value }]) => {
    const numerator = value ?? 0
    return [name, { value: numerator / denominator, n: denominator, numerator, denominator }] as const
  })
  return { parts: Object.fromEntries(rates) }
}

const quantileShares = [0.5, 0.9, 0.95, 0.99, 1] as const

const readDurations = ({ n, sum, buckets }: Distribution): Value => {
  if (n === 0) return noData
  const [p50, p90, p95, p99, max] = readQuantiles(buckets, quantileShares).map((value) =>
    Math.round(value ?? 0),
  ) as [number, number, number, number, number]
  const numerator = Number(sum)
  return { value: numerator / n, n, numerator, denominator: n, p50, p90, p95, p99, max }
}

const oldestOf = (items: OpenList | undefined): OpenItem | undefined => items && oldestItems(items, 1)[0]

const sinceOf = (oldest: OpenItem | undefined) =>
  oldest ? { sinceAt: new Date(oldest.sinceMs).toISOString() } : {}

/** Never below zero: a shard may have come further than as-of. */
const ageOf = (sinceMs: number, asOfMs: number): number => Math.max(0, asOfMs - sinceMs)

const readOldest = (items: OpenList | undefined, asOfMs: number): Value => {
  const oldest = oldestOf(items)
  if (!items || !oldest) return nought
  return { value: ageOf(oldest.sinceMs, asOfMs), n: items.count, ...sinceOf(oldest) }
}

const readAges = (items: OpenList | undefined, asOfMs: number): Value => {
  const oldest = oldestOf(items)
  if (!items || !oldest) return noData
  const n = items.count
  const numerator = sumAges(items, asOfMs)
  const at = (share: number) => ageOf(sinceAtPlace(items, n - 1 - Math.floor((n - 1) * share)), asOfMs)
  return {
    value: numerator / n,
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

type Tally = readonly (readonly [key: string, count: number])[]
type ScaleScores = { n: number; sum: number; readonly counts: [score: number, count: number][] }

/** Keys are as in `Reading`; scales in order of their name, scores ascending. */
const scoresByScale = (tally: Tally): ReadonlyMap<string, ScaleScores> => {
  const scales = new Map<string, ScaleScores>()
  for (const [key, count] of tally) {
    const split = key.lastIndexOf(':')
    const name = key.slice(0, split)
    const scale = scales.get(name) ?? { n: 0, sum: 0, counts: [] }
    const score = Number(key.slice(split + 1))
    scale.n += count
    scale.sum += score * count
    scale.counts.push([score, count])
    scales.set(name, scale)
  }
  for (const scale of scales.values()) scale.counts.sort((a, b) => a[0] - b[0])
  return scales
}

const readScores = (tally: Tally, hasPercentiles: boolean): Value => {
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
  if (scales.size > 1) return { value: null, n, reason: 'not-applicable', parts }
  const mean = { value: only.sum / only.n, n, numerator: only.sum, denominator: only.n }
  return { ...mean, ...(hasPercentiles ? scorePercentiles(only) : {}), parts }
}

/** Exact, by the rule x[floor((n−1)p)]. */
const scorePercentiles = ({ n, counts }: ScaleScores) => {
  const at = (share: number): number => {
    let left = Math.floor((n - 1) * share)
    for (const [score, count] of counts) {
      if (left < count) return score
      left -= count
    }
    throw new Error('rank lies past the last score')
  }
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) }
}

const readTopScores = (
  tally: Tally,
  [numeratorShare, denominatorShare]: readonly [number, number],
): Value => {
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
  return { value: numerator / denominator, n: denominator, numerator, denominator }
}

type Scale = { readonly min: number; readonly max: number; readonly isInverted: boolean }

/** `1-7`, `1-7-inverted`, and with negative bounds `-3-3`. */
const parseScale = (name: string): Scale => {
  const [, min, max, inverted] = /^(-?\d+)-(-?\d+)(-inverted)?$/.exec(name) ?? []
  return { min: Number(min), max: Number(max), isInverted: inverted !== undefined }
}

const readNps = (tally: Tally): Value => {
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
