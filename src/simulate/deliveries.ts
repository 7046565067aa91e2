import { type Event, topicOfType } from '../core/events.ts'
import type { Topic } from '../core/topics.ts'
import { createAgenda, nextInstant, runNext, scheduleAt } from './agenda.ts'
import { makePoison } from './poison.ts'
import {
  createRandom,
  drawExponential,
  drawUniform,
  drawWeighted,
  type Random,
  type Weighted,
} from './random.ts'

/** What arrives: an event, or a line that is none (or one that conflicts with another), meant for a topic. */
export type SimulatedItem = { readonly event: Event } | { readonly raw: string; readonly topic: Topic }

export type Faults = {
  readonly seed: number
  /** Shares of the events, 0…1: delivered late, delivered again, followed by a bad line. */
  readonly lateShare: number
  readonly duplicateShare: number
  readonly poisonShare: number
  /** No delay of late ones is longer. */
  readonly lateMaxMs: number
}

/** Between the centre and its reader: order is lost, things come twice, some come broken. */
export type Deliveries = {
  accept(event: Event): void
  /** Delivers what is due before the instant; Infinity for all. */
  advance(toMs: number): void
  /** Takes what was delivered, in order of delivery. */
  take(): readonly SimulatedItem[]
  readonly count: number
}

const SECOND_MS = 1000
const delaysMs: Weighted<readonly [from: number, to: number]> = [
  [[1 * SECOND_MS, 30 * SECOND_MS], 70],
  [[60 * SECOND_MS, 1_200 * SECOND_MS], 26],
  [[3_600 * SECOND_MS, 28_800 * SECOND_MS], 4],
]

/** The faults have their own randomness: the events are the same ones with and without them. */
export function createDeliveries(faults: Faults): Deliveries {
  const random = createRandom(faults.seed, 'deliveries')
  const delayed = createAgenda(0)
  let delivered: SimulatedItem[] = []
  const deliverAt = (atMs: number, event: Event): void =>
    scheduleAt(delayed, atMs, () => {
      delivered.push({ event })
    })
  const advance = (toMs: number): void => {
    while (nextInstant(delayed) < toMs) runNext(delayed)
  }
  const accept = (event: Event): void => {
    advance(event.occurredAt)
    const isLate = random() < faults.lateShare
    if (isLate) deliverAt(event.occurredAt + Math.min(drawDelayMs(random), faults.lateMaxMs), event)
    else delivered.push({ event })
    if (random() < faults.duplicateShare) deliverAt(event.occurredAt + drawRepeatMs(random), event)
    if (random() < faults.poisonShare) {
      delivered.push({ raw: makePoison(random, event), topic: topicOfType(event.type) ?? 'ticket' })
    }
  }
  const take = (): readonly SimulatedItem[] => {
    const taken = delivered
    delivered = []
    return taken
  }
  return {
    accept,
    advance,
    take,
    get count() {
      return delivered.length
    },
  }
}

/** Seconds mostly, some minutes, a few hours. */
function drawDelayMs(random: Random): number {
  const [fromMs, toMs] = drawWeighted(random, delaysMs)
  return Math.round(drawUniform(random, fromMs, toMs))
}

/** A producer that retries does so soon, a replayed file hours later. */
function drawRepeatMs(random: Random): number {
  return random() < 0.8 ? Math.round(drawExponential(random, 5_000)) : drawDelayMs(random)
}
