import type { Fact } from './facts.ts'
import type { MetricRow } from './metric-rows.ts'
import {
  byPart,
  distributionOf,
  meanPart,
  nothing,
  type OraclePart,
  type OracleValue,
  ratioOf,
  shareOf,
  type Unit,
  withParts,
} from './metric-values.ts'
import type { View } from './window-view.ts'

/** Means by scale such as `1-5`, and how often each score of it was given as `1-5:4`. */
const scaleParts = (facts: readonly Fact[]): Readonly<Record<string, OraclePart>> => {
  const parts = byPart(facts).flatMap(([scale, answers]) => {
    const scores = [...new Set(answers.map(({ value }) => value))].sort((a, b) => a - b)
    const counts = scores.map((score) => {
      return [`${scale}:${score}`, { value: answers.filter(({ value }) => value === score).length }] as const
    })
    return [[scale, meanPart(answers)] as const, ...counts]
  })
  return Object.fromEntries(parts)
}

/** A mean over mixed scales means nothing: the parts alone are given. */
const meanByScale =
  (measure: string, unit: Unit) =>
  ({ flow }: View): OracleValue => {
    const facts = flow(measure)
    const scales = byPart(facts)
    const value =
      scales.length > 1
        ? { ...nothing(unit, 'not-applicable'), n: facts.length }
        : distributionOf(
            facts.map((fact) => fact.value),
            unit,
          )
    return withParts(value, scaleParts(facts))
  }

/** A mean, its scores told by the parts alone. */
const effort = (view: View): OracleValue => {
  const { p50, p90, p95, p99, max, ...mean } = meanByScale('ces.score', 'score')(view)
  return mean
}

const nps = ({ flow }: View): OracleValue => {
  const facts = flow('nps.score')
  const among = (low: number, high: number) =>
    facts.filter(({ value }) => value >= low && value <= high).length
  const promoters = among(9, 10)
  const detractors = among(0, 6)
  const points = ratioOf(100 * (promoters - detractors), facts.length, 'points')
  if (facts.length === 0) return points
  const parts = {
    promoters: { value: promoters },
    passives: { value: among(7, 8) },
    detractors: { value: detractors },
  }
  return withParts(points, { ...parts, mean: meanPart(facts) })
}

const responseRate = ({ flow }: View): OracleValue =>
  ratioOf(flow('survey.sent.answered').length, flow('survey.sent').length)

/** METRICS.md, Satisfaction: what surveys say. */
export const surveyMetrics: readonly MetricRow[] = [
  {
    id: 'csat',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: ({ flow }) => shareOf(flow('csat.positive')),
  },
  { id: 'csatMean', unit: 'score', over: 'flow', byAgent: true, compute: meanByScale('csat.score', 'score') },
  { id: 'nps', unit: 'points', over: 'flow', byAgent: true, compute: nps },
  { id: 'ces', unit: 'score', over: 'flow', byAgent: true, compute: effort },
  {
    id: 'cesAgree',
    unit: 'ratio',
    over: 'flow',
    byAgent: true,
    compute: ({ flow }) => shareOf(flow('ces.agree')),
  },
  { id: 'surveyResponseRate', unit: 'ratio', over: 'flow', byAgent: true, compute: responseRate },
]
