import fc from 'fast-check'
import type { Event } from '../../src/core/events.ts'
import {
  type Body,
  dayStepMs,
  dimensions,
  slowStepMs,
  startAt,
  stepMs,
  tenantIds,
} from './arbitraries/alphabet.ts'
import { callBody, callCourse } from './arbitraries/call-bodies.ts'
import { surveyBody } from './arbitraries/survey-bodies.ts'
import { messageBody, ticketBody, ticketCourse, ticketEnding } from './arbitraries/ticket-bodies.ts'

type SubjectFields = Readonly<Record<'callId' | 'ticketId' | 'conversationId' | 'customerId', string>>
/** The field that names the subject, or `surveyId`: a survey of neither ticket nor call. */
type SubjectField = keyof SubjectFields

const eventsMax = 12

/** A course of life, or anything in any order, or both: dated, with ids and dimensions of its own. */
const historyOf = (
  field: SubjectField,
  id: string,
  bodies: fc.Arbitrary<readonly Body[]>,
): fc.Arbitrary<Event[]> =>
  fc
    .tuple(bodies, fc.constantFrom(...tenantIds), startAt)
    .chain(([list, tenantId, from]) =>
      fc
        .tuple(stepsOf(list.length), fc.array(dimensions, { minLength: list.length, maxLength: list.length }))
        .map(([steps, dims]) => datedEvents({ list, steps, dims, from, subject: { tenantId, [field]: id } })),
    )
    .chain(withMishaps)

/** From one event of a subject to the next: mostly minutes and hours, now and then days or weeks all along. */
const stepsOf = (length: number): fc.Arbitrary<number[]> => {
  const exactly = { minLength: length, maxLength: length }
  return fc.oneof(
    { weight: 7, arbitrary: fc.array(stepMs, exactly) },
    { weight: 2, arbitrary: fc.array(dayStepMs, exactly) },
    { weight: 1, arbitrary: fc.array(slowStepMs, exactly) },
  )
}

type Undated = {
  readonly list: readonly Body[]
  readonly steps: readonly number[]
  readonly dims: readonly object[]
  readonly from: number
  readonly subject: Readonly<Record<string, string>>
}

const datedEvents = ({ list, steps, dims, from, subject }: Undated): Event[] => {
  let at = from
  return list.map((body, index) => {
    at += steps[index] ?? 0
    return { ...dims[index], ...body, ...subject, eventId: `e-${index}`, occurredAt: at } as unknown as Event
  })
}

/** Now and then an event is lost, taken back, or told otherwise under the same id. */
const withMishaps = (events: readonly Event[]): fc.Arbitrary<Event[]> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom('lost', 'taken back', 'told otherwise', 'moved'),
        index: fc.nat({ max: Math.max(0, events.length - 1) }),
        byMs: fc.constantFrom(-60_000, -1, 0, 1, 20_000),
      }),
      { maxLength: 2 },
    )
    .map((mishaps) => mishaps.reduce<Event[]>(applyMishap, [...events]))

type Mishap = { readonly kind: string; readonly index: number; readonly byMs: number }

const applyMishap = (events: Event[], { kind, index, byMs }: Mishap): Event[] => {
  const hit = events[index]
  if (!hit) return events
  const moved = { ...hit, occurredAt: hit.occurredAt + byMs }
  switch (kind) {
    case 'lost':
      return events.filter((event) => event !== hit)
    case 'taken back':
      return [...events, retractionOf(hit, byMs)]
    case 'told otherwise':
      return [...events, moved]
    default:
      return events.map((event) => (event === hit ? moved : event))
  }
}

const retractionOf = (event: Event, byMs: number): Event => {
  const { tenantId, eventId, occurredAt } = event
  const ids = ['callId', 'ticketId', 'conversationId', 'surveyId'] as const
  const named: Partial<SubjectFields> = event
  const subject = ids.flatMap((id) => {
    const value = (named as Readonly<Record<string, string | undefined>>)[id]
    return value === undefined ? [] : [[id, value] as const]
  })
  return {
    ...Object.fromEntries(subject),
    type: 'event.retracted',
    tenantId,
    eventId: `taken-back-${eventId}`,
    occurredAt: occurredAt + Math.max(0, byMs),
    retracts: eventId,
  } as unknown as Event
}

