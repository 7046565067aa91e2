import type { MetricRow, Reading } from './catalogue/row.ts'
import type { Dimensions } from './contribution.ts'
import {
  type MetricValue,
  type ReadingView,
  type RowValues,
  readMetric,
  rowValuesOf,
  sumTerms,
} from './metric-values.ts'
import type { OpenLists } from './open-index.ts'
import { hasBegunWithin, type OpenList } from './open-list.ts'
import { readingIn, refusalOf } from './row-answers.ts'
import { serviceLevelTargetFor } from './rules.ts'
import type { GroupingSet } from './scopes.ts'
import type { WindowBounds, WindowSpec } from './windows.ts'

export type RowContext = {
  readonly set: GroupingSet
  readonly dimensions: Dimensions
  readonly window: WindowSpec
  readonly bounds: WindowBounds
  readonly view: ReadingView
  /** What is open at as-of, whatever the window. */
  readonly standing: OpenLists
}

export type Metrics = Readonly<Record<string, MetricValue>>

/** Values of the rows, by id, in their order. Those that say nothing are frozen and shared by all snapshots that say so. */
export const readRows = (rows: readonly MetricRow[], context: RowContext): Metrics => {
  const { answers, readable } = planFor(rows, context)
  const metrics: Record<string, MetricValue> = { ...answers }
  for (const plan of readable) metrics[plan.row.id] = readRow(plan, context)
  return metrics
}

/** How rows are read in every scope of a set and window: the answers of those that cannot be, and the others. */
type ReadingPlan = {
  readonly answers: Metrics
  readonly readable: readonly RowPlan[]
}

type RowPlan = {
  readonly row: MetricRow
  readonly reading: Reading
  readonly values: RowValues
}

const known = new WeakMap<readonly MetricRow[], Map<string, ReadingPlan>>()

const planFor = (rows: readonly MetricRow[], { set, window }: RowContext): ReadingPlan => {
  const plans = known.get(rows) ?? new Map<string, ReadingPlan>()
  known.set(rows, plans)
  const name = `${set.join()}|${window.id}`
  const plan = plans.get(name) ?? planRows(rows, set, window)
  plans.set(name, plan)
  return plan
}

const planRows = (rows: readonly MetricRow[], set: GroupingSet, window: WindowSpec): ReadingPlan => {
  const answers: [string, MetricValue][] = []
  const readable: RowPlan[] = []
  for (const row of rows) {
    const { id, unit } = row
    const reading = readingIn(row, set)
    const reason = refusalOf(row, set, window)
    const values = rowValuesOf(unit)
    if (!reason) readable.push({ row, reading, values })
    answers.push([id, reason ? Object.freeze({ value: null, unit, n: 0, reason }) : values.noData])
  }
  return { answers: Object.fromEntries(answers), readable }
}

const readRow = ({ row, reading, values }: RowPlan, context: RowContext): MetricValue => {
  const found = readMetric(reading, context.view, values)
  const policy = policyOf(reading, found.value, context)
  const isProvisional = isProvisionalIn(row, found.n, context)
  if (!policy && !isProvisional) return found
  return { ...found, ...policy, ...(isProvisional ? { provisional: true } : {}) }
}

const policyOf = (reading: Reading, value: number | null, { dimensions }: RowContext) => {
  if (reading.kind !== 'ratio' || !reading.policy) return undefined
  const target = serviceLevelTargetFor(reading.policy, dimensions)
  if (target === undefined) return { policy: reading.policy.id }
  return { policy: reading.policy.id, target, ...(value === null ? {} : { met: value >= target }) }
}

const isProvisionalIn = (row: MetricRow, n: number, { bounds, view, standing }: RowContext): boolean => {
  const { pending, pendingIn, settlesAfterMs } = row
  if (pending !== undefined && sumTerms(pending, view) > 0) return true
  // The whole time is read as far as each shard has come, which may be past as-of.
  const endAt = bounds.kind === 'total' ? Number.POSITIVE_INFINITY : bounds.endAt
  if (pendingIn !== undefined && isPendingIn(standing.get(pendingIn), { ...bounds, endAt })) return true
  return settlesAfterMs !== undefined && n > 0 && view.asOfMs < bounds.endAt + settlesAfterMs
}

/** Whether a window with these bounds and the sums of the one that was read says the same: nothing in it depends on when it lies. */
export const isTimeless = (
  rows: readonly MetricRow[],
  metrics: Metrics,
  { standing, bounds }: Pick<RowContext, 'standing'> & { readonly bounds: TimeBounds },
): boolean =>
  rows.every(
    ({ id, settlesAfterMs, pendingIn }) =>
      (settlesAfterMs === undefined || metrics[id]?.n === 0) &&
      (pendingIn === undefined || !isPendingIn(standing.get(pendingIn), bounds)),
  )

type TimeBounds = Pick<WindowBounds, 'startAt' | 'endAt'>

const isPendingIn = (items: OpenList | undefined, { startAt, endAt }: TimeBounds): boolean =>
  items !== undefined && hasBegunWithin(items, { startMs: startAt ?? Number.NEGATIVE_INFINITY, endMs: endAt })
