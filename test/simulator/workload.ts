import { type Event, type EventType, kafkaKeyOf, topicOfType } from '../../src/core/events.ts'
import type { Topic } from '../../src/core/topics.ts'
import { createRandom, drawInteger, type Random } from '../../src/simulate/random.ts'
import { drawOne } from './draw.ts'
import type { Act, Plan } from './plan.ts'

/** A record that a producer appends at an instant of the clock. */
export type Appended = {
  readonly atMs: number
  readonly topic: Topic
  readonly key: string
  readonly value: string
  /** Where it is appended whatever its key says. */
  readonly partition?: number
}

type Body = { readonly type: EventType; readonly [field: string]: unknown }

const queueIds = ['billing', 'sales'] as const
const agentIds = ['anna', 'ben'] as const
export const dimensionValues: Readonly<Record<string, readonly string[]>> = {
  queueId: queueIds,
  agentId: agentIds,
  channel: ['voice', 'email'],
}
export const tenantIds = ['acme', 'globex'] as const

const callLives = (random: Random): readonly Body[] => {
  const agentId = drawOne(random, agentIds)
  const queued: Body = { type: 'call.queued', queueId: drawOne(random, queueIds), channel: 'voice' }
  const answered: Body = { type: 'call.answered', agentId }
  const ended: Body = { type: 'call.ended' }
  return drawOne<readonly Body[]>(random, [
    [queued, answered, ended, { type: 'call.wrapped', agentId }],
    [queued, answered, { type: 'call.held', agentId }, { type: 'call.resumed', agentId }, ended],
    [queued, { type: 'call.abandoned' }],
    [queued],
    [queued, { type: 'call.diverted', reason: 'overflow' }, { ...queued, queueId: 'sales' }, answered, ended],
  ])
}

const ticketLives = (random: Random): readonly Body[] => {
  const agentId = drawOne(random, agentIds)
  const created: Body = { type: 'ticket.created', queueId: drawOne(random, queueIds), channel: 'email' }
  const asked: Body = { type: 'message.sent', messageId: 'm-1', author: 'customer', public: true }
  const replied: Body = { type: 'message.sent', messageId: 'm-2', author: 'agent', public: true, agentId }
  const resolved: Body = { type: 'ticket.resolved', agentId }
  return drawOne<readonly Body[]>(random, [
    [created, asked, { type: 'ticket.assigned', agentId }, replied, resolved],
    [created, asked, replied, resolved, { type: 'ticket.reopened' }, replied, resolved],
    [created, asked],
    [created, { type: 'ticket.worked', agentId, durationMs: 60_000 }, resolved, { type: 'ticket.closed' }],
    [
      created,
      resolved,
      { type: 'survey.sent', surveyId: 'csat-1', kind: 'csat' },
      { type: 'survey.answered', surveyId: 'csat-1', kind: 'csat', score: 4, scaleMin: 1, scaleMax: 5 },
    ],
  ])
}

const stepsMs = [0, 1, 4_999, 5_000, 20_000, 20_001] as const
const second = 1_000

/** What producers do: lives of calls and tickets, with late, doubled, contradicting, retracting and broken records among them. */
export const drawWorkload = (plan: Plan): readonly Appended[] => {
  const random = createRandom(plan.seed, 'workload')
  const records = plan.acts.flatMap((act, index) => drawAct(plan, { act, index, random }))
  return records.toSorted((a, b) => a.atMs - b.atMs)
}

type Drawing = { readonly act: Act; readonly index: number; readonly random: Random }

const drawAct = (plan: Plan, drawing: Drawing): readonly Appended[] => {
  const { act, index, random } = drawing
  const records: Appended[] = []
  for (let number = 0; number < act.subjects; number++) {
    const isCall = random() < 0.6
    const id = `${isCall ? 'call' : 'ticket'}-${index}-${number}`
    const subject = { tenantId: drawOne(random, tenantIds), [isCall ? 'callId' : 'ticketId']: id }
    let atMs = act.fromMs + Math.floor(random() * act.lastsMs * 0.8)
    for (const [place, body] of (isCall ? callLives : ticketLives)(random).entries()) {
      const event = { ...body, ...subject, eventId: `e-${place}` }
      records.push(...appendings(plan, { event, atMs, act, random }))
      atMs += random() < 0.3 ? drawOne(random, stepsMs) : Math.floor(random() * 30 * second)
    }
  }
  return [...records, ...drawBroken(plan, drawing)]
}

