import { measures as m } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { ofOpenTicket, ofTicket } from './groupings.ts'
import { less, type MetricRow, type Reading, type Terms, term } from './row.ts'
import { rateRows, volumeRows } from './volume.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>

const row = (named: Pick<MetricRow, 'id' | 'unit'>, reading: Reading, rest: Rest): MetricRow => ({
  ...named,
  family: 'backlog',
  reading,
  ...rest,
})

const openTickets: Terms = [term(m.openByStatus)]
const atEnd = { filedAt: "as-of, or the window's end", ...ofOpenTicket } as const
const unanswered = 'tickets in new, open or on-hold that no human agent has answered in public yet'

const stockRows: readonly MetricRow[] = [
  row(
    { id: 'openTickets', unit: 'count' },
    {
      kind: 'level',
      of: openTickets,
      worst: 'openTickets',
      parts: {
        named: {
          new: [term(m.openByStatus, 'new')],
          open: [term(m.openByStatus, 'open')],
          pending: [term(m.openByStatus, 'pending')],
          'on-hold': [term(m.openByStatus, 'on-hold')],
          unassigned: [term(m.openUnassigned)],
        },
      },
    },
    {
      ...atEnd,
      formula: 'tickets created and not solved, closed, merged, deleted or spam',
      edgeRules:
        'Parts: by status, and unassigned (no agent), which overlaps them. A reopened ticket is open again. A ticket whose creation was never seen is never open; one without an event for time.openSubjectExpiryMs leaves.',
      source: 'Zendesk; Plain',
    },
  ),
  row(
    { id: 'backlog', unit: 'count' },
    { kind: 'level', of: [term(m.openByStatus, 'new', 'open', 'on-hold')] },
    {
      ...atEnd,
      formula: 'open tickets in status new, open or on-hold',
      edgeRules: 'Pending tickets wait for the customer and are not in it. The stock, never the net flow.',
      source: 'Zendesk backlog; not zammad lib/report, which counts the net flow',
    },
  ),
  row(
    { id: 'backlogUnanswered', unit: 'count' },
    { kind: 'level', of: [term(m.backlogUnanswered)] },
    {
      ...atEnd,
      formula: unanswered,
      edgeRules:
        'Bots and private messages are no answer. Once answered a ticket does not come back: what the customer writes then is told by unansweredNow.',
      source: 'Chatwoot unattended',
    },
  ),
  row(
    { id: 'backlogAge', unit: 'ms' },
    { kind: 'ages', list: 'openTickets' },
    {
      formula: 'as-of − creation, over open tickets, pending ones too',
      filedAt: 'as-of',
      ...ofOpenTicket,
      edgeRules:
        'Percentiles are exact. A reopened ticket is as old as its creation. `sinceAt`: the creation of the oldest. No open ticket: null.',
      source: 'Zendesk; dbt_zendesk',
      windows: ['now', 'total'],
    },
  ),
  row(
    { id: 'netFlow', unit: 'count' },
    {
      kind: 'count',
      of: [
        term(m.ticketsCreated),
        term(m.reopened),
        less(m.resolved),
        term(m.orphanResolved),
        less(m.orphanReopened),
      ],
    },
    {
      formula: 'tickets created + reopened − resolved',
      filedAt: 'each event',
      ...ofTicket,
      edgeRules:
        'An identity over the whole tenant, where no ticket changes hands: open before + netFlow = open after (10, +5, −4, 2 reopened → 13). Tickets whose creation was never seen were never open and stay out. Negative where the stock shrinks.',
      source: 'zammad lib/report, under its right name',
    },
  ),
  row(
    { id: 'backlogDays', unit: 'days' },
    { kind: 'stockOverFlow', stock: openTickets, flow: [term(m.resolved)], flowDays: 7 },
    {
      formula: 'open tickets / (tickets resolved in the 7 days before as-of / 7)',
      filedAt: 'as-of',
      ...ofOpenTicket,
      edgeRules:
        'How long the stock would last at that rate; pending tickets are in it. Null if nothing was resolved.',
      source: 'Floorwatch',
      windows: ['now', 'total'],
    },
  ),
]

const overdueRow = ({ targets }: Rules): MetricRow =>
  row(
    { id: 'backlogOverdue', unit: 'count' },
    { kind: 'level', of: [term(m.backlogOverdue)] },
    {
      ...atEnd,
      formula: `${unanswered}, past their first-response target`,
      edgeRules:
        'A part of backlogUnanswered. Tickets no target fits are not in it. Bots and private messages are no answer.',
      source: 'Frappe Helpdesk',
      setting: { name: 'targets.firstResponse', isSet: targets.firstResponse.length > 0 },
    },
  )

export const backlogRows = (rules: Rules): readonly MetricRow[] => [
  ...stockRows,
  overdueRow(rules),
  ...volumeRows,
  ...rateRows(rules),
]
