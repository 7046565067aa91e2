import { measures as m } from '../measures.ts'
import { callVolumeRows } from './call-volume.ts'
import { less, type MetricRow, term } from './row.ts'
import { connectSource, wait } from './wait-row.ts'

const exits = [term(m.waitAnswered), term(m.waitAbandoned), term(m.waitDiverted)]
const cohortSettled = [term(m.cohortOutcome, 'answered', 'abandoned', 'diverted')]

const timeRows: readonly MetricRow[] = [
  wait(
    { id: 'averageSpeedOfAnswer', unit: 'ms' },
    { kind: 'distribution', of: [m.waitAnswered] },
    {
      formula: 'answered − queued, over answered visits',
      filedAt: 'the answer',
      edgeRules: 'Waits of zero are included.',
      source: `${connectSource}: AVG_QUEUE_ANSWER_TIME`,
    },
  ),
  wait(
    { id: 'speedOfAnswerFromCreation', unit: 'ms' },
    { kind: 'distribution', of: [m.answerFromCreation] },
    {
      formula: "first answer − the call's first event",
      filedAt: 'the answer',
      edgeRules: 'Once a call, whatever queues it passed.',
      source: 'Twilio wait_duration_until_accepted',
    },
  ),
  wait(
    { id: 'waitTime', unit: 'ms' },
    { kind: 'distribution', of: [m.waitAnswered, m.waitAbandoned, m.waitDiverted] },
    {
      formula: 'exit − queued, over every exit of the queue',
      filedAt: 'the exit',
      edgeRules: 'Expired visits stay out.',
      source: 'Talkdesk average wait; qpanel issue 144',
    },
  ),
  wait(
    { id: 'abandonTime', unit: 'ms' },
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
    { id: 'abandonRate', unit: 'ratio' },
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
    { id: 'abandonRateCohort', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.cohortOutcome, 'abandoned')], denominator: cohortSettled },
    {
      formula: 'the same, of those offered in the window',
      filedAt: 'queued',
      edgeRules: 'Provisional until all of them have left.',
      source: `${connectSource}: ABANDONMENT_RATE over contacts queued`,
      pendingIn: 'waiting',
    },
  ),
  wait(
    { id: 'blockageRate', unit: 'ratio' },
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
    { id: 'transferRate', unit: 'ratio' },
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
    { id: 'holdRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.legsHeld)], denominator: [term(m.legsAnswered)] },
    {
      formula: 'legs held / legs answered',
      filedAt: 'the first hold; the answer',
      edgeRules: 'A leg held twice counts once.',
      source: `${connectSource}: AVG_HOLDS`,
    },
  ),
  wait(
    { id: 'callbackRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.divertedBy, 'callback')], denominator: [term(m.callsOffered)] },
    {
      formula: 'diverted to callback / offered',
      filedAt: 'the diversion; queued',
      edgeRules: 'Null where nothing was offered.',
      source: `${connectSource}: CALLBACK_CONTACTS`,
    },
  ),
  wait(
    { id: 'declinedRate', unit: 'ratio' },
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
    { id: 'waitingNow', unit: 'count' },
    { kind: 'level', of: [term(m.waiting)], worst: 'waiting' },
    {
      formula: 'open visits',
      filedAt: "as-of, or the window's end",
      edgeRules: 'A visit without an outcome leaves when it expires.',
      source: `${connectSource}: CONTACTS_IN_QUEUE`,
    },
  ),
  wait(
    { id: 'longestWaitNow', unit: 'ms' },
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
    { id: 'callbacksWaitingNow', unit: 'count' },
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
    { id, unit: 'ms' },
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
  ...callVolumeRows,
  ...timeRows,
  ...rateRows,
  ...nowRows,
  handleRow('averageHandleTime', m.handle, "talk + hold + wrap of an agent's leg"),
  handleRow('talkTime', m.talk, 'answered to ended, less hold'),
  handleRow('holdTime', m.hold, 'on hold, over all legs ended'),
  handleRow('wrapTime', m.wrap, 'ended to wrapped, over all legs ended'),
  handleRow('handleTimePerCall', m.handlePerCall, "handle time of all of a call's legs together"),
  wait(
    { id: 'reconciliationResidual', unit: 'count' },
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