const courseOrChaos = (course: fc.Arbitrary<readonly Body[]>, body: fc.Arbitrary<Body>) =>
  fc.oneof(
    course,
    fc.array(body, { minLength: 1, maxLength: eventsMax }),
    fc.tuple(course, fc.array(body, { maxLength: 4 })).map(([life, more]) => [...life, ...more]),
  )

const surveysAfter = (bodies: fc.Arbitrary<readonly Body[]>) =>
  fc.oneof(
    { weight: 3, arbitrary: bodies },
    { weight: 1, arbitrary: fc.tuple(bodies, fc.array(surveyBody, { maxLength: 4 })).chain(interleave) },
  )

/** Two lists as one, each in its own order. */
const interleave = <Item>([first, second]: readonly [readonly Item[], readonly Item[]]): fc.Arbitrary<
  readonly Item[]
> =>
  fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }).map((turns) => {
    const left = [...first]
    const right = [...second]
    const merged: Item[] = []
    for (const isLeft of turns) {
      const next = isLeft ? left.shift() : right.shift()
      if (next !== undefined) merged.push(next)
    }
    return [...merged, ...left, ...right]
  })

const endingAfter = (bodies: fc.Arbitrary<readonly Body[]>) =>
  fc.oneof(
    { weight: 5, arbitrary: bodies },
    {
      weight: 1,
      arbitrary: fc
        .tuple(bodies, ticketEnding, fc.array(ticketBody, { maxLength: 2 }))
        .map(([life, ending, more]) => [...life, ending, ...more]),
    },
  )

/** Events of one call, each once, in order of time unless a mishap moved one. */
export const callHistory = (callId: string): fc.Arbitrary<Event[]> =>
  historyOf('callId', callId, surveysAfter(courseOrChaos(callCourse, callBody)))

/** Events of one ticket, its messages and surveys among them. */
export const ticketHistory = (ticketId: string): fc.Arbitrary<Event[]> =>
  historyOf('ticketId', ticketId, surveysAfter(endingAfter(courseOrChaos(ticketCourse, ticketBody))))

/** Messages without a ticket. */
export const conversation = (conversationId: string): fc.Arbitrary<Event[]> =>
  historyOf('conversationId', conversationId, fc.array(messageBody, { minLength: 1, maxLength: 8 }))

/** Surveys of a customer, about neither a ticket nor a call. */
export const survey = (customerId: string): fc.Arbitrary<Event[]> =>
  historyOf('customerId', customerId, fc.array(surveyBody, { minLength: 1, maxLength: 5 }))

/** Several subjects of every kind, of two tenants, in no order: every accepted event once, conflicts aside. */
export const history: fc.Arbitrary<Event[]> = fc
  .tuple(
    fc.array(fc.constantFrom('call-1', 'call-2', 'call-3').chain(callHistory), { maxLength: 3 }),
    fc.array(fc.constantFrom('ticket-1', 'ticket-2', 'ticket-3').chain(ticketHistory), { maxLength: 3 }),
    fc.array(conversation('chat-1'), { maxLength: 1 }),
    fc.array(survey('carl'), { maxLength: 1 }),
  )
  .map((histories) => histories.flat(2))
  .filter((events) => events.length > 0)

/** The same events in another order, some of them again. */
export const rearranged = (events: readonly Event[]): fc.Arbitrary<Event[]> =>
  fc
    .tuple(fc.shuffledSubarray([...events], { minLength: 0 }))
    .chain(([again]) =>
      fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
    )

/** The same list cut into batches, some of them empty. */
export const batches = <Item>(items: readonly Item[]): fc.Arbitrary<Item[][]> =>
  fc.array(fc.nat({ max: items.length }), { maxLength: 5 }).map((cuts) => {
    const bounds = [0, ...cuts.toSorted((a, b) => a - b), items.length]
    return bounds.slice(1).map((to, index) => items.slice(bounds[index], to))
  })

/** An instant at, beside or after an event, or long after all of them. */
export const asOfAmong = (events: readonly Event[]): fc.Arbitrary<number> => {
  const instants = events.map((event) => event.occurredAt)
  const last = Math.max(...instants)
  const near = fc
    .tuple(
      fc.constantFrom(...instants),
      fc.constantFrom(0, 1, 5000, 20_001, 60_000, 900_000, 3_590_000, 14_400_001, 86_400_000),
    )
    .map(([at, later]) => at + later)
  return fc.oneof(
    { weight: 4, arbitrary: near },
    { weight: 1, arbitrary: fc.constant(last + 50 * 86_400_000) },
  )
}
