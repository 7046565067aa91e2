import type { MetricRow } from '../core/metrics.ts'
import { FloorwatchError } from '../errors.ts'
import { alignRows } from './snapshot-table.ts'

/** One line a metric; `json`: the rows as an array. */
export const listMetrics = (rows: readonly MetricRow[], isJson: boolean): string => {
  if (isJson) return `${JSON.stringify(rows.map(describeRow), null, 2)}\n`
  return `${alignRows(rows.map(({ id, unit, family, formula }) => [id, unit, `${family}: ${formula}`]))}\n`
}

/** A metric's formula, edge rules and source; throws `usage-invalid` where there is none of that id. */
export const explainMetric = (rows: readonly MetricRow[], id: string, isJson: boolean): string => {
  const row = rows.find((candidate) => candidate.id === id)
  if (!row)
    throw new FloorwatchError(
      'usage-invalid',
      `no metric is called '${id}'; \`floorwatch metrics list\` names them all`,
    )
  const described = describeRow(row)
  if (isJson) return `${JSON.stringify(described, null, 2)}\n`
  return `${alignColumns(Object.entries(described).map(([name, value]) => [name, String(value)]))}\n`
}

const alignColumns = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, value]) => `${name.padEnd(14)} ${value}`).join('\n')

export const describeRow = (row: MetricRow): Readonly<Record<string, string | number>> => ({
  id: row.id,
  family: row.family,
  unit: row.unit,
  formula: row.formula,
  filedAt: row.filedAt,
  groupedBy: describeGrouping(row),
  edgeRules: row.edgeRules,
  ...(row.settlesAfterMs === undefined ? {} : { settlesAfterMs: row.settlesAfterMs }),
  source: row.source,
})

const describeGrouping = (row: MetricRow): string => {
  if (row.needs) return `scopes that name ${row.needs.join(' and ')}`
  if (row.byAgent) return 'any dimension; by agent in a reading of its own'
  return groupsByAgent(row) ? 'any dimension, the agent included' : 'any dimension but the agent'
}

const groupsByAgent = ({ reading }: MetricRow): boolean => {
  const measures =
    'of' in reading
      ? [reading.of].flat()
      : 'numerator' in reading
        ? [...reading.numerator, ...reading.denominator]
        : []
  return measures.every((one) => ('measure' in one ? one.measure.grouping : one.grouping) === 'agent')
}
