import fc from 'fast-check'
import type { EventType } from '../../../src/core/events.ts'
import { agentId, type Body, compact, legId, queueId, sometimes, visitId } from './alphabet.ts'

const body = (
  type: EventType,
  own: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<Body> => fc.record(own).map((fields) => ({ type, ...compact(fields) }))

const named = { legId: sometimes(legId), agentId: sometimes(agentId) }
const outcome = { visitId: sometimes(visitId), queueId: sometimes(queueId) }

const queued = body('call.queued', {
  queueId,
  visitId: sometimes(visitId),
  direction: fc.constantFrom('inbound', 'inbound', 'inbound', 'outbound', 'internal'),
})
const answered = body('call.answered', { ...outcome, agentId, legId: sometimes(legId) })
const abandoned = body('call.abandoned', outcome)
const diverted = body('call.diverted', {
  ...outcome,
  reason: fc.constantFrom('transfer', 'callback', 'timeout', 'overflow', 'callback'),
})
const ended = body('call.ended', named)
const wrapped = body('call.wrapped', named)
const transferred = body('call.transferred', { ...named, mode: fc.constantFrom('blind', 'consult') })

/** Any event of a call, whatever came before. */
export const callBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: queued },
  { weight: 5, arbitrary: answered },
  { weight: 3, arbitrary: abandoned },
  { weight: 3, arbitrary: diverted },
  { weight: 4, arbitrary: ended },
  { weight: 3, arbitrary: wrapped },
  { weight: 3, arbitrary: transferred },
  { weight: 2, arbitrary: body('call.held', named) },
  { weight: 2, arbitrary: body('call.resumed', named) },
  { weight: 1, arbitrary: body('call.alerted', { agentId }) },
  { weight: 1, arbitrary: body('call.declined', { agentId }) },
  { weight: 1, arbitrary: body('call.blocked', { reason: fc.constantFrom('busy', 'queue-full') }) },
  { weight: 1, arbitrary: body('call.called_back') },
)

const hungUp = body('call.ended')
const wrappedUp = body('call.wrapped')

/** Lives that calls do have, in order. */
export const callCourse: fc.Arbitrary<readonly Body[]> = fc.oneof(
  fc.tuple(queued, answered, ended, wrapped),
  fc.tuple(queued, abandoned),
  fc.tuple(queued, answered, body('call.held', named), body('call.resumed', named), ended),
  fc.tuple(queued, diverted, queued, answered, transferred, queued, answered, ended, wrapped),
  fc.tuple(queued, diverted, body('call.called_back')),
  fc.tuple(queued, answered, hungUp, wrappedUp, wrappedUp),
  fc.tuple(queued, answered, transferred, answered, hungUp, wrappedUp, wrappedUp),
  fc.tuple(queued),
)
