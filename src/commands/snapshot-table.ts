import type { MetricValue } from '../core/metric-values.ts'
import type { ReplayedSnapshot } from '../replay.ts'
import { printable } from './printable.ts'

/** A snapshot for people: a headline, then a line a metric that has a value. */
export const formatSnapshotTable = (snapshot: ReplayedSnapshot): string => {
  const { scope, window } = snapshot
  const names = Object.entries(scope).map(([name, value]) => `${name}=${value}`)
  const span = window.startAt === null ? `up to ${window.endAt}` : `${window.startAt} – ${window.endAt}`
  const headline = `${snapshot.tenantId} · ${names.join(', ') || 'whole tenant'} · ${window.id} · ${span}`
  const rows = Object.entries(snapshot.metrics)
    .filter(([, { n, value }]) => n > 0 || value)
    .map(([id, metric]) => [id, formatValue(metric), formatDetail(metric)])
  return `${printable(headline)}\n${alignRows(rows)}\n`
}

const formatValue = ({ value, unit }: MetricValue): string =>
  value === null ? '—' : formatNumber(value, unit)

const formatNumber = (value: number, unit: string): string => {
  switch (unit) {
    case 'ms':
      return formatDuration(value)
    case 'ratio':
      return `${(value * 100).toFixed(2)} %`
    default:
      return Number.isInteger(value) ? String(value) : value.toFixed(2)
  }
}

const formatDuration = (ms: number): string => {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  const clock = `${hours}:${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
  return days > 0 ? `${days} d ${clock}` : clock
}

const formatDetail = (metric: MetricValue): string => {
  const parts: string[] = []
  if (metric.numerator !== undefined) parts.push(`${metric.numerator} / ${metric.denominator}`)
  if (metric.p90 !== undefined)
    parts.push(
      `p50 ${formatNumber(metric.p50 ?? 0, metric.unit)}`,
      `p90 ${formatNumber(metric.p90, metric.unit)}`,
    )
  if (metric.policy !== undefined) parts.push(metric.policy)
  if (metric.provisional) parts.push('provisional')
  if (metric.reason !== undefined) parts.push(metric.reason)
  return parts.join(', ')
}

/** Columns padded to their widest cell; numbers flush right. */
export const alignRows = (
  rows: readonly (readonly string[])[],
  numberColumns: readonly number[] = [1],
): string => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const pad = (cell: string, column: number) =>
    numberColumns.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd()).join('\n')
}
