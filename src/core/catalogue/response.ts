import { type Measure, measures as m } from '../measures.ts'
import type { Rules, TargetKind } from '../rules.ts'
import { type MetricRow, term } from './row.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>

const duration = (id: string, measure: Measure, rest: Rest): MetricRow => ({
  id,
  family: 'response',
  unit: 'ms',
  reading: { kind: 'distribution', of: [measure] },
  ...rest,
})

const number = (id: string, measure: Measure, rest: Rest): MetricRow => ({
  ...duration(id, measure, rest),
  unit: 'count',
})

const timeRows: readonly MetricRow[] = [
  duration('firstResponseTime', m.firstResponse, {
    formula: 'first public human message − clock start',
    filedAt: 'that message',
    edgeRules:
      "Clock start is the latest before it of creation and hand-off from a bot; an agent-opened ticket whose first message is the agent's starts at the customer's first message. The first cycle only. Bots and private messages do not count.",
    source: 'Zendesk first reply time; Chatwoot reporting_event_helper',
  }),
  duration('firstResponseTimeAny', m.firstResponseAny, {
    formula: 'the same, bots counted as replies',
    filedAt: 'that message',
    edgeRules: 'Private messages do not count.',
    source: 'Chatwoot; Intercom time_to_admin_reply',
  }),
  duration('responseTime', m.response, {
    formula: 'each human reply − first customer message not yet answered',
    filedAt: 'the reply',
    edgeRules: 'A burst of customer messages is one turn; the mean is over turns. Bots never end a turn.',
    source: 'Genesys oMessageTurn; Zendesk Chat from first unanswered message',
  }),
  duration('resolutionTime', m.resolution, {
    formula: 'first resolution − creation',
    filedAt: 'the resolution',
    edgeRules: 'A second resolution without a reopening counts nothing.',
    source: 'Zendesk first resolution time; Intercom time_to_first_close',
  }),
  duration('fullResolutionTime', m.fullResolution, {
    formula: 'last resolution − creation',
    filedAt: 'the last resolution',
    edgeRules:
      'A reopening takes it back, the next resolution files it anew: 0, 60, reopened 100, 130 → 130.',
    source: 'Zendesk full resolution time; Intercom time_to_last_close',
  }),
  duration('openTime', m.openTime, {
    formula: 'last resolution − creation, less the time spent resolved',
    filedAt: 'the last resolution',
    edgeRules: 'Created 0, solved 60, reopened 100, solved 130 → 90.',
    source: 'dbt_zendesk',
  }),
  duration('requesterWaitTime', m.requesterWait, {
    formula: 'time in new, open and on-hold until the last resolution',
    filedAt: 'the last resolution',
    edgeRules: 'Pending stops it: new 0, open 60, pending 90, closed 120 min → 90 min.',
    source: 'Zendesk requester wait time',
  }),
  duration('complaintResolutionTime', m.complaintResolution, {
    formula: 'resolution − receipt, of complaints',
    filedAt: 'the resolution',
    edgeRules: 'From the escalation where complaints.from is `escalation`.',
    source: 'FCA Handbook DISP 1.6',
  }),
  duration('handleTimePerCase', m.handlePerCase, {
    formula: 'Σ ticket.worked of a resolved case that has any',
    filedAt: 'the resolution',
    edgeRules: 'Cases without recorded work are left out.',
    source: 'HDI cost per ticket',
  }),
  duration('handlingTimeByType', m.handlePerCase, {
    formula: 'the same by category',
    filedAt: 'the resolution',
    edgeRules: 'Only in scopes by category.',
    source: 'HDI cost per ticket',
    needs: ['category'],
  }),
  number('repliesPerTicket', m.repliesPerTicket, {
    formula: 'public human messages of a ticket',
    filedAt: 'the resolution',
    edgeRules: 'Bots and private messages do not count.',
    source: 'Zendesk replies',
  }),
  number('touchesPerResolution', m.touchesPerResolution, {
    formula: "public human messages up to a ticket's resolution",
    filedAt: 'the resolution',
    edgeRules: 'Bots and private messages do not count.',
    source: 'Zendesk one-touch, two-touch and multi-touch tickets',
  }),
]

