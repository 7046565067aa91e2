import type { MetricRow } from './catalogue/row.ts'
import type { SlotTest } from './cell-codec.ts'
import { measureOfSlot } from './measures.ts'
import { measuresOf, readingIn, refusalOf } from './row-answers.ts'
import type { GroupingSet } from './scopes.ts'
import type { WindowSpec } from './windows.ts'

/** Metrics that settle so long after a window's end, and are provisional until then where they say anything. */
export type SettlingRows = {
  readonly settlesAfterMs: number
  /** What they are read from: without any of it they say nothing. */
  readonly isWanted: SlotTest
}

type Asked = {
  readonly rows: readonly MetricRow[]
  readonly set: GroupingSet
  readonly window: WindowSpec
}

/** Of the rows that answer in these scopes and this window, those that settle, by when they do. */
export const settlingRowsOf = ({ rows, set, window }: Asked): readonly SettlingRows[] => {
  const answering = rows.filter((row) => refusalOf(row, set, window) === undefined)
  const bySettling = Map.groupBy(answering, ({ settlesAfterMs }) => settlesAfterMs)
  return [...bySettling].flatMap(([settlesAfterMs, own]) =>
    settlesAfterMs === undefined ? [] : [describeRows(settlesAfterMs, own, set)],
  )
}

const describeRows = (settlesAfterMs: number, rows: readonly MetricRow[], set: GroupingSet): SettlingRows => {
  const numbers = new Set(rows.flatMap((row) => measuresOf(readingIn(row, set)).map(({ number }) => number)))
  return {
    settlesAfterMs,
    isWanted: (slot) => {
      const measure = measureOfSlot(slot)
      return measure !== undefined && numbers.has(measure.number)
    },
  }
}
