import { measures as m } from '../measures.ts'
import type { ServiceLevelPolicy } from '../rules.ts'
import { less, type MetricRow, type Reading, term } from './row.ts'

const exits = [term(m.waitAnswered), term(m.waitAbandoned), term(m.waitDiverted)]
const cohortSettled = [term(m.cohortOutcome, 'answered', 'abandoned', 'diverted')]

type Rest = Omit<MetricRow, 'id' | 'family' | 'unit' | 'reading'>
const wait = (id: string, unit: MetricRow['unit'], reading: Reading, rest: Rest): MetricRow => ({
  id,
  family: 'wait',
  unit,
  reading,
  ...rest,
})

const count = (id: string, of: Parameters<typeof term>[0], rest: Rest): MetricRow =>
  wait(id, 'count', { kind: 'count', of: [term(of)] }, rest)

const visitSource = 'Queue visits: verbara/Verbara.Sdk Sessions; Twilio task-queue.entered'
const connectSource = 'Amazon Connect metrics definitions'

const volumeRows: readonly MetricRow[] = [
  count('callsOffered', m.callsOffered, {
    formula: 'queue visits begun',
    filedAt: 'queued',
    edgeRules: 'Re-queueing is a new visit. Outbound and internal calls count only under their direction.',
    source: visitSource,
  }),
  count('callsAnswered', m.waitAnswered, {
    formula: 'visits answered',
    filedAt: 'the answer',
    edgeRules: 'An answer without a visit is a leg and an orphan, not an answered visit.',
    source: visitSource,
  }),
  count('callsAbandoned', m.waitAbandoned, {
    formula: 'visits the caller left by hanging up',
    filedAt: 'the hang-up',
    edgeRules: '`call.ended` closes an unanswered visit as abandoned.',
    source: visitSource,
  }),
  wait(
    'callsDiverted',
    'count',
    { kind: 'count', of: [term(m.waitDiverted)], parts: { tally: m.divertedBy } },
    {
      formula: 'visits that left the queue another way, by reason',
      filedAt: 'the diversion',
      edgeRules: 'Reasons: transfer, callback, timeout, overflow, key, no-agents, voicemail.',
      source: 'Genesys tFlowOut; Asterisk EXITWITHTIMEOUT, EXITWITHKEY, EXITEMPTY',
    },
  ),
  wait(
    'callsBlocked',
    'count',
    { kind: 'count', of: [term(m.blockedBy)], parts: { tally: m.blockedBy } },
    {
      formula: 'calls refused before any queue, by reason',
      filedAt: 'the refusal',
      edgeRules: 'Never queued, never offered.',
      source: 'Voximplant blocked %; klipfolio call-centre blockage',
    },
  ),
  count('callsExpired', m.callsExpired, {
    formula: 'visits whose outcome never came',
    filedAt: 'queued + time.visitExpiryMs',
    edgeRules: 'They stay out of every wait time.',
    source: 'Floorwatch: lost events are counted, not averaged',
  }),
  count('shortAbandons', m.shortAbandons, {
    formula: 'abandons after at most shortAbandonMs of the default policy',
    filedAt: 'the hang-up',
    edgeRules: 'None where shortAbandonMs is not set.',
    source: 'Genesys tShortAbandon; Twilio; Vonage; RingCentral abandonedThresholdSeconds',
  }),
  count('orphans', m.orphans, {
    formula: 'outcomes, wraps and tickets whose beginning was never seen',
    filedAt: 'the event',
    edgeRules: 'They count here only, and what they say by themselves.',
    source: 'Floorwatch',
  }),
]

