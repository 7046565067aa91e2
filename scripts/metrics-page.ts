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
- A value that later events may still change is \`provisional\`.
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
  const { formula, filedAt, groupedBy, edgeRules, source, settlesAfterMs } = describeRow(row)
  const lines = [
    `### \`${row.id}\``,
    '',
    `${row.unit}: ${formula}`,
    '',
    `- Filed at: ${filedAt}`,
    `- Grouped by: ${groupedBy}`,
    ...(edgeRules === '' ? [] : [`- Rules: ${edgeRules}`]),
    ...(row.windows ? [`- Windows: ${row.windows.join(', ')}`] : []),
    ...(settlesAfterMs === undefined ? [] : [`- Settles: ${settlesAfterMs} ms after the window's end`]),
    ...(row.isConfigured === false ? ['- Needs configuration: `not-configured` without'] : []),
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
policies stand beside it as \`serviceLevel.<id>\` (see [configuration](configuration.md)). Presets, named for the systems whose
numbers people compare with:`,
    formatTable(['Preset', 'Differs from the default by'], presets),
  ].join('\n\n')
}
