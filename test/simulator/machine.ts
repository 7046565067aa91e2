import { createRandom } from '../../src/simulate/random.ts'
import type { Scheduler } from './scheduler.ts'

/** What runs a process: it may freeze, wake, or end at any instant. Nothing reaches it while frozen, nothing ever after its end. */
export type Machine = {
  readonly name: string
  readonly isAlive: () => boolean
  readonly isFrozen: () => boolean
  /** Lets the process go on with something; while frozen it waits, and comes in any order on waking. */
  deliver(act: () => void): void
  freeze(): void
  wake(): void
  kill(): void
  /** Called once it has ended. */
  onEnd(listener: () => void): void
}

/** A woken process turns to what waited for it within so long. */
const wakingMs = 5

export const createMachine = (name: string, scheduler: Scheduler, seed: number): Machine => {
  const random = createRandom(seed, `machine ${name}`)
  const listeners: (() => void)[] = []
  let held: (() => void)[] = []
  let isAlive = true
  let isFrozen = false
  const deliver = (act: () => void): void => {
    if (!isAlive) return
    if (isFrozen) held.push(act)
    else act()
  }
  return {
    name,
    isAlive: () => isAlive,
    isFrozen: () => isFrozen,
    deliver,
    freeze: () => {
      if (isAlive) scheduler.note(`${name} freezes`)
      isFrozen = true
    },
    wake: () => {
      if (!isFrozen) return
      if (isAlive) scheduler.note(`${name} wakes`)
      isFrozen = false
      const waiting = held
      held = []
      for (const act of waiting) scheduler.after(random() * wakingMs, () => deliver(act))
    },
    kill: () => {
      if (!isAlive) return
      scheduler.note(`${name} is killed`)
      isAlive = false
      held = []
      for (const listen of listeners) listen()
    },
    onEnd: (listener) => void listeners.push(listener),
  }
}
