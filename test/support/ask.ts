import type { Event } from '../../src/core/events.ts'
import type { Rules } from '../../src/core/rules.ts'
import type { Snapshot } from '../../src/core/snapshot.ts'
import { createDriver } from './driver.ts'
import { makeEvent } from './oracle/make-event.ts'

/** A Monday. */
export const startMs = Date.parse('2026-03-02T10:00:00Z')
export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

export type Own = Readonly<Record<string, unknown>>
/** An event so long after the start, of the call or ticket of that name unless told otherwise. */
export const at = (type: Event['type'], afterMs: number, own: Own = {}) =>
  makeEvent(type, startMs + afterMs, own)

/** A message to the ticket of that name unless told otherwise; an agent's is Anna's. */
export const says = (author: string, afterMs: number, own: Own = {}): Event =>
  at('message.sent', afterMs, { author, ...(author === 'agent' ? { agentId: 'anna' } : {}), ...own })

type Asked = {
  readonly rules?: Rules
  readonly scope?: Readonly<Record<string, string>>
  readonly window?: string
  readonly afterMs?: number
  /** The closed calendar window that holds what lies so long after the start, in place of the current one. */
  readonly containingMs?: number
}

const setsOf = (scope: Readonly<Record<string, string>>) => [[], ['queueId'], Object.keys(scope)]

/** The snapshot of a scope and window after these events, as-of so long after the start. */
export const askSnapshot = (
  events: readonly Event[],
  { rules, scope = {}, window = 'total', afterMs = day, containingMs }: Asked = {},
): Snapshot => {
  const driver = createDriver({ ...(rules ? { rules } : {}), sets: setsOf(scope) })
  driver.feed(events)
  driver.advanceTo(startMs + afterMs)
  const wanted = containingMs === undefined ? {} : { containing: startMs + containingMs }
  return driver.snapshot(scope, window, wanted)
}

/** Its metrics. */
export const ask = (events: readonly Event[], asked: Asked = {}) => askSnapshot(events, asked).metrics

let calls = 0

/** The id of the latest call made by `visit`. */
export const lastCallId = (): string => `call-${calls}`

/** A call of its own, out of the queue after so long. */
export const visit = (outcome: Event['type'] | undefined, waitMs = 0, own: Own = {}): Event[] => {
  calls += 1
  const callId = `call-${calls}`
  const queued = at('call.queued', 0, { callId, ...own })
  const reason = outcome === 'call.diverted' ? { reason: 'timeout' } : {}
  return outcome ? [queued, at(outcome, waitMs, { callId, ...reason, ...own })] : [queued]
}

/** The same so many times, each made anew. */
export const times = (count: number, make: () => readonly Event[]): Event[] =>
  Array.from({ length: count }, make).flat()
