import { backlogRows } from './catalogue/backlog.ts'
import { responseRows } from './catalogue/response.ts'
import type { MetricRow } from './catalogue/row.ts'
import { satisfactionRows } from './catalogue/satisfaction.ts'
import { serviceLevelRow } from './catalogue/service-level.ts'
import { waitRows } from './catalogue/wait.ts'
import type { Rules } from './rules.ts'

export type { MetricRow } from './catalogue/row.ts'

/** The catalogue under these rules: a service-level row for each policy, the others as they are. */
export const catalogueFor = (rules: Rules): readonly MetricRow[] => [
  ...responseRows(rules),
  ...waitRows,
  ...rules.policies.map(serviceLevelRow),
  ...backlogRows(rules),
  ...satisfactionRows(rules),
]

/** Rows picked by id or family; `all` is every one. Unknown names come back apart. */
export const pickMetrics = (
  rows: readonly MetricRow[],
  names: readonly string[],
): { readonly rows: readonly MetricRow[]; readonly unknown: readonly string[] } => {
  const fits = (row: MetricRow, name: string) => name === 'all' || row.id === name || row.family === name
  return {
    rows: rows.filter((row) => names.some((name) => fits(row, name))),
    unknown: names.filter((name) => !rows.some((row) => fits(row, name))),
  }
}
