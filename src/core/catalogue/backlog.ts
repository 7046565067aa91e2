import { type Measure, measures as m } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { less, type MetricRow, type Reading, type Term, type Terms, term } from './row.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>

const row = (named: Pick<MetricRow, 'id' | 'unit'>, reading: Reading, rest: Rest): MetricRow => ({
  ...named,
  family: 'backlog',
  reading,
  ...rest,
})

type Fraction = { readonly numerator: Terms; readonly denominator: Terms }

const ratio = (id: string, fraction: Fraction, rest: Rest): MetricRow =>
  row({ id, unit: 'ratio' }, { kind: 'ratio', ...fraction }, rest)

const openTickets: Terms = [term(m.openByStatus)]
const negate = (of: Term): Term => ({ ...of, sign: -1 })

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
      formula: 'tickets not resolved, closed, merged or deleted',
      filedAt: "as-of, or the window's end",
      edgeRules: 'Unassigned overlaps the statuses.',
      source: 'Zendesk; Plain',
    },
  ),
  row(
    { id: 'backlog', unit: 'count' },
    { kind: 'level', of: [term(m.openByStatus, 'new', 'open', 'on-hold')] },
    {
      formula: 'new + open + on-hold',
      filedAt: "as-of, or the window's end",
      edgeRules: 'The stock, never the net flow.',
      source: 'Zendesk backlog; not zammad lib/report, which counts the net flow',
    },
  ),
  row(
    { id: 'backlogUnanswered', unit: 'count' },
    { kind: 'level', of: [term(m.backlogUnanswered)] },
    {
      formula: 'of the backlog: no human reply yet',
      filedAt: "as-of, or the window's end",
      edgeRules: 'Bots are not people.',
      source: 'Chatwoot unattended',
    },
  ),
  row(
    { id: 'backlogAge', unit: 'ms' },
    { kind: 'ages', list: 'openTickets' },
    {
      formula: 'as-of − creation, over open tickets',
      filedAt: 'as-of',
      edgeRules: 'Exact, from the list of open tickets.',
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
      formula: 'created + reopened − resolved',
      filedAt: 'each event',
      edgeRules:
        'An identity: open before + netFlow = open after (10, +5, −4, 2 reopened → 13). Tickets whose creation was never seen were never open and stay out.',
      source: 'zammad lib/report, under its right name',
    },
  ),
  row(
    { id: 'backlogDays', unit: 'days' },
    { kind: 'stockOverFlow', stock: openTickets, flow: [term(m.resolved)], flowDays: 7 },
    {
      formula: 'open tickets / tickets resolved a day, over the last 7 days',
      filedAt: 'as-of',
      edgeRules: 'Null if nothing was resolved.',
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
      isConfigured: targets.firstResponse.length > 0,
      formula: 'of those: past the first-response target',
      filedAt: "as-of, or the window's end",
      edgeRules: 'Needs a first-response target.',
      source: 'Frappe Helpdesk',
    },
  )

const countRow = (id: string, measure: Measure, rest: Rest): MetricRow =>
  row({ id, unit: 'count' }, { kind: 'count', of: [term(measure)] }, rest)

