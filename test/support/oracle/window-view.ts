import type { OracleConfig } from './config.ts'
import { type Fact, type Findings, isInScope, type Scope, type Span } from './facts.ts'

/** Half-open, epoch ms; `total` starts at −∞. */
export type OracleWindow = {
  readonly id: string
  readonly kind: 'now' | 'rolling' | 'calendar' | 'total'
  readonly startMs: number
  readonly endMs: number
}

export type View = {
  readonly config: OracleConfig
  readonly scope: Scope
  readonly window: OracleWindow
  readonly asOfMs: number
  /** What happened in the window before as-of, in this scope or another. */
  readonly flow: (measure: string, scope?: Scope) => readonly Fact[]
  /** The same in other bounds. */
  readonly flowBetween: (measure: string, fromMs: number, toMs: number) => readonly Fact[]
  /** What is in the gauge at the window's end, or at as-of where that is earlier. */
  readonly level: (gauge: string) => readonly Span[]
  /** What is in the gauge at as-of and came into it within the window. */
  readonly stillIn: (gauge: string) => readonly Span[]
}

export type ViewRequest = Pick<View, 'config' | 'scope' | 'window' | 'asOfMs'>

/** Findings by measure, in order of time, and by gauge. */
export type Sorted = {
  readonly facts: ReadonlyMap<string, readonly Fact[]>
  readonly spans: ReadonlyMap<string, readonly Span[]>
}

export const sortFindings = ({ facts, spans }: Findings): Sorted => ({
  facts: groupBy(
    facts.toSorted((a, b) => a.at - b.at),
    ({ measure }) => measure,
  ),
  spans: groupBy(spans, ({ gauge }) => gauge),
})

const groupBy = <Item>(items: readonly Item[], nameOf: (item: Item) => string): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(nameOf(item))
    if (group) group.push(item)
    else groups.set(nameOf(item), [item])
  }
  return groups
}

export const viewWindow = (findings: Sorted, request: ViewRequest): View => {
  const { scope, window, asOfMs } = request
  const standingAt = (gauge: string, at: number) =>
    (findings.spans.get(gauge) ?? []).filter(
      (span) => span.from < at && span.to >= at && isInScope(span, scope),
    )
  const flowIn = (measure: string, period: Period, within: Scope) =>
    cutPeriod(findings.facts.get(measure) ?? [], { ...period, toMs: Math.min(period.toMs, asOfMs) }).filter(
      (fact) => isInScope(fact, within),
    )
  return {
    ...request,
    flow: (measure, within = scope) =>
      flowIn(measure, { fromMs: window.startMs, toMs: window.endMs }, within),
    flowBetween: (measure, fromMs, toMs) => flowIn(measure, { fromMs, toMs }, scope),
    level: (gauge) => standingAt(gauge, Math.min(window.endMs, asOfMs)),
    stillIn: (gauge) =>
      standingAt(gauge, asOfMs).filter(({ from }) => from >= window.startMs && from < window.endMs),
  }
}

type Period = { readonly fromMs: number; readonly toMs: number }

/** The facts of a half-open period, of facts in order of time. */
const cutPeriod = (facts: readonly Fact[], { fromMs, toMs }: Period): readonly Fact[] =>
  facts.slice(countBefore(facts, fromMs), Math.max(countBefore(facts, fromMs), countBefore(facts, toMs)))

const countBefore = (facts: readonly Fact[], ms: number): number => {
  let low = 0
  let high = facts.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((facts[middle] as Fact).at < ms) low = middle + 1
    else high = middle
  }
  return low
}
