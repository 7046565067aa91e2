import { nextInstant, runNext } from './agenda.ts'
import { startBusiness } from './business.ts'
import { startCalls } from './calls.ts'
import { startChats, startConversations } from './chats.ts'
import { createDeliveries, type SimulatedItem } from './deliveries.ts'
import { startLetters } from './letters.ts'
import { formatEvent } from './ndjson.ts'
import { eventsPerContact, type Profile, type ProfileName, profiles } from './profiles.ts'
import { createWorld, tellHistory, type World } from './world.ts'

export type { SimulatedItem } from './deliveries.ts'
export type { ProfileName } from './profiles.ts'

export type SimulationOptions = {
  /** The same seed and options give the same items. */
  readonly seed: number
  readonly profile: ProfileName
  /** Mean over a week of simulated time, faults not counted; the daily curve goes round it. */
  readonly eventsPerSecond: number
  /** Epoch ms. */
  readonly startAtMs: number
  /** Ends after so much simulated time … */
  readonly durationMs?: number
  /** … or after so many events, duplicates and bad lines not counted. Without either it never ends. */
  readonly events?: number
  /**
   * Lets the centre run unseen before the start; then what still goes on (calls waiting and talking, open tickets, agents
   * on duty) is told from its beginning, dated before the start. What was over by then stays unseen. 0 by default: it begins empty.
   */
  readonly warmUpMs?: number
  /** The centre's own clock is ahead of UTC by so much: moves the daily curve. 0 by default. */
  readonly zoneOffsetMs?: number
  /** Shares of the events, 0…1, 0 by default: delivered late (seconds, minutes, a few hours), delivered again, followed by a bad line. */
  readonly lateShare?: number
  /** No delay of late ones is longer. */
  readonly lateMaxMs?: number
  readonly duplicateShare?: number
  readonly poisonShare?: number
}

export type Simulation = {
  /**
   * Items delivered before the instant and not yet taken, in order of delivery. Without late events and duplicates that is
   * the order of time. What is late at the end comes with `takeUntil(Infinity)`.
   */
  takeUntil(timeMs: number): readonly SimulatedItem[]
  /** All that is left, made as it is asked for, in batches of about a thousand. */
  batches(): Generator<readonly SimulatedItem[]>
}

const batchItems = 1000

/** A contact centre that makes events: pure, seeded, in memory that grows with what goes on, not with what has been. */
export function createSimulation(options: SimulationOptions): Simulation {
  const world = openCentre(options)
  const deliveries = createDeliveries({
    seed: options.seed,
    lateShare: options.lateShare ?? 0,
    lateMaxMs: options.lateMaxMs ?? Number.POSITIVE_INFINITY,
    duplicateShare: options.duplicateShare ?? 0,
    poisonShare: options.poisonShare ?? 0,
  })
  const endAtMs = options.startAtMs + (options.durationMs ?? Number.POSITIVE_INFINITY)
  let left = options.events ?? Number.POSITIVE_INFINITY

  const moveMade = (): void => {
    for (const event of world.made) {
      if (left <= 0) break
      left--
      deliveries.accept(event)
    }
    world.made.length = 0
  }
  /** False when nothing is left to happen before the instant. */
  const step = (toMs: number): boolean => {
    const atMs = nextInstant(world.agenda)
    if (left <= 0 || atMs >= endAtMs || atMs >= toMs) return false
    if (atMs >= options.startAtMs && world.early.length > 0) tellHistory(world)
    runNext(world.agenda)
    if (world.made.length > 0) moveMade()
    return true
  }
  const takeUntil = (timeMs: number): readonly SimulatedItem[] => {
    moveMade()
    while (step(timeMs));
    deliveries.advance(timeMs)
    return deliveries.take()
  }
  function* batches(): Generator<readonly SimulatedItem[]> {
    moveMade()
    while (step(Number.POSITIVE_INFINITY)) if (deliveries.count >= batchItems) yield deliveries.take()
    deliveries.advance(Number.POSITIVE_INFINITY)
    if (deliveries.count > 0) yield deliveries.take()
  }
  return { takeUntil, batches }
}

/** The item's line, without the line's end. */
export function formatNdjson(item: SimulatedItem): string {
  return 'raw' in item ? item.raw : formatEvent(item.event)
}

function openCentre(options: SimulationOptions): World {
  const { eventsPerSecond } = options
  const profile: Profile = profiles[options.profile]
  const world = createWorld({
    seed: options.seed,
    profile,
    eventsPerSecond,
    startAtMs: options.startAtMs,
    warmUpMs: options.warmUpMs ?? 0,
    zoneOffsetMs: options.zoneOffsetMs ?? 0,
  })
  const { eventShares } = profile
  startCalls(world, eventsPerSecond)
  startLetters(world, (eventsPerSecond * eventShares.letter) / eventsPerContact.letter)
  startChats(world, (eventsPerSecond * eventShares.chat) / eventsPerContact.chat)
  startConversations(world, (eventsPerSecond * eventShares.conversation) / eventsPerContact.conversation)
  startBusiness(world, (eventsPerSecond * eventShares.business) / eventsPerContact.business)
  return world
}
