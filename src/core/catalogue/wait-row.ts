import type { Measure } from '../measures.ts'
import { type MetricRow, type Reading, term } from './row.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>
/** A row of the family `wait`. */
export const wait = (named: Pick<MetricRow, 'id' | 'unit'>, reading: Reading, rest: Rest): MetricRow => ({
  ...named,
  family: 'wait',
  reading,
  ...rest,
})

export const count = (id: string, of: Measure, rest: Rest): MetricRow =>
  wait({ id, unit: 'count' }, { kind: 'count', of: [term(of)] }, rest)

export const visitSource = 'Queue visits: verbara/Verbara.Sdk Sessions; Twilio task-queue.entered'
export const connectSource = 'Amazon Connect metrics definitions'
