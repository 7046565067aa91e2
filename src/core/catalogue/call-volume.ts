import { measures as m } from '../measures.ts'
import { ofAnswer, ofVisit } from './groupings.ts'
import { type MetricRow, term } from './row.ts'
import { count, visitSource, wait } from './wait-row.ts'

/** How many calls, by what became of them. */
export const callVolumeRows: readonly MetricRow[] = [
  count('callsOffered', m.callsOffered, {
    formula: 'queue visits begun',
    filedAt: 'queued',
    ...ofVisit,
    edgeRules:
      'A call that is queued again, in the same queue or another, is a new visit; one `visitId` is one visit. Blocked calls are not offered.',
    source: visitSource,
  }),
  count('callsAnswered', m.waitAnswered, {
    formula: 'queue visits answered by an agent',
    filedAt: 'the answer',
    ...ofAnswer,
    edgeRules:
      'An answer without an open visit (a direct transfer, or after the visit expired) is a leg and an orphan, not an answered visit.',
    source: visitSource,
  }),
  count('callsAbandoned', m.waitAbandoned, {
    formula: 'queue visits that the caller ended by hanging up',
    filedAt: 'the hang-up',
    ...ofVisit,
    edgeRules:
      '`call.ended` closes an unanswered visit as abandoned. Short abandons are counted here; abandonRate leaves them out.',
    source: visitSource,
  }),
  wait(
    { id: 'callsDiverted', unit: 'count' },
    { kind: 'count', of: [term(m.waitDiverted)], parts: { tally: m.divertedBy } },
    {
      formula: 'queue visits that ended another way, neither answered nor abandoned',
      filedAt: 'the diversion',
      ...ofVisit,
      edgeRules: 'Parts by reason: transfer, callback, timeout, overflow, key, no-agents, voicemail.',
      source: 'Genesys tFlowOut; Asterisk EXITWITHTIMEOUT, EXITWITHKEY, EXITEMPTY',
    },
  ),
  wait(
    { id: 'callsBlocked', unit: 'count' },
    { kind: 'count', of: [term(m.blockedBy)], parts: { tally: m.blockedBy } },
    {
      formula: 'calls refused before any queue',
      filedAt: 'the refusal',
      groupedBy: { as: 'at the refusal' },
      edgeRules:
        'Parts by reason: busy, queue-full, no-agents, throttled, other. Never queued, so not offered.',
      source: 'Voximplant blocked %; klipfolio call-centre blockage',
    },
  ),
  count('callsExpired', m.callsExpired, {
    formula: 'queue visits whose outcome never came',
    filedAt: 'queued + time.visitExpiryMs',
    ...ofVisit,
    edgeRules:
      'They are out of every wait time and of abandonRate. An outcome at the expiry or later is an orphan.',
    source: 'Floorwatch: lost events are counted, not averaged',
  }),
  count('shortAbandons', m.shortAbandons, {
    formula: "queue visits abandoned after at most the default policy's shortAbandonMs",
    filedAt: 'the hang-up',
    ...ofVisit,
    edgeRules:
      'Up to and including; 0 where shortAbandonMs is not set. They are also in callsAbandoned, abandonTime and waitTime, not in abandonRate.',
    source: 'Genesys tShortAbandon; Twilio; Vonage; RingCentral abandonedThresholdSeconds',
  }),
  count('orphans', m.orphans, {
    formula:
      'answers, hang-ups, diversions, transfers and wraps that fit no visit or leg, and tickets whose creation was never seen',
    filedAt: 'the event; of a ticket the first of its events',
    groupedBy: { as: 'at that event' },
    merged: 'kept',
    edgeRules:
      'They count here and in what they say by themselves: an answer begins a leg, a reply ends a turn, a resolution is counted without a duration.',
    source: 'Floorwatch',
  }),
]
