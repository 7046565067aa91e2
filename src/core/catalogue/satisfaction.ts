import { measures as m } from '../measures.ts'
import { type MetricRow, type Reading, term } from './row.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>

const row = (named: Pick<MetricRow, 'id' | 'unit'>, reading: Reading, rest: Rest): MetricRow => ({
  ...named,
  family: 'csat',
  reading,
  ...rest,
})

const answered = { filedAt: 'the answer' } as const
const dayMs = 86_400_000

export const satisfactionRows: readonly MetricRow[] = [
  row(
    { id: 'csat', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.csatPositive)], denominator: [term(m.csatScores)] },
    {
      ...answered,
      formula: 'positive / answered',
      edgeRules:
        'Positive when 3·(score − min) ≥ 2·(max − min), after inversion: 4 of 5, 7 of 10, 3 of 3, 2 of 2, 5 of 7 yes; 6 of 10 no. A changed answer replaces the old one. Dimensions as at survey.sent.',
      source: 'Zendesk CSAT mapping; va.gov-team issue 87053; Chatwoot issue 14872',
    },
  ),
  row(
    { id: 'csatMean', unit: 'score' },
    { kind: 'scores', of: m.csatScores, hasPercentiles: true },
    {
      ...answered,
      formula: 'mean score as given, per scale, with the count of each score',
      edgeRules: 'Scales are never mixed: over several the value is null and the parts tell.',
      source: 'Zendesk; ServiceRocket',
    },
  ),
  row(
    { id: 'nps', unit: 'points' },
    { kind: 'nps', of: m.npsScores },
    {
      ...answered,
      formula: '(answers of 9–10 − answers of 0–6) / answers × 100',
      edgeRules: 'Passives are in n. Scores off 0–10 are dead-lettered.',
      source: 'Net Promoter Score, Reichheld 2003',
    },
  ),
  row(
    { id: 'ces', unit: 'score' },
    { kind: 'scores', of: m.cesScores },
    {
      ...answered,
      formula: 'mean score as given, per scale',
      edgeRules: 'Raw; an inverted scale is a scale of its own. Effort 1–7 inverted [2, 6] → 4.0.',
      source: 'customergauge CES; CES 2.0',
    },
  ),
  row(
    { id: 'cesAgree', unit: 'ratio' },
    { kind: 'topScores', of: m.cesScores, share: [2, 3] },
    {
      ...answered,
      formula: 'answers among the top 3 of 7 / answers',
      edgeRules: 'After inversion; on other scales the same share of the scale. [2, 6] inverted → 0.5.',
      source: 'CES 2.0',
    },
  ),
  row(
    { id: 'surveyResponseRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.surveysSentAnswered)], denominator: [term(m.surveysSent)] },
    {
      formula: 'answered / sent, of those sent in the window',
      filedAt: 'sent',
      edgeRules: 'By send cohort; provisional for 30 days.',
      source: 'Chatwoot total_sent; Zendesk offered',
      settlesAfterMs: 30 * dayMs,
    },
  ),
]