type Told = {
  readonly event: object
  readonly atMs: number
  readonly act: Act
  readonly random: Random
}

/** The event as it is told: once or twice, at once or later, now and then otherwise, or taken back. */
const appendings = (plan: Plan, { event, atMs, act, random }: Told): readonly Appended[] => {
  const occurredAt = occurredAtOf(plan, atMs) + deviationMs(plan, random)
  const told = { ...event, occurredAt } as Event
  // After a leap nothing of before it is told.
  const lastMs = plan.leapMs > 0 ? act.fromMs + act.lastsMs - 1 : Number.POSITIVE_INFINITY
  const laterMs = Math.min(lastMs, atMs + Math.floor(random() * 40 * second))
  const records = [appended(told, Math.min(lastMs, atMs + Math.floor(random() * 3 * second)))]
  const roll = random()
  if (roll < 0.08) records.push(appended(told, laterMs))
  else if (roll < 0.11) records.push(appended({ ...told, occurredAt: occurredAt + 1 } as Event, laterMs))
  else if (roll < 0.14) records.push(appended(retractionOf(told, occurredAt), laterMs))
  return records
}

/** Event time runs faster than the clock while anything happens; the quiet lasts as long as it does. */
const occurredAtOf = ({ acts, stretch, leapMs }: Plan, atMs: number): number => {
  const busyMs = acts.reduce(
    (sum, { fromMs, lastsMs }) => sum + Math.min(lastsMs, Math.max(0, atMs - fromMs)),
    0,
  )
  const leaps = acts.filter(({ fromMs }, index) => index > 0 && atMs >= fromMs).length
  return Math.floor(atMs + busyMs * (stretch - 1) + leaps * leapMs)
}

/** Mostly none; now and then far too late, a little late, or from a clock that goes wrong. */
const deviationMs = ({ latenessMs, source }: Plan, random: Random): number => {
  const roll = random()
  if (roll < 0.05) return -Math.floor(random() * 2 * latenessMs)
  if (roll < 0.12) return -Math.floor(random() * 20 * second)
  if (roll < 0.15 && source === 'clock') return Math.floor(random() * 90 * second)
  return 0
}

const retractionOf = (event: Event, occurredAt: number): Event => {
  const { callId, ticketId } = event as { readonly callId?: string; readonly ticketId?: string }
  return {
    type: 'event.retracted',
    tenantId: event.tenantId,
    ...(callId === undefined ? { ticketId } : { callId }),
    eventId: `not-${event.eventId}`,
    retracts: event.eventId,
    occurredAt,
  } as unknown as Event
}

const appended = (event: Event, atMs: number): Appended => {
  const own = event as { readonly callId?: string }
  const topic = topicOfType(event.type) ?? (own.callId === undefined ? 'ticket' : 'call-queue')
  return { atMs, topic, key: kafkaKeyOf(event), value: JSON.stringify(event) }
}

/** Records that are no events, and one that lies where it should not. */
const drawBroken = (plan: Plan, { act, index, random }: Drawing): readonly Appended[] => {
  const broken: Appended[] = []
  const atMs = () => act.fromMs + Math.floor(random() * act.lastsMs)
  if (random() < 0.4) broken.push({ atMs: atMs(), topic: 'ticket', key: 'no-event', value: '{' })
  if (random() < 0.3 && plan.partitions > 1) {
    const at = atMs()
    const callId = `lost-${index}`
    const event = { type: 'call.queued', tenantId: 'acme', callId, eventId: 'e', queueId: 'sales' }
    const value = JSON.stringify({ ...event, occurredAt: occurredAtOf(plan, at) })
    broken.push({
      atMs: at,
      topic: 'call-queue',
      key: callId,
      value,
      partition: drawInteger(random, plan.partitions),
    })
  }
  return broken
}
