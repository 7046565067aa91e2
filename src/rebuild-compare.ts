import type { MetricValue } from './core/metric-values.ts'
import type { MetricRow } from './core/metrics.ts'
import { listOpen, type ShardView } from './core/rollup.ts'
import { type GroupingSet, parseScopeKey } from './core/scopes.ts'
import type { Tiering } from './core/slices.ts'
import { type ReadContext, readSnapshot, type ScopeName, type Snapshot } from './core/snapshot.ts'
import { parseWindow, type WindowSpec } from './core/windows.ts'
import type { PublishPlan } from './publish-desk.ts'

/** One state to compare, read where it stands. */
export type ComparedState = {
  readonly views: readonly ShardView[]
  readonly scopeKeys: Iterable<string>
}

export type Comparing = {
  readonly running: ComparedState
  readonly rebuilt: ComparedState
  /** Both are read at this instant. */
  readonly asOfMs: number
  readonly tiering: Tiering
  readonly plans: readonly PublishPlan[]
}

/** A metric that the two states tell differently. */
export type Difference = {
  readonly tenantId: string
  readonly scope: ScopeName['dimensions']
  readonly window: string
  readonly metric: string
  readonly unit: string
  readonly running: ComparedValue
  readonly rebuilt: ComparedValue
}

export type ComparedValue = Omit<MetricValue, 'unit'>

export type Comparison = {
  readonly asOfMs: number
  readonly scopeCount: number
  readonly valueCount: number
  readonly differences: readonly Difference[]
}

/**
 * Every scope of both, in every window that is published and in the total: a pure function of the two states. What the
 * running one cannot tell under the new rules it tells as null.
 */
export const compareStates = (comparing: Comparing): Comparison => {
  const { asOfMs, running, rebuilt } = comparing
  const desks = readingsOf(comparing.plans)
  const sets = desks.map(({ set }) => set)
  const before = { ...contextOf(comparing), shards: running.views, open: listOpen(running.views, sets) }
  const after = { ...contextOf(comparing), shards: rebuilt.views, open: listOpen(rebuilt.views, sets) }
  const keys = [...new Set([...running.scopeKeys, ...rebuilt.scopeKeys])].sort()
  const differences: Difference[] = []
  let valueCount = 0
  let scopeCount = 0
  for (const key of keys) {
    const scope = parseScopeKey(key)
    const name = Object.keys(scope.dimensions).sort().join()
    const desk = desks.find(({ set }) => set.join() === name)
    if (!desk) continue
    scopeCount++
    for (const { window, rows } of desk.windows) {
      const read = (context: Omit<ReadContext, 'rows'>) =>
        readSnapshot({ ...context, rows }, { scope, window })
      valueCount += rows.length
      differences.push(...findDifferences(read(before), read(after)))
    }
  }
  return { asOfMs, scopeCount, valueCount, differences }
}

const contextOf = ({ asOfMs, tiering }: Comparing) => ({ asOfMs, tiering })

type SetReading = {
  readonly set: GroupingSet
  readonly windows: readonly { readonly window: WindowSpec; readonly rows: readonly MetricRow[] }[]
}

const readingsOf = (plans: readonly PublishPlan[]): readonly SetReading[] => {
  const sets = new Map(plans.map(({ set }) => [set.join(), set]))
  return [...sets].map(([name, set]) => {
    const own = plans.filter((plan) => plan.set.join() === name)
    const rows = [...new Map(own.flatMap((plan) => plan.rows).map((row) => [row.id, row])).values()]
    const windows = own.map(({ window, rows: published }) => ({ window, rows: published }))
    const others = windows.filter(({ window }) => window.id !== totalWindow.id)
    return { set, windows: [...others, { window: totalWindow, rows }] }
  })
}

const readTotal = (): WindowSpec => {
  const parsed = parseWindow('total')
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed.window
}

const totalWindow = readTotal()

const findDifferences = (running: Snapshot, rebuilt: Snapshot): readonly Difference[] =>
  Object.entries(rebuilt.metrics).flatMap(([metric, { unit, ...after }]) => {
    const { unit: _, ...before } = running.metrics[metric] as MetricValue
    if (JSON.stringify(before) === JSON.stringify(after)) return []
    const { tenantId, scope, window } = rebuilt
    return [{ tenantId, scope, window: window.id, metric, unit, running: before, rebuilt: after }]
  })
