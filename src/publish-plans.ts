import { rulesOf } from './config-rules.ts'
import type { Config } from './config-schema.ts'
import { catalogueFor, pickMetrics } from './core/metrics.ts'
import { type GroupingSet, normaliseSet, withParents } from './core/scopes.ts'
import { parseWindow, sinceWindowId, type WindowSpec } from './core/windows.ts'
import { FloorwatchError } from './errors.ts'
import type { PublishPlan } from './publish-desk.ts'

const everySecondMs = 1_000
const everySliceMs = 5_000
const wallWindows = ['15m', 'hour', 'today'] as const

/** What is published where nothing is configured: what a wallboard needs. */
const defaultRows = (config: Config): NonNullable<Config['publish']> => {
  const since = config.time.dayStartsAt === undefined ? null : sinceWindowId(config.time.dayStartsAt)
  const windows = since === null ? [...wallWindows] : [...wallWindows, since]
  return [
    { scopes: config.scopes, windows: ['now'], metrics: ['all'], everyMs: everySecondMs },
    { scopes: config.scopes, windows, metrics: ['all'], everyMs: everySliceMs },
  ]
}

type Draft = { readonly set: GroupingSet; readonly window: WindowSpec; names: Set<string>; everyMs: number }

/** One plan a set and window: rows that name the same pair are published together, as often as the most eager asks. */
export const publishPlansOf = (config: Config): readonly PublishPlan[] => {
  const catalogue = catalogueFor(rulesOf(config).rules)
  const drafts = new Map<string, Draft>()
  for (const row of config.publish ?? defaultRows(config)) {
    const { unknown } = pickMetrics(catalogue, row.metrics)
    if (unknown.length > 0)
      throw new FloorwatchError(
        'config-invalid',
        `publish.metrics: no metric or family is called ${unknown.join(', ')}; \`floorwatch metrics list\` names them`,
      )
    for (const names of row.scopes) for (const id of row.windows) addDraft(drafts, row, { names, id })
  }
  return [...drafts.values()].map(({ set, window, names, everyMs }) => ({
    set,
    window,
    rows: pickMetrics(catalogue, [...names]).rows,
    everyMs,
  }))
}

type PublishRow = NonNullable<Config['publish']>[number]

const addDraft = (
  drafts: Map<string, Draft>,
  row: PublishRow,
  { names, id }: { readonly names: readonly string[]; readonly id: string },
): void => {
  const parsed = parseWindow(id)
  if (!parsed.ok) throw new FloorwatchError('config-invalid', `publish.windows: ${parsed.detail}`)
  const set = normaliseSet(names)
  const key = `${set.join()}|${id}`
  const draft = drafts.get(key) ?? { set, window: parsed.window, names: new Set(), everyMs: row.everyMs }
  for (const metric of row.metrics) draft.names.add(metric)
  draft.everyMs = Math.min(draft.everyMs, row.everyMs)
  drafts.set(key, draft)
}

/** The sets published since the beginning, and what their shares divide by. */
export const totalSetsOf = (plans: readonly PublishPlan[]): readonly GroupingSet[] =>
  withParents(plans.filter(({ window }) => window.kind === 'total').map(({ set }) => set))

/** The sets that are kept: those configured, those published, and what their shares divide by. */
export const setsOf = (config: Config, plans: readonly PublishPlan[]): readonly GroupingSet[] =>
  withParents([...config.scopes.map(normaliseSet), ...plans.map(({ set }) => set)])
