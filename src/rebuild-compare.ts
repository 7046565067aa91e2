import type { MetricValue } from './core/metric-values.ts'
import type { MetricRow } from './core/metrics.ts'
import { listOpen } from './core/open-index.ts'
import type { ShardView } from './core/rollup.ts'
import { type GroupingSet, parseScopeKey } from './core/scopes.ts'
import type { Tiering } from './core/slices.ts'
import { readSnapshot, type ScopeName, type Snapshot } from './core/snapshot.ts'
import { parseWindow, type WindowSpec } from './core/windows.ts'
import type { PublishPlan } from './publish-desk.ts'

/** One state to compare, read where it stands. */
export type ComparedState = {
  readonly views: readonly ShardView[]
  readonly scopeKeys: Iterable<string>
  /** Of the rules it was counted by, and the zone its days are cut in. */
  readonly catalogue: readonly MetricRow[]
  readonly tiering: Tiering
}

export type Comparing = {
  readonly running: ComparedState
  readonly rebuilt: ComparedState
  /** Both are read at this instant. */
  readonly asOfMs: number
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
 * Every scope of both, in every window that is published and in the total, each state read by its own rules: a pure
 * function of the two. What the running one has no rule for it tells as null.
 */
export const compareStates = (comparing: Comparing): Comparison => {
  const { asOfMs, running, rebuilt } = comparing
  const desks = readingsOf(comparing.plans)
  const sets = desks.map(({ set }) => set)
  const readRunning = createReader(running, comparing, sets)
  const readRebuilt = createReader(rebuilt, comparing, sets)
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
    for (const reading of desk.windows) {
      valueCount += reading.ids.length
      differences.push(...findDifferences(readRunning(scope, reading), readRebuilt(scope, reading)))
    }
  }
  return { asOfMs, scopeCount, valueCount, differences }
}

type WindowReading = { readonly window: WindowSpec; readonly ids: readonly string[] }

const createReader = (
  { views, catalogue, tiering }: ComparedState,
  { asOfMs }: Comparing,
  sets: readonly GroupingSet[],
) => {
  const rowsById = new Map(catalogue.map((row) => [row.id, row]))
  const context = { shards: views, asOfMs, tiering, open: listOpen(views, sets) }
  return (scope: ScopeName, { window, ids }: WindowReading): Snapshot =>
    readSnapshot({ ...context, rows: ids.flatMap((id) => rowsById.get(id) ?? []) }, { scope, window })
}

type SetReading = {
  readonly set: GroupingSet
  readonly windows: readonly WindowReading[]
}

const readingsOf = (plans: readonly PublishPlan[]): readonly SetReading[] => {
  const sets = new Map(plans.map(({ set }) => [set.join(), set]))
  return [...sets].map(([name, set]) => {
    const own = plans.filter((plan) => plan.set.join() === name)
    const windows = own.map(({ window, rows }) => ({ window, ids: rows.map(({ id }) => id) }))
    const ids = [...new Set(windows.flatMap((reading) => reading.ids))]
    const others = windows.filter(({ window }) => window.id !== totalWindow.id)
    return { set, windows: [...others, { window: totalWindow, ids }] }
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
    const { unit: _, ...before } = running.metrics[metric] ?? unknownMetric
    if (numbersOf(before) === numbersOf(after)) return []
    const { tenantId, scope, window } = rebuilt
    return [{ tenantId, scope, window: window.id, metric, unit, running: before, rebuilt: after }]
  })

/** What the rules of the running state have no word for. */
const unknownMetric: MetricValue = { value: null, unit: '', n: 0, reason: 'not-configured' }

/** A policy of another name may say the same. */
const numbersOf = ({ policy: _, target: __, met: ___, ...numbers }: ComparedValue): string =>
  JSON.stringify(numbers)
