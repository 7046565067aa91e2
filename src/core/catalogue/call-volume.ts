import { measures as m } from '../measures.ts'
import { type MetricRow, term } from './row.ts'
import { count, visitSource, wait } from './wait-row.ts'

/** How many calls, by what became of them. */
export const callVolumeRows: readonly MetricRow[] = [
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
    { id: 'callsDiverted', unit: 'count' },
    { kind: 'count', of: [term(m.waitDiverted)], parts: { tally: m.divertedBy } },
    {
      formula: 'visits that left the queue another way, by reason',
      filedAt: 'the diversion',
      edgeRules: 'Reasons: transfer, callback, timeout, overflow, key, no-agents, voicemail.',
      source: 'Genesys tFlowOut; Asterisk EXITWITHTIMEOUT, EXITWITHKEY, EXITEMPTY',
    },
  ),
  wait(
    { id: 'callsBlocked', unit: 'count' },
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