const timeRows: readonly MetricRow[] = [
  wait(
    'averageSpeedOfAnswer',
    'ms',
    { kind: 'distribution', of: [m.waitAnswered] },
    {
      formula: 'answered − queued, over answered visits',
      filedAt: 'the answer',
      edgeRules: 'Waits of zero are included.',
      source: `${connectSource}: AVG_QUEUE_ANSWER_TIME`,
    },
  ),
  wait(
    'speedOfAnswerFromCreation',
    'ms',
    { kind: 'distribution', of: [m.answerFromCreation] },
    {
      formula: "first answer − the call's first event",
      filedAt: 'the answer',
      edgeRules: 'Once a call, whatever queues it passed.',
      source: 'Twilio wait_duration_until_accepted',
    },
  ),
  wait(
    'waitTime',
    'ms',
    { kind: 'distribution', of: [m.waitAnswered, m.waitAbandoned, m.waitDiverted] },
    {
      formula: 'exit − queued, over every exit of the queue',
      filedAt: 'the exit',
      edgeRules: 'Expired visits stay out.',
      source: 'Talkdesk average wait; qpanel issue 144',
    },
  ),
  wait(
    'abandonTime',
    'ms',
    { kind: 'distribution', of: [m.waitAbandoned] },
    {
      formula: 'abandoned − queued, over abandoned visits',
      filedAt: 'the hang-up',
      edgeRules: 'Short abandons are included.',
      source: `${connectSource}: AVG_ABANDON_TIME`,
    },
  ),
]

const rateRows: readonly MetricRow[] = [
  wait(
    'abandonRate',
    'ratio',
    {
      kind: 'ratio',
      numerator: [term(m.waitAbandoned), less(m.shortAbandons)],
      denominator: [...exits, less(m.shortAbandons)],
    },
    {
      formula: 'abandoned / (answered + abandoned + diverted)',
      filedAt: 'the exit',
      edgeRules: 'Short abandons leave both sides: 78 answered, 16 abandoned (4 short), 4 diverted → 12/94.',
      source: 'Genesys; Google CCAI abandoned / (handled + abandoned)',
    },
  ),
  wait(
    'abandonRateCohort',
    'ratio',
    { kind: 'ratio', numerator: [term(m.cohortOutcome, 'abandoned')], denominator: cohortSettled },
    {
      formula: 'the same, of those offered in the window',
      filedAt: 'queued',
      edgeRules: 'Provisional until all of them have left.',
      source: `${connectSource}: ABANDONMENT_RATE over contacts queued`,
      pending: [term(m.callsOffered), less(m.cohortOutcome)],
    },
  ),
  wait(
    'blockageRate',
    'ratio',
    {
      kind: 'ratio',
      numerator: [term(m.blockedBy)],
      denominator: [term(m.callsFirstOffered), term(m.blockedBy)],
      parts: { tally: m.blockedBy },
    },
    {
      formula: 'blocked / (calls offered + blocked)',
      filedAt: 'the refusal; queued',
      edgeRules: 'First visits only: 100 calls each transferred once, 10 blocked → 10/110.',
      source: 'klipfolio call-centre blockage',
    },
  ),
  wait(
    'transferRate',
    'ratio',
    {
      kind: 'ratio',
      numerator: [term(m.transferredBy)],
      denominator: [term(m.legsAnswered)],
      parts: { tally: m.transferredBy },
    },
    {
      formula: 'legs transferred / legs answered; blind and consult apart',
      filedAt: 'the transfer; the answer',
      edgeRules: 'A leg counts once.',
      source: 'Genesys nTransferred, nBlindTransferred, nConsultTransferred',
    },
  ),
  wait(
    'holdRate',
    'ratio',
    { kind: 'ratio', numerator: [term(m.legsHeld)], denominator: [term(m.legsAnswered)] },
    {
      formula: 'legs held / legs answered',
      filedAt: 'the first hold; the answer',
      edgeRules: 'A leg held twice counts once.',
      source: `${connectSource}: AVG_HOLDS`,
    },
  ),
  wait(
    'callbackRate',
    'ratio',
    { kind: 'ratio', numerator: [term(m.divertedBy, 'callback')], denominator: [term(m.callsOffered)] },
    {
      formula: 'diverted to callback / offered',
      filedAt: 'the diversion; queued',
      edgeRules: 'Null where nothing was offered.',
      source: `${connectSource}: CALLBACK_CONTACTS`,
    },
  ),
  wait(
    'declinedRate',
    'ratio',
    { kind: 'ratio', numerator: [term(m.declined)], denominator: [term(m.alerted)] },
    {
      formula: 'declined or not answered by the agent / alerted',
      filedAt: 'the event',
      edgeRules: 'A contact may be offered to an agent many times; each counts.',
      source: `${connectSource}: AGENT_NON_RESPONSE; Twilio reservation.timeout`,
    },
  ),
]

