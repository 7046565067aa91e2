import { measures as m } from '../measures.ts'
import { ofLeg } from './groupings.ts'
import type { MetricRow } from './row.ts'
import { connectSource, wait } from './wait-row.ts'

const leg =
  'A leg begins at `call.answered`; it ends at `call.ended`, a blind transfer, or the answer that follows a consult transfer. Open legs are not in it.'
const wrap =
  'Without `call.wrapped` the wrap-up is 0; where it is expected (time.wrapExpected), one later than time.wrapExpiryMs does not count.'
const filedAt =
  "the leg's end, or the wrap that follows it; where a wrap is expected (time.wrapExpected), the wrap or the end + time.wrapExpiryMs"

type Words = Pick<MetricRow, 'id' | 'formula' | 'edgeRules'>

const handleRow = (measure: typeof m.handle, { id, formula, edgeRules }: Words): MetricRow =>
  wait(
    { id, unit: 'ms' },
    { kind: 'distribution', of: [measure] },
    {
      formula,
      filedAt,
      ...ofLeg,
      edgeRules,
      source: `${connectSource}: AVG_HANDLE_TIME; Genesys tHandle`,
    },
  )

export const handleRows: readonly MetricRow[] = [
  handleRow(m.handle, {
    id: 'averageHandleTime',
    formula: "talk + hold + wrap-up of an agent's leg, answered to ended to wrapped",
    edgeRules: `${leg} A running hold closes at the end. ${wrap}`,
  }),
  handleRow(m.talk, {
    id: 'talkTime',
    formula: 'ended − answered − time on hold, over legs ended',
    edgeRules: `${leg} A running hold closes at the end.`,
  }),
  handleRow(m.hold, {
    id: 'holdTime',
    formula: 'time on hold, over legs ended',
    edgeRules: `${leg} A running hold closes at the end. A leg that was never held counts as 0.`,
  }),
  handleRow(m.wrap, {
    id: 'wrapTime',
    formula: 'wrapped − ended, over legs ended',
    edgeRules: `${leg} ${wrap}`,
  }),
  {
    ...handleRow(m.handlePerCall, {
      id: 'handleTimePerCall',
      formula: "sum of talk + hold + wrap-up of all of a call's legs",
      edgeRules: `Once a call, while none of its legs is open: legs of 120 + 30 s and 180 + 60 s → 390 s, n = 1. ${wrap}`,
    }),
    filedAt: 'where its last leg is filed: at the end or the wrap',
    groupedBy: { as: "when the visit of the call's first leg was queued" },
  },
]
