/**
 * What is still to happen, in order of time: a four-ary heap. Actions may add others, never before `nowMs`.
 * Its size is the number of things in progress (waiting callers, open tickets), not the number of events made.
 */
export type Agenda = {
  /** The instant of the action that runs now, epoch ms. */
  nowMs: number
  readonly instants: number[]
  readonly actions: Action[]
}

type Action = () => void

export function createAgenda(startAtMs: number): Agenda {
  return { nowMs: startAtMs, instants: [], actions: [] }
}

/** Delays are rounded to whole ms and are at least 1, so that cause stands before effect. */
export function scheduleAfter(agenda: Agenda, delayMs: number, action: Action): void {
  scheduleAt(agenda, agenda.nowMs + Math.max(1, Math.round(delayMs)), action)
}

export function scheduleAt(agenda: Agenda, atMs: number, action: Action): void {
  const { instants, actions } = agenda
  let place = instants.length
  instants.push(atMs)
  actions.push(action)
  while (place > 0) {
    const parent = (place - 1) >> 2
    const parentAt = instants[parent] as number
    if (parentAt <= atMs) break
    instants[place] = parentAt
    actions[place] = actions[parent] as Action
    place = parent
  }
  instants[place] = atMs
  actions[place] = action
}

/** The instant of the next action; Infinity when there is none. */
export function nextInstant(agenda: Agenda): number {
  return agenda.instants[0] ?? Number.POSITIVE_INFINITY
}

export function runNext(agenda: Agenda): void {
  const action = agenda.actions[0]
  if (action === undefined) return
  agenda.nowMs = agenda.instants[0] as number
  removeFirst(agenda)
  action()
}

function removeFirst({ instants, actions }: Agenda): void {
  const lastAt = instants.pop() as number
  const last = actions.pop() as Action
  const size = instants.length
  if (size === 0) return
  let place = 0
  for (;;) {
    const child = leastChild(instants, place)
    if (child === -1 || (instants[child] as number) >= lastAt) break
    instants[place] = instants[child] as number
    actions[place] = actions[child] as Action
    place = child
  }
  instants[place] = lastAt
  actions[place] = last
}

function leastChild(instants: readonly number[], place: number): number {
  const first = place * 4 + 1
  const end = Math.min(first + 4, instants.length)
  let least = -1
  let leastAt = Number.POSITIVE_INFINITY
  for (let child = first; child < end; child++) {
    const at = instants[child] as number
    if (at < leastAt) {
      least = child
      leastAt = at
    }
  }
  return least
}
