import type { Comparison, Difference } from '../rebuild-compare.ts'
import { printable } from './printable.ts'
import { alignRows } from './snapshot-table.ts'

const rowsMax = 50

/** For people: what was compared, and a line for each value that differs. */
export const formatComparison = ({ asOfMs, scopeCount, valueCount, differences }: Comparison): string => {
  const at = new Date(asOfMs).toISOString()
  const headline = `compared at ${at}: ${valueCount} values of ${scopeCount} scopes, ${differences.length} differ\n`
  if (differences.length === 0) return headline
  const columns = ['tenant', 'scope', 'window', 'metric', 'running', 'rebuilt', 'difference']
  const table = alignRows([columns, ...differences.slice(0, rowsMax).map(rowOf)], [4, 5, 6])
  const left = differences.length - rowsMax
  return `${headline}${table}\n${left > 0 ? `  … and ${left} more: --json tells all\n` : ''}`
}

const rowOf = ({ tenantId, scope, window, metric, running, rebuilt }: Difference): readonly string[] => {
  const names = Object.entries(scope).map(([name, value]) => `${name}=${value}`)
  const difference =
    running.value === null || rebuilt.value === null ? '' : formatSigned(rebuilt.value - running.value)
  const values = [formatValue(running), formatValue(rebuilt), difference]
  return [printable(tenantId), printable(names.join(',')) || 'whole tenant', window, metric, ...values]
}

const formatValue = ({ value, n }: Difference['running']): string =>
  value === null ? `— (n ${n})` : `${formatNumber(value)} (n ${n})`

const formatNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toPrecision(6)

/** The same value, told otherwise: another percentile, another part. */
const formatSigned = (value: number): string =>
  value === 0 ? 'in detail' : `${value > 0 ? '+' : ''}${formatNumber(value)}`