const volumeRows: readonly MetricRow[] = [
  countRow('ticketsCreated', m.ticketsCreated, {
    formula: 'tickets created',
    filedAt: 'created',
    edgeRules: 'Merged, deleted and spam tickets disappear.',
    source: 'Zendesk; Zammad excludes merged',
  }),
  countRow('ticketsResolved', m.resolved, {
    formula: 'entries into solved, or into closed when not solved',
    filedAt: 'the resolution',
    edgeRules: 'A second resolution without a reopening counts nothing.',
    source: 'Amazon Connect RESOLVED_CASE_ACTIONS',
  }),
  countRow('ticketsReopened', m.reopened, {
    formula: 'resolved tickets taken up again',
    filedAt: 'the reopening',
    edgeRules: 'By `reopened` or a status back to an unresolved one.',
    source: 'Amazon Connect REOPENED_CASE_ACTIONS',
  }),
  countRow('requestVolume', m.requests, {
    formula: 'tickets created + first queue visits of calls + conversations without a ticket',
    filedAt: 'its beginning',
    edgeRules: 'A ticket with a callId counts as its call, once.',
    source: 'Intercom conversations started',
  }),
  row(
    { id: 'contactVolume', unit: 'count' },
    { kind: 'count', of: [term(m.requests)] },
    {
      formula: 'requests that came in this way',
      filedAt: 'its beginning',
      edgeRules: 'Per channel: in scopes by channel.',
      source: 'Amazon Connect contacts by channel',
      needs: ['channel'],
    },
  ),
  ratio(
    'channelShare',
    { numerator: [term(m.requests)], denominator: [{ ...term(m.requests), without: 'channel' }] },
    {
      formula: 'requests of the channel / requests of all channels',
      filedAt: 'its beginning',
      edgeRules: 'In scopes by channel.',
      source: 'Amazon Connect contacts by channel',
      needs: ['channel'],
    },
  ),
  ratio(
    'categoryShare',
    {
      numerator: [term(m.ticketsCreated)],
      denominator: [{ ...term(m.ticketsCreated), without: 'category' }],
    },
    {
      formula: 'tickets of the category / all created',
      filedAt: 'created',
      edgeRules: 'In scopes by category.',
      source: 'Zendesk',
      needs: ['category'],
    },
  ),
  {
    ...countRow('casesHandled', m.casesHandled, {
      formula: 'cases with a leg answered or a public human message',
      filedAt: 'the first of these',
      edgeRules: 'Once a case; by agent once an agent. Bots are not agents.',
      source: 'Amazon Connect contacts handled',
    }),
    byAgent: { kind: 'count', of: [term(m.casesHandledByAgent)] },
  },
]

const rateRows = (rules: Rules): readonly MetricRow[] => [
  ratio(
    'resolutionRate',
    { numerator: [term(m.resolved)], denominator: [term(m.ticketsCreated)] },
    {
      formula: 'resolved / created, both in the window',
      filedAt: 'each event',
      edgeRules: 'A flow ratio: it may exceed 1 (120/100).',
      source: 'Chatwoot issue 14871; Frappe Helpdesk',
    },
  ),
  ratio(
    'resolutionRateCohort',
    { numerator: [term(m.cohortResolved)], denominator: [term(m.ticketsCreated)] },
    {
      formula: 'of those created in the window: resolved so far',
      filedAt: 'created',
      edgeRules: 'Provisional until all are.',
      source: 'Chatwoot issue 14871',
      pending: [term(m.ticketsCreated), negate(term(m.cohortResolved))],
    },
  ),
  {
    ...ratio(
      'resolutionRateAssigned',
      { numerator: [term(m.assignedResolved)], denominator: [term(m.assigned)] },
      {
        formula: 'of the tickets first assigned in the window: resolved so far',
        filedAt: 'the first assignment; by agent the first to that agent',
        edgeRules: 'Distinct tickets: 30 of 40 → 0.75.',
        source: 'Chatwoot agent reports',
      },
    ),
    byAgent: {
      kind: 'ratio',
      numerator: [term(m.assignedToAgentResolved)],
      denominator: [term(m.assignedToAgent)],
    },
  },
  ratio(
    'firstContactResolution',
    { numerator: [term(m.firstContactResolved)], denominator: [term(m.firstContactJudged)] },
    {
      formula:
        'resolved by one agent with at most one ticket.worked and one public reply turn, not reopened within fcr.windowMs / resolved',
      filedAt: 'the resolution',
      edgeRules:
        'A resolution without any recorded contact is left out. 10/12, then 8/12 when two are reopened on day 3.',
      source: 'callcentrehelper; Intercom; Zendesk one-touch; not zammad (closed within 15 min)',
      settlesAfterMs: rules.fcrWindowMs,
    },
  ),
  ratio(
    'reopenRate',
    { numerator: [term(m.reopened)], denominator: [term(m.resolved)] },
    {
      formula: 'reopened / resolved',
      filedAt: 'each event',
      edgeRules: 'A flow ratio.',
      source: 'Intercom count_reopens; Freshdesk reopened_at',
    },
  ),
  ratio(
    'escalationRate',
    { numerator: [term(m.escalated)], denominator: [term(m.ticketsCreated)] },
    {
      formula: 'escalated / created',
      filedAt: 'each event',
      edgeRules: 'A flow ratio.',
      source: 'HDI',
    },
  ),
]

export const backlogRows = (rules: Rules): readonly MetricRow[] => [
  ...stockRows,
  overdueRow(rules),
  ...volumeRows,
  ...rateRows(rules),
]
