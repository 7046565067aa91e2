import { type Measure, measures as m } from '../measures.ts'
import type { Rules, TargetKind } from '../rules.ts'
import { ofAssignee, ofOpenTicket } from './groupings.ts'
import { type MetricRow, shareMet, term } from './row.ts'

type TargetWords = {
  readonly id: string
  readonly formula: string
  readonly filedAt: string
  /** What is owed, and until when. */
  readonly owed: string
}

const targetWords: Readonly<Record<TargetKind, TargetWords>> = {
  firstResponse: {
    id: 'firstResponseWithinTarget',
    formula: 'first responses in time / (in time + breached)',
    filedAt: 'the response in time, or the due instant',
    owed: "Owed on the clock of firstResponseTime: from the creation, a hand-off from a bot, or the customer's first message after an agent's outreach, to the first public message of a human agent. A ticket resolved before owes none any more.",
  },
  nextReply: {
    id: 'nextReplyWithinTarget',
    formula: 'next replies in time / (in time + breached)',
    filedAt: 'the reply in time, or the due instant',
    owed: 'Owed from the first customer message after a public reply of a human agent to the next such reply, each turn by itself. Bots end no turn. A ticket resolved before owes none any more.',
  },
  resolution: {
    id: 'resolutionWithinTarget',
    formula: 'first resolutions in time / (in time + breached)',
    filedAt: 'the resolution in time, or the due instant',
    owed: 'Owed from the creation to the first resolution. The clock runs in new and open: pending and on-hold stop it (requesterWaitTime runs on in on-hold).',
  },
}

const judged =
  'In time: up to and including the due instant. A breach counts once, at the due instant; the late answer adds nothing: 8 in time, 2 late → 0.80. The target is the most specific that fits priority and channel, priority first. Where priority or channel changes it is judged anew; a due instant already past is a breach at the change. Tickets no target fits, and conversations without a ticket, are left out.'

const targetRow = (rules: Rules, kind: TargetKind): MetricRow => {
  const { id, formula, filedAt, owed } = targetWords[kind]
  return {
    id,
    family: 'response',
    unit: 'ratio',
    reading: shareMet(m.targetMet, m.targetBreached, kind),
    formula,
    filedAt,
    ...ofAssignee,
    merged: kind === 'resolution' ? 'lost' : 'kept',
    edgeRules: `${owed} ${judged}`,
    source: 'Libredesk met / (met + breached); GLPI PR 22678; Frappe Helpdesk',
    setting: { name: `targets.${kind}`, isSet: rules.targets[kind].length > 0 },
  }
}

const riskRow = (
  rules: Rules,
  measure: Measure,
  { id, formula, edgeRules }: Pick<MetricRow, 'id' | 'formula' | 'edgeRules'>,
): MetricRow => ({
  id,
  family: 'response',
  unit: 'count',
  reading: { kind: 'level', of: [term(measure)], worst: id === 'atRiskNow' ? 'atRisk' : 'overdue' },
  formula,
  filedAt: "as-of, or the window's end",
  ...ofOpenTicket,
  edgeRules: `A ticket counts once, by the nearest due instant of what it owes: first response, next reply, resolution. ${edgeRules} \`sinceAt\` of the worst is the due instant.`,
  source: 'LiveAgent; osTicket',
  setting: {
    name: 'targets.firstResponse, targets.nextReply or targets.resolution',
    isSet: Object.values(rules.targets).some((targets) => targets.length > 0),
  },
})

export const riskRows = (rules: Rules): readonly MetricRow[] => [
  riskRow(rules, m.atRisk, {
    id: 'atRiskNow',
    formula: `open tickets due within ${rules.atRiskMs} ms (targets.atRiskMs)`,
    edgeRules: 'Past the due instant it is overdueNow.',
  }),
  riskRow(rules, m.overdue, {
    id: 'overdueNow',
    formula: 'open tickets whose due instant is past',
    edgeRules: 'Until it is answered or resolved, or a change moves the due instant.',
  }),
]

export const targetRows = (rules: Rules): readonly MetricRow[] => [
  targetRow(rules, 'firstResponse'),
  targetRow(rules, 'nextReply'),
  targetRow(rules, 'resolution'),
]
