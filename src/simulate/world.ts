import type { Event } from '../core/events.ts'
import { type Agenda, createAgenda, scheduleAfter } from './agenda.ts'
import { addOfficeTime, type CurveKind, HALF_HOUR_MS, surpriseLoad, weeklyLoad } from './curve.ts'
import type { Profile, QueueRow } from './profiles.ts'
import {
  createRandom,
  drawExponential,
  drawInteger,
  drawWeighted,
  hashText,
  hashToUnit,
  type Random,
  type Weighted,
} from './random.ts'

type DimensionName = 'queueId' | 'channel' | 'teamId' | 'agentId' | 'priority' | 'category' | 'customerId'
/** The dimensions of a subject as they are now. */
export type Dimensions = { [D in DimensionName]?: string }

/** What an event says beside who and when. */
export type EventBody = Event extends infer E
  ? E extends Event
    ? Omit<E, 'eventId' | 'occurredAt' | 'tenantId'>
    : never
  : never

/** A call, ticket, conversation, agent or customer while it makes events. */
export type Subject = {
  readonly id: string
  readonly dimensions: Dimensions
  eventCount: number
  /** Whether it is still going on; decides if a past before the start is told. */
  isOpen: boolean
  /** What it did before the start; undefined for subjects that began later. */
  history: Event[] | undefined
}

/** The one mutable state of a simulation. */
export type World = {
  readonly seed: number
  readonly profile: Profile
  readonly agenda: Agenda
  readonly random: Random
  readonly startAtMs: number
  readonly zoneOffsetMs: number
  /** Part of every id, so that simulations of another seed or start share none. */
  readonly idStamp: string
  readonly customerCount: number
  readonly ticketWeights: Weighted<QueueRow>
  lastNumber: number
  lastAgent: number
  /** The letter triaged last: what a second one is merged into. */
  lastLetterId: string
  /** Subjects that began before the start. */
  early: Subject[]
  /** Events made and not yet taken, in order of time. */
  made: Event[]
}

export type WorldOptions = {
  readonly seed: number
  readonly profile: Profile
  readonly eventsPerSecond: number
  readonly startAtMs: number
  readonly warmUpMs: number
  readonly zoneOffsetMs: number
}

export function createWorld(options: WorldOptions): World {
  const { seed, profile, startAtMs, zoneOffsetMs } = options
  const beganAtMs = startAtMs - options.warmUpMs
  const stamp = Math.floor(hashToUnit(seed, beganAtMs) * 36 ** 4)
  return {
    seed,
    profile,
    agenda: createAgenda(beganAtMs),
    random: createRandom(seed, 'world'),
    startAtMs,
    zoneOffsetMs,
    idStamp: stamp.toString(36).padStart(4, '0'),
    customerCount: Math.ceil(options.eventsPerSecond * 40_000) + 500,
    ticketWeights: profile.queues.map((row) => [row, row.ticketWeight] as const),
    lastNumber: 0,
    lastAgent: 0,
    lastLetterId: '',
    early: [],
    made: [],
  }
}

/** Ids are short and never come twice: a letter for the kind, the simulation's stamp, a number. */
export function nextId(world: World, letter: string): string {
  world.lastNumber++
  return `${letter}${world.idStamp}-${world.lastNumber.toString(36)}`
}

export function createSubject(world: World, id: string, dimensions: Dimensions): Subject {
  const subject: Subject = { id, dimensions, eventCount: 0, isOpen: true, history: undefined }
  if (world.agenda.nowMs < world.startAtMs) {
    subject.history = []
    world.early.push(subject)
  }
  return subject
}

/**
 * Makes an event of the subject at this instant, with the subject's dimensions. Before the start it only becomes history;
 * a subject that was over by the start stays silent after it, so that none is seen without its beginning.
 */
export function recordEvent(world: World, subject: Subject, body: EventBody): void {
  if (subject.history === undefined) world.made.push(stampEvent(world, subject, body))
  else recordHistory(world, subject, body)
}

/** Tells the past of all that is still going on at the start, in order of time. */
export function tellHistory(world: World): void {
  const open = world.early.filter((subject) => subject.isOpen)
  const told = open.flatMap((subject) => subject.history ?? [])
  for (const subject of open) subject.history = undefined
  world.early = []
  world.made.push(...told.sort((a, b) => a.occurredAt - b.occurredAt))
}

/** Queues the next step of a subject's life. */
export function after(world: World, delayMs: number, step: () => void): void {
  scheduleAfter(world.agenda, delayMs, step)
}

/** The same, with a delay that passes in office hours only. */
export function afterOfficeTime(world: World, workMs: number, step: () => void): void {
  const localMs = world.agenda.nowMs + world.zoneOffsetMs
  after(world, addOfficeTime(localMs, workMs) - localMs, step)
}

export type Arrivals = { readonly curve: CurveKind; readonly perSecond: number; readonly name: string }

/**
 * Poisson arrivals whose rate follows the week and its surprises, `perSecond` on the mean of a week. The rate is constant
 * within a half hour; a gap that reaches over its end is drawn anew there, which an exponential gap allows.
 */
export function startArrivals(world: World, arrivals: Arrivals, arrive: () => void): void {
  if (arrivals.perSecond <= 0) return
  const stream = hashText(arrivals.name)
  const step = (): void => {
    arrive()
    after(world, nextGapMs(world, arrivals, stream), step)
  }
  after(world, nextGapMs(world, arrivals, stream), step)
}

/** The load of the queue at an instant as a multiple of its mean, without and with what nobody forecast. */
export function loadAt(world: World, curve: CurveKind, atMs: number): number {
  return weeklyLoad(curve, atMs + world.zoneOffsetMs)
}

export function drawChance(world: World, share: number): boolean {
  return world.random() < share
}

/** Some customers write and call often: a third of the contacts come from a tenth of them. */
export function drawCustomer(world: World): string {
  const isFrequent = drawChance(world, 0.26)
  const number = drawInteger(world.random, isFrequent ? world.customerCount / 10 : world.customerCount)
  return `cust-${number + 1}`
}

export function drawTicketQueue(world: World): QueueRow {
  return drawWeighted(world.random, world.ticketWeights)
}

function nextGapMs(world: World, { curve, perSecond }: Arrivals, stream: number): number {
  const { nowMs } = world.agenda
  let atMs = nowMs
  for (;;) {
    const load = loadAt(world, curve, atMs) * surpriseLoad(world.seed, atMs + world.zoneOffsetMs, stream)
    const gapMs = drawExponential(world.random, 1000 / (perSecond * load))
    const endsAtMs = (Math.floor(atMs / HALF_HOUR_MS) + 1) * HALF_HOUR_MS
    if (atMs + gapMs < endsAtMs) return atMs + gapMs - nowMs
    atMs = endsAtMs
  }
}

function recordHistory(world: World, subject: Subject, body: EventBody): void {
  if (world.agenda.nowMs >= world.startAtMs) return
  if (body.type === 'agent.state_changed') subject.history = []
  subject.history?.push(stampEvent(world, subject, body))
}

function stampEvent(world: World, subject: Subject, body: EventBody): Event {
  subject.eventCount++
  return {
    eventId: `${subject.id}.${subject.eventCount}`,
    occurredAt: world.agenda.nowMs,
    tenantId: 'default',
    ...subject.dimensions,
    ...body,
  } as Event
}
