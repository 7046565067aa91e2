import type { Fact, Span } from './facts.ts'
import { percentile, sumOf } from './samples.ts'
import type { View } from './window-view.ts'

export type OraclePart = {
  readonly value: number | null
  readonly n?: number
  readonly numerator?: number
  readonly denominator?: number
}

/** As in a snapshot; percentiles from the samples themselves. */
export type OracleValue = {
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
  readonly parts?: Readonly<Record<string, OraclePart>>
  readonly reason?: 'no-data' | 'not-configured' | 'not-applicable'
  readonly sinceAt?: string
  readonly provisional?: true
  readonly policy?: string
  readonly target?: number
  readonly met?: boolean
}

export type Unit = 'count' | 'ms' | 'ratio' | 'score' | 'points' | 'days'

export const nothing = (unit: Unit, reason: NonNullable<OracleValue['reason']>): OracleValue => ({
  value: null,
  unit,
  n: 0,
  reason,
})

export const countOf = (n: number): OracleValue => ({ value: n, unit: 'count', n: Math.abs(n) })

export const instantOf = (ms: number): string => new Date(ms).toISOString()

const valuesOf = (facts: readonly Fact[]): readonly number[] => facts.map(({ value }) => value)

export const ratioOf = (numerator: number, denominator: number, unit: Unit = 'ratio'): OracleValue =>
  denominator === 0
    ? nothing(unit, 'no-data')
    : { value: numerator / denominator, unit, n: denominator, numerator, denominator }

/** A share where every item says by 1 or 0 whether it is in. */
export const shareOf = (facts: readonly Fact[]): OracleValue => ratioOf(sumOf(valuesOf(facts)), facts.length)

export const distributionOf = (samples: readonly number[], unit: Unit): OracleValue => {
  const n = samples.length
  if (n === 0) return nothing(unit, 'no-data')
  const sorted = samples.toSorted((a, b) => a - b)
  const numerator = sumOf(samples)
  return {
    value: numerator / n,
    unit,
    n,
    numerator,
    denominator: n,
    p50: percentile(sorted, 0.5),
    p90: percentile(sorted, 0.9),
    p95: percentile(sorted, 0.95),
    p99: percentile(sorted, 0.99),
    max: percentile(sorted, 1),
  }
}

export const factsDistribution = (facts: readonly Fact[], unit: Unit): OracleValue =>
  distributionOf(valuesOf(facts), unit)

/** Groups by part, names sorted; items without one are in none. */
export const byPart = (facts: readonly Fact[]): readonly (readonly [string, readonly Fact[]])[] => {
  const names = [...new Set(facts.flatMap(({ part }) => part ?? []))].sort()
  return names.map((name) => [name, facts.filter(({ part }) => part === name)])
}

export const countParts = (facts: readonly Fact[]): Readonly<Record<string, OraclePart>> =>
  Object.fromEntries(byPart(facts).map(([name, items]) => [name, { value: items.length }]))

export const meanPart = (facts: readonly Fact[]): OraclePart => {
  const numerator = sumOf(valuesOf(facts))
  const n = facts.length
  return { value: numerator / n, n, numerator, denominator: n }
}

export const withParts = (value: OracleValue, parts: Readonly<Record<string, OraclePart>>): OracleValue =>
  value.reason === 'no-data' ? value : { ...value, parts }

const earliest = (spans: readonly Span[]): number => Math.min(...spans.map(({ sinceAt }) => sinceAt))

/** The level of a gauge, and where it is that of today the instant since when its oldest member is in it. */
export const levelSince = (spans: readonly Span[], view: View): OracleValue =>
  spans.length === 0 || !isCurrent(view)
    ? countOf(spans.length)
    : { ...countOf(spans.length), sinceAt: instantOf(earliest(spans)) }

export const isCurrent = ({ window }: View): boolean => window.kind === 'now' || window.kind === 'total'
