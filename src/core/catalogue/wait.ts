import { measures as m } from '../measures.ts'
import { callVolumeRows } from './call-volume.ts'
import { ofAnswer, ofLeg, ofVisit } from './groupings.ts'
import { handleRows } from './handle.ts'
import { less, type MetricRow, term } from './row.ts'
import { connectSource, wait } from './wait-row.ts'

const exits = [term(m.waitAnswered), term(m.waitAbandoned), term(m.waitDiverted)]
const cohortSettled = [term(m.cohortOutcome, 'answered', 'abandoned', 'diverted')]
const short =
  "Short: up to and including the default policy's shortAbandonMs, none where it is not set. Visits that expire are in neither side."

const timeRows: readonly MetricRow[] = [
  wait(
    { id: 'averageSpeedOfAnswer', unit: 'ms' },
    { kind: 'distribution', of: [m.waitAnswered] },
    {
      formula: 'answered − queued, over answered visits',
      filedAt: 'the answer',
      ...ofAnswer,
      edgeRules:
        'Waits of zero are included. Each visit by itself: a call that is queued again waits anew. Visits abandoned, diverted or expired are not in it.',
      source: `${connectSource}: AVG_QUEUE_ANSWER_TIME`,
    },
  ),
  wait(
    { id: 'speedOfAnswerFromCreation', unit: 'ms' },
    { kind: 'distribution', of: [m.answerFromCreation] },
    {
      formula: "the call's first answered visit: answered − the call's first event",
      filedAt: 'the answer',
      ...ofAnswer,
      edgeRules:
        'Once a call, over all queues it passed and the time between them. Calls never answered are not in it.',
      source: 'Twilio wait_duration_until_accepted',
    },
  ),
  wait(
    { id: 'waitTime', unit: 'ms' },
    { kind: 'distribution', of: [m.waitAnswered, m.waitAbandoned, m.waitDiverted] },
    {
      formula: 'exit − queued, over visits answered, abandoned or diverted',
      filedAt: 'the exit',
      ...ofVisit,
      edgeRules:
        'Waits of zero and short abandons are included. Visits that expire stay out: nine exits at 30 s and one lost event → 30 s, n = 9.',
      source: 'Talkdesk average wait; qpanel issue 144',
    },
  ),
  wait(
    { id: 'abandonTime', unit: 'ms' },
    { kind: 'distribution', of: [m.waitAbandoned] },
    {
      formula: 'abandoned − queued, over abandoned visits',
      filedAt: 'the hang-up',
      ...ofVisit,
      edgeRules: 'Short abandons are included, and visits that `call.ended` closed.',
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
      formula: 'abandoned / (answered + abandoned + diverted), short abandons left out of both',
      filedAt: 'the exit',
      ...ofVisit,
      edgeRules: `78 answered, 16 abandoned (4 short), 4 diverted → 12/94. ${short}`,
      source: 'Genesys; Google CCAI abandoned / (handled + abandoned)',
    },
  ),
  wait(
    { id: 'abandonRateCohort', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.cohortOutcome, 'abandoned')], denominator: cohortSettled },
    {
      formula:
        'of the visits offered in the window: abandoned / (answered + abandoned + diverted), short abandons left out of both',
      filedAt: 'queued, whenever the visit ended',
      ...ofVisit,
      edgeRules: `Visits that still wait are not in n; provisional until all have left. ${short}`,
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
      formula: 'calls blocked / (calls offered + calls blocked)',
      filedAt: 'the refusal; queued',
      groupedBy: { as: 'when the call was blocked, or first queued' },
      edgeRules:
        "A call's first visit only: 100 calls each transferred once, 10 blocked → 10/110. Parts by reason, over the same denominator.",
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
      formula: 'legs transferred / legs answered',
      filedAt: 'the transfer; the answer',
      ...ofLeg,
      edgeRules:
        'Parts: blind and consult. A leg counts once, by its first transfer. Legs without a visit (direct transfers) count too. May exceed 1 where legs of an earlier window are transferred.',
      source: 'Genesys nTransferred, nBlindTransferred, nConsultTransferred',
    },
  ),
  wait(
    { id: 'holdRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.legsHeld)], denominator: [term(m.legsAnswered)] },
    {
      formula: 'legs held / legs answered',
      filedAt: 'the first hold; the answer',
      ...ofLeg,
      edgeRules:
        'A leg held twice counts once. Legs without a visit (direct transfers) count too. May exceed 1 where legs of an earlier window are held.',
      source: `${connectSource}: AVG_HOLDS`,
    },
  ),
  wait(
    { id: 'callbackRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.divertedBy, 'callback')], denominator: [term(m.callsOffered)] },
    {
      formula: 'visits diverted to callback / visits offered',
      filedAt: 'the diversion; queued',
      ...ofVisit,
      edgeRules:
        'Whether the callback was served does not matter. Null where nothing was offered; may exceed 1 where visits of an earlier window are diverted.',
      source: `${connectSource}: CALLBACK_CONTACTS`,
    },
  ),
  wait(
    { id: 'declinedRate', unit: 'ratio' },
    { kind: 'ratio', numerator: [term(m.declined)], denominator: [term(m.alerted)] },
    {
      formula: 'declined or not answered by the agent / alerted',
      filedAt: 'each event',
      groupedBy: { as: 'at the event', agent: 'the agent alerted' },
      edgeRules:
        '`call.declined` / `call.alerted`. A call may be offered to one agent, or to several, many times; each counts.',
      source: `${connectSource}: AGENT_NON_RESPONSE; Twilio reservation.timeout`,
    },
  ),
]

const nowRows: readonly MetricRow[] = [
  wait(
    { id: 'waitingNow', unit: 'count' },
    { kind: 'level', of: [term(m.waiting)], worst: 'waiting' },
    {
      formula: 'queue visits without an outcome yet',
      filedAt: "as-of, or the window's end",
      ...ofVisit,
      edgeRules:
        'A visit leaves at its outcome, or when it expires (time.visitExpiryMs). Callbacks wait apart: callbacksWaitingNow.',
      source: `${connectSource}: CONTACTS_IN_QUEUE`,
    },
  ),
  wait(
    { id: 'longestWaitNow', unit: 'ms' },
    { kind: 'oldest', list: 'waiting' },
    {
      formula: 'as-of − queued, of the visit that has waited longest without an outcome',
      filedAt: 'as-of',
      ...ofVisit,
      edgeRules:
        '`sinceAt` is when that visit was queued, so that a reader can let the wait tick. n: how many wait. Nobody waiting: 0. Expired visits do not wait.',
      source: `${connectSource}: OLDEST_CONTACT_AGE`,
      windows: ['now', 'total'],
    },
  ),
  wait(
    { id: 'callbacksWaitingNow', unit: 'count' },
    { kind: 'level', of: [term(m.callbacksWaiting)], worst: 'callbacks' },
    {
      formula: 'visits diverted to callback and not yet called back',
      filedAt: "as-of, or the window's end",
      ...ofVisit,
      edgeRules: 'Until `call.called_back`, or queued + time.visitExpiryMs. They are not in waitingNow.',
      source: 'Google CCAI callbacks',
    },
  ),
]

const residualRow = wait(
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
    formula: 'visits offered − (answered + abandoned + diverted + expired + waiting)',
    filedAt: 'all time, to as-of',
    ...ofVisit,
    edgeRules: 'Anything but 0 is a defect of Floorwatch. Orphans are counted apart.',
    source: 'Floorwatch',
    windows: ['total'],
  },
)

export const waitRows: readonly MetricRow[] = [
  ...callVolumeRows,
  ...timeRows,
  ...rateRows,
  ...nowRows,
  ...handleRows,
  residualRow,
]
