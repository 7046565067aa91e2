import { type Measure, measures as m } from '../measures.ts'
import type { Rules } from '../rules.ts'
import { ofAssignee, ofBeginning, ofCase, ofCreation, ofTicket } from './groupings.ts'
import { type MetricRow, type Term, type Terms, term } from './row.ts'

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>
type Fraction = { readonly numerator: Terms; readonly denominator: Terms }

const countRow = (id: string, measure: Measure, rest: Rest): MetricRow => ({
  id,
  family: 'backlog',
  unit: 'count',
  reading: { kind: 'count', of: [term(measure)] },
  ...rest,
})

const ratio = (id: string, fraction: Fraction, rest: Rest): MetricRow => ({
  id,
  family: 'backlog',
  unit: 'ratio',
  reading: { kind: 'ratio', ...fraction },
  ...rest,
})

const negate = (of: Term): Term => ({ ...of, sign: -1 })
const without = (measure: Measure, dimension: 'channel' | 'category'): Term => ({
  ...term(measure),
  without: dimension,
})

const request =
  'A request is a ticket created, the first queue visit of a call, or a conversation without a ticket. A ticket with a `callId` counts as its call, once.'
const resolution = 'A resolution is the entry into solved, or into closed when not solved.'
export const volumeRows: readonly MetricRow[] = [
  countRow('ticketsCreated', m.ticketsCreated, {
    formula: 'tickets created',
    filedAt: 'the creation',
    ...ofCreation,
    edgeRules: 'Tickets made for a call are in it, while requestVolume counts the call.',
    source: 'Zendesk; Zammad excludes merged',
  }),
  countRow('ticketsResolved', m.resolved, {
    formula: 'resolutions of tickets',
    filedAt: 'the resolution',
    ...ofAssignee,
    edgeRules: `${resolution} A ticket that was reopened counts again; a second resolution without a reopening counts nothing. Tickets whose creation was never seen count too.`,
    source: 'Amazon Connect RESOLVED_CASE_ACTIONS',
  }),
  countRow('ticketsReopened', m.reopened, {
    formula: 'reopenings of resolved tickets',
    filedAt: 'the reopening',
    ...ofAssignee,
    edgeRules:
      'By `ticket.reopened`, or a status back to an unresolved one; a message alone reopens nothing.',
    source: 'Amazon Connect REOPENED_CASE_ACTIONS',
  }),
  countRow('requestVolume', m.requests, {
    formula: 'tickets created + first queue visits of calls + conversations without a ticket',
    filedAt: 'its beginning',
    ...ofBeginning,
    edgeRules:
      'A ticket with a `callId` counts as its call, once. A conversation begins with its first message. Blocked calls are not in it.',
    source: 'Intercom conversations started',
  }),
  countRow('contactVolume', m.requests, {
    formula: 'requests by the channel',
    filedAt: 'its beginning',
    ...ofBeginning,
    edgeRules: request,
    source: 'Amazon Connect contacts by channel',
    needs: ['channel'],
  }),
  ratio(
    'channelShare',
    { numerator: [term(m.requests)], denominator: [without(m.requests, 'channel')] },
    {
      formula: 'requests by the channel / all requests',
      filedAt: 'its beginning',
      ...ofBeginning,
      edgeRules: `${request} Those without a channel are in the denominator; other dimensions of the scope hold for both sides. 9 e-mails, 3 calls: e-mail 0.75.`,
      source: 'Amazon Connect contacts by channel',
      needs: ['channel'],
    },
  ),
  ratio(
    'categoryShare',
    { numerator: [term(m.ticketsCreated)], denominator: [without(m.ticketsCreated, 'category')] },
    {
      formula: 'tickets created in the category / tickets created',
      filedAt: 'the creation',
      ...ofCreation,
      edgeRules:
        'By the category at the creation: a later change moves nothing. Tickets without a category are in the denominator; other dimensions of the scope hold for both sides.',
      source: 'Zendesk',
      needs: ['category'],
    },
  ),
  {
    ...countRow('casesHandled', m.casesHandled, {
      formula: 'calls, tickets and conversations in which an agent answered a leg or wrote a public message',
      filedAt: 'the first of these; by agent their own first',
      ...ofCase,
      edgeRules:
        'Once a case; by agent once an agent, so that agents add up to more: ten cases, three of them shared by two → 13. A ticket with a `callId` is the case of its call. Bots are not agents.',
      source: 'Amazon Connect contacts handled',
    }),
    byAgent: { kind: 'count', of: [term(m.casesHandledByAgent)] },
  },
]

