import fc from 'fast-check'
import { type Event, kafkaKeyOf, type RejectReason, subjectKey } from '../../src/core/events.ts'
import { partitionFor } from '../../src/core/partition.ts'
import type { Topic } from '../../src/core/topics.ts'
import { history } from '../support/arbitraries.ts'
import { feedTopicOf } from '../support/centre.ts'

/** A record as a producer appends it, and the event that it says, or why it says none. */
export type MadeRecord = Appended &
  ({ readonly event: Event } | { readonly event?: undefined; readonly refusal: Refusal })

type Appended = {
  readonly topic: Topic
  readonly partition: number
  readonly key: string
  readonly value: Uint8Array | string | null
  readonly timestampMs: number
}
type Refusal = Extract<RejectReason, 'malformed' | 'invalid' | 'unknown-type' | 'unknown-schema'>

export type Limits = { readonly partitions: number; readonly latenessMs: number; readonly skewMs: number }

/** Records of a history, some of them again, told otherwise, misdated or misplaced, with such among them as are no events. */
export const madeRecords = (limits: Limits): fc.Arbitrary<readonly MadeRecord[]> =>
  history
    .map((events) => ofOneTopic(events.filter(isKeyedAlike)))
    .filter((events) => events.length > 0)
    .chain((events) => {
      const deviations = fc.constantFrom(...events).chain((event) => deviationOf(event, limits))
      const usual = events.map((event) => recordOf(event, limits))
      return fc.array(deviations, { maxLength: 12 }).map((others) => [...usual, ...eachMisdatedOnce(others)])
    })
    .chain((records) => fc.shuffledSubarray(records, { minLength: records.length }))

/**
 * Under `clock` a copy with its old timestamp, of what is as old as may be, is read after its call was forgotten and
 * counts once more (docs/guarantees.md, 'What breaks it'); under `events` told-again.test.ts tells such copies.
 */
const eachMisdatedOnce = (records: readonly MadeRecord[]): readonly MadeRecord[] => {
  const misdatedIds = new Set<string>()
  return records.filter(({ event, timestampMs }) => {
    if (!event || event.occurredAt === timestampMs) return true
    const isFirst = !misdatedIds.has(event.eventId)
    misdatedIds.add(event.eventId)
    return isFirst
  })
}

/** A customer's survey is keyed by the customer, which a retraction that names the survey alone does not know. */
const isKeyedAlike = (event: Event): boolean =>
  event.type !== 'event.retracted' || kafkaKeyOf(event) !== event.surveyId

/** Of what contradicts itself, what lies on one topic: which of two topics is read first does not matter then. */
const ofOneTopic = (events: readonly Event[]): readonly Event[] => {
  const topics = new Map<string, Topic>()
  return events.filter((event) => {
    const name = `${subjectKey(event)} ${event.eventId}`
    const topic = feedTopicOf(event)
    if (!topics.has(name)) topics.set(name, topic)
    return topics.get(name) === topic
  })
}

const recordOf = (
  event: Event,
  { partitions }: Limits,
  topic = feedTopicOf(event),
): MadeRecord & { readonly event: Event } => {
  const key = kafkaKeyOf(event)
  const partition = partitionFor(key, partitions, 'murmur2')
  const { occurredAt: timestampMs } = event
  return { topic, partition, key, value: JSON.stringify(event), timestampMs, event }
}

const deviationOf = (event: Event, limits: Limits): fc.Arbitrary<MadeRecord> =>
  fc.oneof(
    misdated(event, limits),
    fc.constantFrom<MadeRecord>(...otherwise(event, limits)),
    fc.constantFrom(...unreadable(event)).map(({ refusal, value }): MadeRecord => {
      const { event: _, ...usual } = recordOf(event, limits)
      return { ...usual, refusal, value }
    }),
  )

/** Too old or from the future, or just not; under an id of its own, for what lies years apart is not remembered together. */
const misdated = (event: Event, limits: Limits): fc.Arbitrary<MadeRecord> => {
  const { latenessMs, skewMs } = limits
  const byMs = fc.constantFrom(-latenessMs, -latenessMs - 1, -2 * latenessMs, skewMs, skewMs + 1, 2 * skewMs)
  return byMs.map((ms) => {
    const occurredAt = event.occurredAt + ms
    const eventId = `${event.eventId}-at-${occurredAt}`
    return { ...recordOf({ ...event, eventId, occurredAt }, limits), timestampMs: event.occurredAt }
  })
}

/** Again, told otherwise, in another partition; and what is no part of a timeline. */
const otherwise = (event: Event, limits: Limits): readonly MadeRecord[] => {
  const usual = recordOf(event, limits)
  const { tenantId, occurredAt } = event
  const agent = { type: 'agent.state_changed', tenantId, eventId: 'busy', agentId: 'anna', state: 'busy' }
  return [
    usual,
    recordOf({ ...event, occurredAt: occurredAt + 1 }, limits),
    { ...usual, partition: (usual.partition + 1) % limits.partitions },
    recordOf({ ...agent, occurredAt } as Event, limits, 'ticket'),
  ]
}

type Unreadable = { readonly refusal: Refusal; readonly value: MadeRecord['value'] }

const unreadable = (event: Event): readonly Unreadable[] => {
  const answer = { ...event, type: 'survey.answered', surveyId: 's', kind: 'nps', scaleMin: 0, scaleMax: 10 }
  const texts = (refusal: Refusal, ...values: readonly object[]) =>
    values.map((value) => ({ refusal, value: JSON.stringify(value) }))
  return [
    ...['{', '', '[]', 'null', null].map((value) => ({ refusal: 'malformed' as const, value })),
    { refusal: 'malformed', value: Uint8Array.of(0xff, 0x7b) },
    ...texts('invalid', {}, { ...event, eventId: undefined }, { ...event, occurredAt: 'noon' }),
    ...texts('invalid', { ...answer, score: 11 }, { ...answer, score: 'ten' }),
    ...texts('unknown-type', { ...event, type: 'call.sung' }, { ...event, type: '' }),
    { refusal: 'unknown-schema', value: Uint8Array.of(0, 0, 0, 0, 7, 1) },
  ]
}
