import { measures as m } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { ofAssignee } from './groupings.ts'
import { type MetricRow, shareMet } from './row.ts'

const complaint = ({ complaintsFrom }: Rules) =>
  `Complaints: tickets created with kind complaint. Received: ${
    complaintsFrom === 'creation'
      ? 'at their creation (complaints.from)'
      : 'at the first escalation (complaints.from); those resolved without one are left out'
  }. Resolved: the first resolution; what follows changes nothing.`

const complaintSource = 'FCA Handbook DISP 1.5, 1.6'

export const complaintTimeRow = (rules: Rules): MetricRow => ({
  id: 'complaintResolutionTime',
  family: 'response',
  unit: 'ms',
  reading: { kind: 'distribution', of: [m.complaintResolution] },
  formula: 'first resolution − receipt, of complaints',
  filedAt: 'the first resolution',
  ...ofAssignee,
  edgeRules: complaint(rules),
  source: complaintSource,
})

type Limit = { readonly key: string; readonly words: string; readonly edgeRules: string }

const complaintLimitRow = (rules: Rules, id: string, { key, words, edgeRules }: Limit): MetricRow => ({
  id,
  family: 'response',
  unit: 'ratio',
  reading: shareMet(m.complaintsWithin, m.complaintsBeyond, key),
  formula: `complaints resolved within ${words} / complaints resolved`,
  filedAt: 'the first resolution',
  ...ofAssignee,
  edgeRules: `${edgeRules} ${complaint(rules)}`,
  source: complaintSource,
})

export const complaintLimitRows = (rules: Rules): readonly MetricRow[] => [
  complaintLimitRow(rules, 'complaintsWithin3BusinessDays', {
    key: '3-business-days',
    words: '3 business days',
    edgeRules:
      'Within: up to the close of business of the third business day after the day of receipt. Business days are those of the configured calendar; where there is none Monday to Friday, to midnight.',
  }),
  complaintLimitRow(rules, 'complaintsWithin8Weeks', {
    key: '8-weeks',
    words: '8 weeks',
    edgeRules: 'Within: up to and including 56 days of 24 hours, weekends and holidays too.',
  }),
]
