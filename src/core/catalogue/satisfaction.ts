import { measures as m } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { ofSurvey } from './groupings.ts'
import { type MetricRow, type Reading, term } from './row.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading' | 'groupedBy' | 'merged'>

const row = (named: Pick<MetricRow, 'id' | 'unit'>, reading: Reading, rest: Rest): MetricRow => ({
  ...named,
  family: 'csat',
  reading,
  ...ofSurvey,
  ...rest,
})

const dayMs = 86_400_000
const filedAt = 'the answer'
const changed =
  'A changed answer (the same surveyId) replaces the old one, at its own instant. Answers to surveys whose sending was never seen count, with the dimensions of the answer.'
const scales =
  'Scores as given; an inverted scale is a scale of its own. Scales are never mixed: over several the value is null (not-applicable) and the parts tell: `1-5` its mean, `1-5:4` how often 4.'

const examples = ': 4 of 5, 7 of 10, 3 of 3, 2 of 2, 5 of 7 yes; 6 of 10 no'

const csatRow = ({ csatPositive: { numerator, denominator } }: Rules): MetricRow =>
  row(
    { id: 'csat', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.csatPositive)], denominator: [term(m.csatScores)] },
    {
      filedAt,
      formula: 'positive answers / answers to csat surveys',
      edgeRules: `Positive when ${denominator}·(score − min) ≥ ${numerator}·(max − min) (surveys.positiveFrom), an inverted score turned first${numerator === 2 && denominator === 3 ? examples : ''}. ${changed}`,
      source: 'Zendesk CSAT mapping; va.gov-team issue 87053; Chatwoot issue 14872',
    },
  )

const scoreRows: readonly MetricRow[] = [
  row(
    { id: 'csatMean', unit: 'score' },
    { kind: 'scores', of: m.csatScores, hasPercentiles: true },
    {
      filedAt,
      formula: 'mean score of the answers to csat surveys, per scale',
      edgeRules: `${scales} Percentiles are exact. ${changed}`,
      source: 'Zendesk; ServiceRocket',
    },
  ),
  row(
    { id: 'nps', unit: 'points' },
    { kind: 'nps', of: m.npsScores },
    {
      filedAt,
      formula: '(promoters, 9–10 − detractors, 0–6) / answers to nps surveys × 100',
      edgeRules: `From −100 to 100. Passives (7–8) are in n. Parts: promoters, passives, detractors, mean. Scores off 0–10 are refused as invalid. ${changed}`,
      source: 'Net Promoter Score, Reichheld 2003',
    },
  ),
  row(
    { id: 'ces', unit: 'score' },
    { kind: 'scores', of: m.cesScores },
    {
      filedAt,
      formula: 'mean score of the answers to ces surveys, per scale',
      edgeRules: `${scales} Effort 1–7 inverted [2, 6] → 4.0. ${changed}`,
      source: 'customergauge CES; CES 2.0',
    },
  ),
  row(
    { id: 'cesAgree', unit: 'ratio' },
    { kind: 'topScores', of: m.cesScores, share: [2, 3] },
    {
      filedAt,
      formula: 'answers to ces surveys among the top 3 of 7 / answers',
      edgeRules: `An inverted score is turned first: 1–7 inverted [2, 6] → 0.5. On other scales those from two thirds of the scale on. ${changed}`,
      source: 'CES 2.0',
    },
  ),
  row(
    { id: 'surveyResponseRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.surveysSentAnswered)], denominator: [term(m.surveysSent)] },
    {
      formula: 'of the surveys sent in the window: answered so far / all',
      filedAt: 'the sending, whenever they were answered',
      edgeRules:
        'Surveys of every kind together. A changed answer counts once, an answer to a survey whose sending was never seen not at all. Provisional for 30 days.',
      source: 'Chatwoot total_sent; Zendesk offered',
      settlesAfterMs: 30 * dayMs,
    },
  ),
]

export const satisfactionRows = (rules: Rules): readonly MetricRow[] => [csatRow(rules), ...scoreRows]
