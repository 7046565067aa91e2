import { setTimeout } from 'node:timers/promises'
import { type Event, topicOfType } from '../../src/core/events.ts'
import { FloorwatchError } from '../../src/errors.ts'
import { createSimulation, type SimulationOptions } from '../../src/simulate/simulation.ts'
import { inputTopics } from '../../src/topic-names.ts'

/** Events of a simulated centre that lie on input topics, in order of delivery. The same seed gives the same. */
export const simulateEvents = (options: Partial<SimulationOptions> & { readonly seed: number }): Event[] => {
  const simulation = createSimulation({
    profile: 'default',
    eventsPerSecond: 2,
    startAtMs: Date.UTC(2026, 2, 3, 8),
    ...options,
  })
  return [...simulation.batches()]
    .flat()
    .flatMap((item) => ('event' in item ? [item.event] : []))
    .filter(({ type }) => inputTopics.some((topic) => topic === topicOfType(type)))
}

/** A producer that goes on whatever happens elsewhere. */
export type Feeder = {
  readonly fedCount: () => number
  /** Resolves when so many have been fed. */
  reach(count: number): Promise<void>
  /** Resolves when all have been fed. */
  readonly done: Promise<void>
  /** Feeds no more; resolves with all that has been fed. */
  stop(): Promise<readonly Event[]>
}

export type Feeding = {
  readonly events: readonly Event[]
  readonly perSecond: number
  readonly feed: (events: readonly Event[]) => Promise<void>
}

const stepMs = 100
const attemptsMax = 60

/** As a producer does that may send twice but never leaves out: what was sent twice is a duplicate of itself. */
const feedSurely = async (feed: Feeding['feed'], events: readonly Event[]): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await feed(events)
    } catch (error) {
      if (!(error instanceof FloorwatchError && error.retriable) || attempt === attemptsMax) throw error
      await setTimeout(stepMs)
    }
  }
}

/** Feeds in order, at a steady rate. */
export const startFeeder = ({ events, perSecond, feed }: Feeding): Feeder => {
  let fed = 0
  let isStopped = false
  const startedMs = Date.now()
  const run = async () => {
    while (fed < events.length && !isStopped) {
      const due = Math.min(events.length, Math.ceil(((Date.now() - startedMs) / 1_000) * perSecond))
      if (due > fed) await feedSurely(feed, events.slice(fed, due))
      fed = Math.max(fed, due)
      await setTimeout(stepMs)
    }
  }
  const done = run()
  done.catch(() => undefined)
  return {
    fedCount: () => fed,
    reach: async (count) => {
      while (fed < Math.min(count, events.length) && !isStopped)
        await Promise.race([done, setTimeout(stepMs)])
    },
    done,
    stop: async () => {
      isStopped = true
      await done
      return events.slice(0, fed)
    },
  }
}