const businessRows = (rules: Rules): readonly MetricRow[] =>
  (
    [
      ['firstResponseTimeBusiness', m.firstResponseBusiness, 'firstResponseTime'],
      ['responseTimeBusiness', m.responseBusiness, 'responseTime'],
      ['resolutionTimeBusiness', m.resolutionBusiness, 'resolutionTime'],
    ] as const
  ).map(([id, measure, of]) =>
    duration(id, measure, {
      formula: `${of} in business hours`,
      filedAt: `as ${of}`,
      edgeRules:
        'Null where no calendar exists. Created Saturday 10:00, answered Saturday 11:00: 0 with n = 1.',
      source: 'Zendesk business hours; chatwoot reporting_event_helper (0 instead of null)',
      isConfigured: rules.calendar !== undefined,
    }),
  )

const targetRow = (rules: Rules, id: string, kind: TargetKind): MetricRow => ({
  id,
  family: 'response',
  unit: 'ratio',
  reading: {
    kind: 'ratio',
    numerator: [term(m.targetMet, kind)],
    denominator: [term(m.targetMet, kind), term(m.targetBreached, kind)],
  },
  formula: 'in time / (in time + breached)',
  filedAt: 'the reply or resolution in time, or the due instant',
  edgeRules:
    'A breach counts once, at the due instant; the late answer adds nothing: 8 in time, 2 late → 0.80. A changed priority is judged anew; a due instant already past is a breach at the change. Pending and on-hold stop the resolution clock.',
  source: 'Libredesk met / (met + breached); GLPI PR 22678; Frappe Helpdesk',
  isConfigured: rules.targets[kind].length > 0,
})

const complaintRow = (id: string, key: string, words: string): MetricRow => ({
  id,
  family: 'response',
  unit: 'ratio',
  reading: {
    kind: 'ratio',
    numerator: [term(m.complaintsWithin, key)],
    denominator: [term(m.complaintsWithin, key), term(m.complaintsBeyond, key)],
  },
  formula: `complaints resolved within ${words} / complaints resolved`,
  filedAt: 'the resolution',
  edgeRules: 'Business days of the configured calendar, Monday to Friday where there is none.',
  source: 'FCA Handbook DISP 1.5, 1.6',
})

const riskRow = (
  rules: Rules,
  measure: Measure,
  { id, words }: { id: string; words: string },
): MetricRow => ({
  id,
  family: 'response',
  unit: 'count',
  reading: { kind: 'level', of: [term(measure)], worst: id === 'atRiskNow' ? 'atRisk' : 'overdue' },
  formula: words,
  filedAt: "as-of, or the window's end",
  edgeRules: 'A ticket counts once, by its next due instant.',
  source: 'LiveAgent; osTicket',
  isConfigured: Object.values(rules.targets).some((targets) => targets.length > 0),
})

export const responseRows = (rules: Rules): readonly MetricRow[] => [
  ...timeRows,
  ...businessRows(rules),
  targetRow(rules, 'firstResponseWithinTarget', 'firstResponse'),
  targetRow(rules, 'nextReplyWithinTarget', 'nextReply'),
  targetRow(rules, 'resolutionWithinTarget', 'resolution'),
  complaintRow('complaintsWithin3BusinessDays', '3-business-days', '3 business days'),
  complaintRow('complaintsWithin8Weeks', '8-weeks', '8 weeks'),
  riskRow(rules, m.atRisk, { id: 'atRiskNow', words: 'open tickets due within targets.atRiskMs' }),
  riskRow(rules, m.overdue, { id: 'overdueNow', words: 'open tickets whose due instant is past' }),
  {
    id: 'unansweredNow',
    family: 'response',
    unit: 'count',
    reading: { kind: 'level', of: [term(m.unanswered)], worst: 'unanswered', oldest: 'unanswered' },
    formula: 'open tickets with a customer message that no human public message follows',
    filedAt: "as-of, or the window's end",
    edgeRules:
      'A customer-opened creation without a message counts. A bot reply answers nothing; a resolution ends it.',
    source: 'Chatwoot unattended; Zendesk',
  },
]
