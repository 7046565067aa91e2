import type { SpanList } from '../contribution.ts'
import type { Measure } from '../measures.ts'
import type { ServiceLevelPolicy } from '../rules.ts'

export type MetricFamily = 'response' | 'wait' | 'backlog' | 'csat'
export type MetricUnit = 'ms' | 'count' | 'ratio' | 'score' | 'points' | 'days'

/** One summand of a formula: how much of a measure, of some of its keys, in this scope or in one without a dimension. */
export type Term = {
  readonly measure: Measure
  /** Of a tally: these keys; all of them where absent. */
  readonly keys?: readonly string[]
  readonly sign?: -1
  /** Read in the scope that lacks this dimension: a share's denominator. */
  readonly without?: 'channel' | 'category'
}

/** Every summand takes part; counts of distributions are their n. */
export type Terms = readonly Term[]

/** How a metric's value is read from a window's cell, its levels, or the list of what is open. */
export type Reading =
  | { readonly kind: 'count'; readonly of: Terms; readonly parts?: PartsOf }
  | {
      readonly kind: 'ratio'
      readonly numerator: Terms
      readonly denominator: Terms
      readonly parts?: PartsOf
      readonly policy?: ServiceLevelPolicy
    }
  | { readonly kind: 'distribution'; readonly of: readonly Measure[] }
  | {
      readonly kind: 'level'
      readonly of: Terms
      readonly parts?: PartsOf
      readonly worst?: SpanList
      /** Says since when the oldest of this list is open. */
      readonly oldest?: SpanList
    }
  /** The age of the oldest in a list of what is open. */
  | { readonly kind: 'oldest'; readonly list: SpanList }
  | { readonly kind: 'ages'; readonly list: SpanList }
  /**
   * Mean of scores as they were given, per scale; a mean over mixed scales is null. Keys are `min-max:score`, of an
   * inverted scale `min-max-inverted:score`.
   */
  | { readonly kind: 'scores'; readonly of: Measure; readonly hasPercentiles?: true }
  /** The share of scores at least this far up their scale, after inversion, as numerator / denominator. */
  | { readonly kind: 'topScores'; readonly of: Measure; readonly share: readonly [number, number] }
  | { readonly kind: 'nps'; readonly of: Measure }
  /** Open tickets over tickets resolved a day, taken over the last seven days. */
  | { readonly kind: 'stockOverFlow'; readonly stock: Terms; readonly flow: Terms; readonly flowDays: number }

/** A breakdown: one part a key of a tally, or named terms. */
export type PartsOf = { readonly tally: Measure } | { readonly named: Readonly<Record<string, Terms>> }

/** Whose dimensions decide which scopes something counts in. In words. */
export type Grouping = {
  /** The instant they are taken at. */
  readonly as: string
  /** Who the agent is, where it may be grouped by agent. */
  readonly agent?: string
}

/** What has to be configured before a metric has values. */
export type NeededSetting = { readonly name: string; readonly isSet: boolean }

/** One row of the catalogue. `docs/metrics.md` and `floorwatch metrics` are made from these. */
export type MetricRow = {
  readonly id: string
  readonly family: MetricFamily
  readonly unit: MetricUnit
  readonly reading: Reading
  /** In words. */
  readonly formula: string
  /** Which instant decides the window an item falls into. */
  readonly filedAt: string
  readonly groupedBy: Grouping
  /** What counts, what does not, and what happens at the edges. Each row stands by itself. */
  readonly edgeRules: string
  readonly source: string
  /** Of tickets: what a merged one says is `kept`, or `lost` with what it counted as created, open and resolved. */
  readonly merged?: 'kept' | 'lost'
  /** Later events may change the value until so long after the window's end. */
  readonly settlesAfterMs?: number
  /** Provisional while this is more than 0. */
  readonly pending?: Terms
  /** Provisional while something of this list that began within the window is open. */
  readonly pendingIn?: SpanList
  /** Scopes without these dimensions answer `not-applicable`. */
  readonly needs?: readonly string[]
  /** In scopes by agent this reading stands in. */
  readonly byAgent?: Reading
  /** Only in these windows; all where absent. */
  readonly windows?: readonly ('now' | 'total')[]
  /** Null with `not-configured` where it is not set. */
  readonly setting?: NeededSetting
}

export const term = (measure: Measure, ...keys: string[]): Term =>
  keys.length > 0 ? { measure, keys } : { measure }
/** What was met of all that was judged under a key. */
export const shareMet = (
  met: Measure,
  missed: Measure,
  key: string,
): Extract<Reading, { kind: 'ratio' }> => ({
  kind: 'ratio',
  numerator: [term(met, key)],
  denominator: [term(met, key), term(missed, key)],
})
export const less = (measure: Measure, ...keys: string[]): Term => ({ ...term(measure, ...keys), sign: -1 })
