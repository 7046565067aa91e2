import { type Measure, measures as m } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { complaintLimitRows, complaintTimeRow } from './complaints.ts'
import { ofAssignee, ofOpenTicket, ofReply } from './groupings.ts'
import { type MetricRow, term } from './row.ts'
import { riskRows, targetRows } from './targets.ts'

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

const clockStart =
  "The clock starts at the ticket's creation, or at the last hand-off from a bot before that message. Where an agent opened the ticket and wrote first, and in a conversation without a ticket, it starts at the customer's first message."
const firstCycle =
  'Only up to the first reopening: later replies count in responseTime alone. Null until answered; a ticket whose creation was never seen has none.'
const resolution = 'A resolution is the entry into solved, or into closed when not solved.'
const whileResolved =
  'Only while the ticket is resolved: a reopening takes the value back, the next resolution files it anew.'

const firstResponse: Rest = {
  formula: 'first public message of a human agent − clock start',
  filedAt: 'that message',
  ...ofReply,
  edgeRules: `${clockStart} Messages of bots and private messages do not count. ${firstCycle}`,
  source: 'Zendesk first reply time; Chatwoot reporting_event_helper',
}

const response: Rest = {
  formula: 'public reply of a human agent − first customer message not yet answered',
  filedAt: 'the reply',
  ...ofReply,
  edgeRules:
    'A burst of customer messages is one turn, ended by one reply; further replies without a word from the customer count nothing. The mean is over turns, never a mean of tickets. Bots and private messages end no turn. Conversations, reopened tickets and tickets whose creation was never seen count too.',
  source: 'Genesys oMessageTurn; Zendesk Chat from first unanswered message',
}

const firstResolution: Rest = {
  formula: 'first resolution − creation',
  filedAt: 'the first resolution',
  ...ofAssignee,
  edgeRules: `${resolution} What follows changes nothing: a reopening moves fullResolutionTime, not this. A ticket whose creation was never seen has none.`,
  source: 'Zendesk first resolution time; Intercom time_to_first_close',
}

const replyRows: readonly MetricRow[] = [
  duration('firstResponseTime', m.firstResponse, firstResponse),
  duration('firstResponseTimeAny', m.firstResponseAny, {
    formula: 'first public message of a human agent or a bot − clock start',
    filedAt: 'that message',
    groupedBy: { as: 'at the message', agent: "its sender; a bot's message has none" },
    merged: 'kept',
    edgeRules: `${clockStart} Private messages do not count. ${firstCycle}`,
    source: 'Chatwoot; Intercom time_to_admin_reply',
  }),
  duration('responseTime', m.response, response),
]

const resolutionRows: readonly MetricRow[] = [
  duration('resolutionTime', m.resolution, firstResolution),
  duration('fullResolutionTime', m.fullResolution, {
    formula: 'last resolution − creation',
    filedAt: 'the last resolution',
    ...ofAssignee,
    edgeRules: `${whileResolved} Created 0, solved 60, reopened 100, solved 130 → 130. A second \`resolved\` without a reopening moves it, closing a solved ticket does not. A ticket whose creation was never seen has none.`,
    source: 'Zendesk full resolution time; Intercom time_to_last_close',
  }),
  duration('openTime', m.openTime, {
    formula: 'last resolution − creation − the time spent resolved in between',
    filedAt: 'the last resolution',
    ...ofAssignee,
    edgeRules: `${whileResolved} Created 0, solved 60, reopened 100, solved 130 → 90.`,
    source: 'dbt_zendesk',
  }),
  duration('requesterWaitTime', m.requesterWait, {
    formula: 'time in new, open and on-hold from the creation to the last resolution',
    filedAt: 'the last resolution',
    ...ofAssignee,
    edgeRules: `${whileResolved} Pending and the time spent resolved do not count: new 0, open 60, pending 90, closed 120 min → 90 min.`,
    source: 'Zendesk requester wait time',
  }),
]

const caseRows: readonly MetricRow[] = [
  duration('handleTimePerCase', m.handlePerCase, {
    formula: 'sum of the durations of all `ticket.worked` of a resolved ticket that has any',
    filedAt: 'the first resolution',
    ...ofAssignee,
    edgeRules:
      'Once a ticket, whoever worked; work recorded after the resolution is added to it there. Tickets without recorded work are left out.',
    source: 'HDI cost per ticket',
  }),
  duration('handlingTimeByType', m.handlePerCase, {
    formula: 'sum of the durations of all `ticket.worked` of a resolved ticket of the category',
    filedAt: 'the first resolution',
    ...ofAssignee,
    edgeRules:
      'By the category at the first resolution. Once a ticket, whoever worked; work recorded after the resolution is added to it there. Tickets without recorded work are left out.',
    source: 'HDI cost per ticket',
    needs: ['category'],
  }),
  number('repliesPerTicket', m.repliesPerTicket, {
    formula: 'public messages of human agents in a resolved ticket, over its whole life',
    filedAt: 'the first resolution',
    ...ofAssignee,
    edgeRules:
      'Bots and private messages do not count. A ticket resolved without a reply counts as 0; replies after the resolution are added there.',
    source: 'Zendesk replies',
  }),
  number('touchesPerResolution', m.touchesPerResolution, {
    formula: "public messages of human agents before a ticket's first resolution",
    filedAt: 'the first resolution',
    ...ofAssignee,
    edgeRules:
      'Bots and private messages do not count. A ticket resolved without a reply counts as 0; replies after the resolution do not count.',
    source: 'Zendesk one-touch, two-touch and multi-touch tickets',
  }),
]

const businessRows = ({ calendar }: Rules): readonly MetricRow[] =>
  (
    [
      ['firstResponseTimeBusiness', m.firstResponseBusiness, firstResponse],
      ['responseTimeBusiness', m.responseBusiness, response],
      ['resolutionTimeBusiness', m.resolutionBusiness, firstResolution],
    ] as const
  ).map(([id, measure, around]) =>
    duration(id, measure, {
      ...around,
      formula: `${around.formula}, in business hours`,
      edgeRules: `${around.edgeRules} Only time within business hours counts: begun Saturday 10:00, ended Saturday 11:00 is 0 with n = 1, a real zero.`,
      source: 'Zendesk business hours; chatwoot reporting_event_helper (0 instead of null)',
      setting: { name: 'time.calendars', isSet: calendar !== undefined },
    }),
  )

const unansweredRow: MetricRow = {
  id: 'unansweredNow',
  family: 'response',
  unit: 'count',
  reading: { kind: 'level', of: [term(m.unanswered)], worst: 'unanswered', oldest: 'unanswered' },
  formula: 'open tickets with a customer message that no public message of a human agent follows',
  filedAt: "as-of, or the window's end",
  ...ofOpenTicket,
  edgeRules:
    "A ticket opened by the customer waits from its creation, with or without a message; one opened by an agent or a bot, or answered, from the customer's next message. Bots and private messages answer nothing. A resolution ends it, a reopening brings it back. `sinceAt`: since when the oldest waits. Conversations without a ticket are not in it.",
  source: 'Chatwoot unattended; Zendesk',
}

export const responseRows = (rules: Rules): readonly MetricRow[] => [
  ...replyRows,
  ...resolutionRows,
  complaintTimeRow(rules),
  ...caseRows,
  ...businessRows(rules),
  ...targetRows(rules),
  ...complaintLimitRows(rules),
  ...riskRows(rules),
  unansweredRow,
]