const nowRows: readonly MetricRow[] = [
  wait(
    'waitingNow',
    'count',
    { kind: 'level', of: [term(m.waiting)], worst: 'waiting' },
    {
      formula: 'open visits',
      filedAt: "as-of, or the window's end",
      edgeRules: 'A visit without an outcome leaves when it expires.',
      source: `${connectSource}: CONTACTS_IN_QUEUE`,
    },
  ),
  wait(
    'longestWaitNow',
    'ms',
    { kind: 'oldest', list: 'waiting' },
    {
      formula: 'as-of − earliest queuedAt of the open visits',
      filedAt: 'as-of',
      edgeRules: '`sinceAt` lets a reader tick. Nobody waiting: 0.',
      source: `${connectSource}: OLDEST_CONTACT_AGE`,
      windows: ['now', 'total'],
    },
  ),
  wait(
    'callbacksWaitingNow',
    'count',
    { kind: 'level', of: [term(m.callbacksWaiting)], worst: 'callbacks' },
    {
      formula: 'diverted to callback and not yet called back',
      filedAt: "as-of, or the window's end",
      edgeRules: "Until `call.called_back` or the visit's expiry.",
      source: 'Google CCAI callbacks',
    },
  ),
]

const handleRow = (id: string, measure: typeof m.handle, formula: string): MetricRow =>
  wait(
    id,
    'ms',
    { kind: 'distribution', of: [measure] },
    {
      formula,
      filedAt:
        "the leg's end, refiled at the wrap that follows; with wrapExpected once, at the wrap or its expiry",
      edgeRules: 'A running hold closes at the end.',
      source: `${connectSource}: AVG_HANDLE_TIME; Genesys tHandle`,
    },
  )

export const waitRows: readonly MetricRow[] = [
  ...volumeRows,
  ...timeRows,
  ...rateRows,
  ...nowRows,
  handleRow('averageHandleTime', m.handle, "talk + hold + wrap of an agent's leg"),
  handleRow('talkTime', m.talk, 'answered to ended, less hold'),
  handleRow('holdTime', m.hold, 'on hold, over all legs ended'),
  handleRow('wrapTime', m.wrap, 'ended to wrapped, over all legs ended'),
  handleRow('handleTimePerCall', m.handlePerCall, "handle time of all of a call's legs together"),
  wait(
    'reconciliationResidual',
    'count',
    {
      kind: 'count',
      of: [
        term(m.callsOffered),
        less(m.waitAnswered),
        less(m.waitAbandoned),
        less(m.waitDiverted),
        less(m.callsExpired),
        less(m.waiting),
      ],
    },
    {
      formula: 'offered − (answered + abandoned + diverted + expired + waiting)',
      filedAt: 'total',
      edgeRules: 'Anything but 0 is a defect. Orphans are counted apart.',
      source: 'Floorwatch',
      windows: ['total'],
    },
  ),
]

/** Exactly one event a visit (or call, by the policy's clock); numerator, denominator and policy stand in the value. */
export const serviceLevelRow = (policy: ServiceLevelPolicy): MetricRow =>
  wait(
    policy.metricId,
    'ratio',
    {
      kind: 'ratio',
      numerator: [term(m.serviceLevelMet, policy.id)],
      denominator: [term(m.serviceLevelMet, policy.id), term(m.serviceLevelMissed, policy.id)],
      policy,
    },
    {
      formula: `service-level events met / all, by policy ${policy.id}`,
      filedAt: 'the service-level event: answered, abandoned or threshold passed, whichever is first',
      edgeRules:
        'What comes after the event does not change it. Visits younger than the threshold are not in n. An empty queue is null, never 1.',
      source: 'Genesys, Cisco UCCE, Amazon Connect, Asterisk: see the presets',
    },
  )
