import type { MetricRow, Reading, Terms } from './catalogue/row.ts'
import type { Measure } from './measures.ts'
import type { NullReason } from './metric-values.ts'
import { listMeasures } from './open-index.ts'
import { type GroupingSet, isGroupable } from './scopes.ts'
import type { WindowSpec } from './windows.ts'

/** The reading that stands in scopes by these dimensions. */
export const readingIn = (row: MetricRow, set: GroupingSet): Reading =>
  set.includes('agentId') && row.byAgent ? row.byAgent : row.reading

/** Why a row answers nothing in scopes by these dimensions and in this window; undefined where it does. */
export const refusalOf = (row: MetricRow, set: GroupingSet, window: WindowSpec): NullReason | undefined => {
  if (row.setting?.isSet === false) return 'not-configured'
  if (row.windows && !row.windows.some((id) => id === window.id)) return 'not-applicable'
  if (window.kind === 'now' && !isLevel(row)) return 'not-applicable'
  return isAskedBy(row, set) ? undefined : 'not-applicable'
}

/** Whether a row answers in scopes by these dimensions. */
export const isAskedBy = (row: MetricRow, set: GroupingSet): boolean =>
  (row.needs ?? []).every((name) => set.includes(name)) &&
  measuresOf(readingIn(row, set)).every(({ grouping }) => isGroupable(grouping, set))

/** Read from what stands at an instant, as against what happened in a window: only these answer in `now`. */
export const isLevel = ({ reading: { kind } }: MetricRow): boolean =>
  kind === 'level' || kind === 'oldest' || kind === 'ages' || kind === 'stockOverFlow'

/** Whether calls that are not inbound are told of only where the direction is named. */
export const isByDirection = ({ reading }: MetricRow): boolean =>
  measuresOf(reading).some(({ byDirection }) => byDirection)

/** What a reading looks at. */
export const measuresOf = (reading: Reading): readonly Measure[] => {
  const ofTerms = (terms: Terms) => terms.map(({ measure }) => measure)
  switch (reading.kind) {
    case 'count':
    case 'level':
      return ofTerms(reading.of)
    case 'ratio':
      return ofTerms([...reading.numerator, ...reading.denominator])
    case 'distribution':
      return reading.of
    case 'stockOverFlow':
      return ofTerms([...reading.stock, ...reading.flow])
    case 'scores':
    case 'topScores':
    case 'nps':
      return [reading.of]
    case 'oldest':
    case 'ages':
      return [listMeasures[reading.list]]
  }
}
