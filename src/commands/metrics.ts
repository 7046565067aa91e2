import { dimensionFields } from '../core/contributions/dimensions.ts'
import type { MetricRow } from '../core/metrics.ts'
import { isAskedBy, isByDirection, isLevel } from '../core/row-answers.ts'
import { FloorwatchError } from '../errors.ts'
import { alignRows } from './snapshot-table.ts'

/** One line a metric; `json`: the rows as an array. */
export const listMetrics = (rows: readonly MetricRow[], isJson: boolean): string => {
  if (isJson) return `${JSON.stringify(rows.map(describeRow), null, 2)}\n`
  return `${alignRows(rows.map(({ id, unit, family, formula }) => [id, unit, `${family}: ${formula}`]))}\n`
}

/** A metric's formula, rules and source; throws `usage-invalid` where there is none of that id. */
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
  rows.map(([name, value]) => `${name.padEnd(nameWidth)} ${wrap(value)}`).join('\n')

const nameWidth = 14
const valueWidth = 100

/** In lines of at most `valueWidth`, under one another. */
const wrap = (text: string): string => {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > valueWidth) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join(`\n${' '.repeat(nameWidth + 1)}`)
}

/** Everything an analyst needs to trust a number: what counts, when, by what it may be asked. */
export const describeRow = (row: MetricRow): Readonly<Record<string, string | number>> => ({
  id: row.id,
  family: row.family,
  unit: row.unit,
  formula: row.formula,
  filedAt: row.filedAt,
  groupedBy: describeGrouping(row),
  windows: describeWindows(row),
  edgeRules: `${row.edgeRules}${describeMerging(row)}`,
  value: describeValue(row),
  ...describeWorst(row),
  ...(row.settlesAfterMs === undefined ? {} : { settlesAfterMs: row.settlesAfterMs }),
  ...(row.setting ? { setting: describeSetting(row.setting) } : {}),
  source: row.source,
})

const describeGrouping = (row: MetricRow): string => {
  const { needs = [], groupedBy } = row
  const scopes = needs.length > 0 ? `only scopes that name ${needs.join(' and ')}; ` : ''
  const byAgent = isAskedBy(row, [...needs, 'agentId'])
    ? `agentId: ${groupedBy.agent ?? ''}`
    : 'not by agentId'
  const outward = isByDirection(row) ? '; outbound and internal calls only where direction is named' : ''
  return `${scopes}${dimensionFields.join(', ')} and attributes as they were ${groupedBy.as}; ${byAgent}${outward}`
}

const describeWindows = (row: MetricRow): string => {
  if (row.windows) return `${row.windows.join(', ')} only`
  return isLevel(row) ? "all: the level at the window's end, in now at as-of" : 'all but now'
}

const describeMerging = ({ merged }: MetricRow): string => {
  if (!merged) return ''
  return merged === 'kept'
    ? ' Deleted (unless for privacy) and spam tickets disappear from it, merged ones stay.'
    : ' Deleted (unless for privacy), spam and merged tickets disappear from it.'
}

const describeValue = ({ reading }: MetricRow): string => {
  switch (reading.kind) {
    case 'count':
    case 'level':
      return 'the number; n: the same, without its sign'
    case 'ratio':
    case 'topScores':
    case 'nps':
      return 'numerator / denominator; n: the denominator, where it is 0 the value is null'
    case 'distribution':
      return 'exact mean, with p50, p90, p95, p99 and max within 1 %; n: how many, where none the value is null'
    case 'scores':
      return 'exact mean; n: how many answers, where none the value is null'
    case 'oldest':
      return 'the age; n: how many are open, where none the value is 0'
    case 'ages':
      return 'exact mean, with exact p50, p90, p95, p99 and max; n: how many are open, where none the value is null'
    case 'stockOverFlow':
      return 'numerator / denominator; n: what was resolved, where nothing the value is null'
  }
}

/** The list of a snapshot that names the worst of what is read. */
const describeWorst = ({ reading }: MetricRow): { readonly worst?: string } => {
  const list = reading.kind === 'level' ? reading.worst : 'list' in reading ? reading.list : undefined
  return list ? { worst: `ids of the ten with the earliest sinceAt: worst.${list}, in now and total` } : {}
}

const describeSetting = ({ name, isSet }: NonNullable<MetricRow['setting']>): string =>
  isSet ? `${name}: set` : `${name}: not set, without it the value is null (not-configured)`
