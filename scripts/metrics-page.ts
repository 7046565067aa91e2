import { describeRow } from '../src/commands/metrics.ts'
import { catalogueFor, type MetricRow } from '../src/core/metrics.ts'
import { defaultPolicy, defaultRules, policyPresets } from '../src/core/rules.ts'
import { formatTable, generatedNote } from './page-table.ts'

const families: Readonly<Record<MetricRow['family'], string>> = {
  response: 'Response: tickets, conversations and messages',
  wait: 'Wait: calls and everything queued',
  backlog: 'Backlog and volume',
  csat: 'Satisfaction',
}

const introduction = `What Floorwatch computes. \`floorwatch metrics explain ID\` prints the same under your own configuration.

- *Filed at* is the instant that decides the window an item falls into.
- \`n\` is the denominator, or the number of samples. Shares are 0 to 1; a flow ratio (one flow over another) may exceed 1.
- A value is null, with a reason, where there is nothing to divide by: an empty queue is not 100 %. \`no-data\`: nothing
  happened; \`not-applicable\`: the scope or the window cannot answer; \`not-configured\`: it needs targets or business hours.
- Distributions carry their mean as \`value\`, exact, and p50, p90, p95, p99 and max within 1 %.
- Gauges are the level at the window's end, in \`now\` at as-of; only they answer in \`now\`.
- *Grouped by* says by which dimensions a metric may be asked, and as they were when. Attributes are dimensions of your own. Elsewhere the
  value is null, \`not-applicable\`.
- A value is \`provisional\` until what its row waits for has come or settled; a closed window is then told once more.
- Tickets deleted or marked as spam disappear from every window; a delete with \`reason: privacy\` changes no number. A merged
  ticket loses what it counted as created, open and resolved; replies and surveys stay.
- A subject whose beginning was never seen files what its events say by themselves, counted as \`orphans\`.`

/** docs/metrics.md: every row of the catalogue under the default rules. */
export const formatMetricsPage = (): string => {
  const rows = catalogueFor(defaultRules)
  return `${[
    '# Metrics',
    generatedNote,
    introduction,
    ...Object.entries(families).flatMap(([family, title]) => [
      `## ${title}`,
      `Family \`${family}\`.`,
      ...rows.filter((row) => row.family === family).map(formatMetric),
    ]),
    formatPolicies(),
  ].join('\n\n')}\n`
}

const formatMetric = (row: MetricRow): string => {
  const { formula, filedAt, groupedBy, windows, edgeRules, worst, source, settlesAfterMs, setting } =
    describeRow(row)
  const lines = [
    `### \`${row.id}\``,
    '',
    `${row.unit}: ${formula}`,
    '',
    `- Filed at: ${filedAt}`,
    `- Grouped by: ${groupedBy}`,
    `- Windows: ${windows}`,
    `- Rules: ${edgeRules}`,
    ...(worst === undefined ? [] : [`- Worst: ${worst}`]),
    ...(settlesAfterMs === undefined ? [] : [`- Settles: ${settlesAfterMs} ms after the window's end`]),
    ...(setting === undefined ? [] : [`- Setting: ${setting}`]),
    `- Source: ${source}`,
  ]
  return lines.join('\n')
}

const formatPolicies = (): string => {
  const { thresholdMs, boundary, clock, abandoned, diverted, stillWaiting } = defaultPolicy
  const presets = Object.entries(policyPresets).map(([id, preset]) => {
    const differs = Object.entries(preset).map(([name, value]) => `\`${name}: ${value}\``)
    return [`\`${id}\``, differs.length === 0 ? 'nothing' : differs.join(', ')]
  })
  return [
    '## Service-level policies',
    `A service level says nothing without its policy. The default, \`${defaultPolicy.id}\`: ${thresholdMs} ms, ${boundary}, by
${clock}; abandoned: ${abandoned}, diverted: ${diverted}, still waiting past the threshold: ${stillWaiting}; no short abandons left out. Further
policies stand beside it as \`serviceLevel.<id>\` (see [configuration](configuration.md)).`,
    formatTable(['Setting', 'Meaning'], policyMeanings),
    'Presets, named for the systems whose numbers people compare with:',
    formatTable(['Preset', 'Differs from the default by'], presets),
  ].join('\n\n')
}

const policyMeanings = [
  [
    '`thresholdMs`',
    'answered within this is a hit; `per` queue or channel another, the first row that fits holds',
  ],
  [
    '`boundary`',
    '`inclusive`: exactly the threshold is within, and the miss is dated queued + threshold + 1 ms; `exclusive`: exactly the threshold is a miss',
  ],
  [
    '`clock`',
    '`visit`: one event a queue visit, each by itself; `call`: one event a call, its waits in all queues added up, judged at the first answer or abandonment, else at its last way out. 15 s in A, overflow, 15 s in B, answered, threshold 20 s: by visit 1/2, by call 0/1',
  ],
  [
    '`abandoned`, `diverted`',
    '`miss`; `hit`: a hit within the threshold, else a miss; `ignore`: left out, but past the threshold a miss already where `stillWaiting` is `miss`',
  ],
  [
    '`stillWaiting`',
    '`miss`: who waits past the threshold is a miss there, whatever comes later; `ignore`: judged at the exit, and a visit that expires is left out',
  ],
  ['`shortAbandonMs`', 'abandons of up to and including this are left out; not above the threshold'],
  ['`target`', 'the share to be reached: the value says whether it was `met`'],
]
