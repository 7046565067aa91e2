import type { OracleValue, Unit } from './metric-values.ts'
import type { View } from './window-view.ts'

export type MetricRow = {
  readonly id: string
  readonly unit: Unit
  /** A flow has no value in the window `now`; a level has one in every window. */
  readonly over: 'flow' | 'level'
  /** Whether a scope may name an agent. */
  readonly byAgent?: boolean
  readonly compute: (view: View) => OracleValue
}
