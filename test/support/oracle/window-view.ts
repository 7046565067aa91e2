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
}

export type ViewRequest = Pick<View, 'config' | 'scope' | 'window' | 'asOfMs'>

export const viewWindow = (findings: Findings, request: ViewRequest): View => {
  const { scope, window, asOfMs } = request
  const levelAt = Math.min(window.endMs, asOfMs)
  const flowIn = (measure: string, at: (fact: Fact) => boolean, within: Scope) =>
    findings.facts.filter(
      (fact) => fact.measure === measure && fact.at < asOfMs && at(fact) && isInScope(fact, within),
    )
  return {
    ...request,
    flow: (measure, within = scope) =>
      flowIn(measure, ({ at }) => at >= window.startMs && at < window.endMs, within),
    flowBetween: (measure, fromMs, toMs) => flowIn(measure, ({ at }) => at >= fromMs && at < toMs, scope),
    level: (gauge) =>
      findings.spans.filter(
        (span) => span.gauge === gauge && span.from < levelAt && span.to >= levelAt && isInScope(span, scope),
      ),
  }
}