export const rateRows = ({ fcrWindowMs }: Rules): readonly MetricRow[] => [
  ratio(
    'resolutionRate',
    { numerator: [term(m.resolved)], denominator: [term(m.ticketsCreated)] },
    {
      formula: 'resolutions / tickets created, both in the window',
      filedAt: 'the resolution; the creation',
      ...ofTicket,
      edgeRules: `A flow ratio, of different tickets: it may exceed 1 (120/100). ${resolution}`,
      source: 'Chatwoot issue 14871; Frappe Helpdesk',
    },
  ),
  ratio(
    'resolutionRateCohort',
    { numerator: [term(m.cohortResolved)], denominator: [term(m.ticketsCreated)] },
    {
      formula: 'of the tickets created in the window: resolved so far / all',
      filedAt: 'the creation, whenever they were resolved',
      ...ofCreation,
      edgeRules: `${resolution} A reopening takes nothing back. Provisional until all are resolved.`,
      source: 'Chatwoot issue 14871',
      pending: [term(m.ticketsCreated), negate(term(m.cohortResolved))],
    },
  ),
  {
    ...ratio(
      'resolutionRateAssigned',
      { numerator: [term(m.assignedResolved)], denominator: [term(m.assigned)] },
      {
        formula: 'of the tickets first assigned to an agent in the window: resolved so far / all',
        filedAt: 'the first assignment; by agent the first to that agent; whenever they were resolved',
        groupedBy: { as: 'at the assignment', agent: 'each agent it was assigned to' },
        merged: 'lost',
        edgeRules:
          'Each ticket once, also where it comes back: 30 of 40 → 0.75. By agent: resolved by whomever. It may still rise as more of them are resolved; a reopening takes nothing back.',
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
      formula: 'resolutions at first contact / resolutions with any recorded contact',
      filedAt: 'the resolution',
      ...ofAssignee,
      edgeRules: `At first contact: all before it was by one agent, at most one \`ticket.worked\` and one turn of public replies, and it was not reopened within ${fcrWindowMs} ms (fcr.windowMs). Contact: work, or a public message of a human agent; a resolution without any is left out. Provisional until then: 12 resolved, 10 so, 2 of these reopened on day 3: 10/12, then 8/12.`,
      source: 'callcentrehelper; Intercom; Zendesk one-touch; not zammad (closed within 15 min)',
      settlesAfterMs: fcrWindowMs,
    },
  ),
  ratio(
    'reopenRate',
    { numerator: [term(m.reopened)], denominator: [term(m.resolved)] },
    {
      formula: 'reopenings / resolutions, both in the window',
      filedAt: 'the reopening; the resolution',
      ...ofAssignee,
      edgeRules:
        'A flow ratio, of different tickets: it may exceed 1. By `ticket.reopened`, or a status back to an unresolved one.',
      source: 'Intercom count_reopens; Freshdesk reopened_at',
    },
  ),
  ratio(
    'escalationRate',
    { numerator: [term(m.escalated)], denominator: [term(m.ticketsCreated)] },
    {
      formula: 'escalations / tickets created, both in the window',
      filedAt: 'the escalation; the creation',
      ...ofTicket,
      edgeRules:
        'A flow ratio, of different tickets: it may exceed 1. A ticket escalated twice counts twice.',
      source: 'HDI',
    },
  ),
]
