/** How the page names, explains and judges a metric. A metric more on the page is a row more here. */
export type MetricRow = {
  readonly id: string
  readonly label: string
  readonly formula: string
  /** What numerator and denominator count, where they say more than the formula does. */
  readonly terms?: readonly [numerator: string, denominator: string]
  readonly worse?: 'higher' | 'lower'
  /** Used where the snapshot carries no target. In the metric's unit. */
  readonly bounds?: Bounds
  /** How far below (or above) its target a value is a breach, and not only a warning. */
  readonly breachMargin?: number
  /** What an empty value means where that is nothing to worry about. */
  readonly emptyMeans?: string
}

/** Left again only by `slack` beyond the bound, so that a tile does not flicker. */
export type Bounds = { readonly warn: number; readonly breach: number; readonly slack: number }

const rows = [
  { id: 'waitingNow', label: 'Waiting now', formula: 'callers who are in a queue at this moment' },
  {
    id: 'longestWaitNow',
    label: 'Longest wait',
    formula: 'now − the instant the first of those who wait was queued',
    worse: 'higher',
    bounds: { warn: 60_000, breach: 120_000, slack: 15_000 },
    emptyMeans: 'nobody waits',
  },
  {
    id: 'serviceLevel',
    label: 'Service level',
    formula: 'answered in time ÷ all that were due, by the policy',
    terms: ['answered in time', 'due'],
    worse: 'lower',
    breachMargin: 0.1,
  },
  {
    id: 'averageSpeedOfAnswer',
    label: 'Speed of answer',
    formula: 'mean wait of those who were answered',
    terms: ['waited in all', 'answered'],
    worse: 'higher',
  },
  {
    id: 'abandonRate',
    label: 'Abandon rate',
    formula: 'abandoned ÷ (answered + abandoned + diverted)',
    terms: ['abandoned', 'left the queue'],
    worse: 'higher',
    bounds: { warn: 0.05, breach: 0.1, slack: 0.005 },
    breachMargin: 0.05,
  },
  { id: 'callsAnswered', label: 'Answered', formula: 'queue visits that an agent answered' },
  { id: 'openTickets', label: 'Open tickets', formula: 'tickets not resolved, closed, merged or deleted' },
  { id: 'backlog', label: 'Backlog', formula: 'open tickets that are new, open or on hold: work for us' },
  {
    id: 'firstResponseTime',
    label: 'First response',
    formula: 'mean time to the first public answer by a person',
    terms: ['waited in all', 'first answers'],
    worse: 'higher',
  },
  {
    id: 'csat',
    label: 'CSAT',
    formula: 'positive answers ÷ all answers',
    terms: ['positive', 'answers'],
    worse: 'lower',
    breachMargin: 0.1,
  },
  {
    id: 'nps',
    label: 'NPS',
    formula: 'promoters (9–10) less detractors (0–6), of 100 answers',
    worse: 'lower',
    breachMargin: 20,
  },
] as const satisfies readonly MetricRow[]

export type MetricId = (typeof rows)[number]['id']

export const metricRows = Object.fromEntries(rows.map((row) => [row.id, row])) as Readonly<
  Record<MetricId, MetricRow>
>

/** Why there is no value, in CONTRACT's reasons. */
export const reasonTexts: Readonly<Record<string, string>> = {
  'no-data': 'nothing to measure yet',
  'too-few': 'too few to say',
  'too-many': 'too many to tell apart',
  'not-configured': 'not configured',
  'not-applicable': 'does not apply here',
}
