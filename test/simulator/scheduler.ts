import { createHash } from 'node:crypto'

/** One virtual clock and everything that is to happen on it. Nothing here reads the time of the host. */
export type Scheduler = {
  /** Epoch ms. */
  readonly now: () => number
  /** Runs `act` so much later; returns what takes it back. Of things due at one instant any may come first. */
  after(delayMs: number, act: () => void): () => void
  sleep(delayMs: number): Promise<void>
  /** Lets everything happen up to an instant, where the clock then stands. */
  runUntil(atMs: number): Promise<void>
  /** Notes what happened: one line of the history, of which `fingerprint` is the hash. */
  note(what: string): void
  fingerprint(): string
  readonly trace: readonly string[]
  readonly stepCount: () => number
}

type Item = { readonly atMs: number; readonly rank: number; readonly act: () => void; isGone: boolean }

export type SchedulerOptions = {
  readonly startMs: number
  readonly random: () => number
  /** Keep the lines, not only their hash. */
  readonly keepsTrace: boolean
}

export const createScheduler = ({ startMs, random, keepsTrace }: SchedulerOptions): Scheduler => {
  const heap: Item[] = []
  const hash = createHash('sha256')
  const trace: string[] = []
  let nowMs = startMs
  let steps = 0
  const after = (delayMs: number, act: () => void) => {
    const item: Item = { atMs: Math.round(nowMs + Math.max(0, delayMs)), rank: random(), act, isGone: false }
    push(heap, item)
    return () => {
      item.isGone = true
    }
  }
  return {
    now: () => nowMs,
    after,
    sleep: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
    runUntil: async (untilMs) => {
      for (let first = heap[0]; first && first.atMs <= untilMs; first = heap[0]) {
        const item = pop(heap)
        if (item.isGone) continue
        nowMs = item.atMs
        steps++
        item.act()
        await drainMicrotasks()
      }
      nowMs = Math.max(nowMs, untilMs)
      await takeTurn()
    },
    note: (what) => {
      const line = `${new Date(nowMs).toISOString().slice(8, 23)} ${what}`
      hash.update(line)
      if (keepsTrace) trace.push(line)
    },
    fingerprint: () => hash.copy().digest('hex'),
    trace,
    stepCount: () => steps,
  }
}

/**
 * All that the step set going has come to wait for another one: the product itself waits on promises alone, and a tick comes
 * when no promise has anything left to do. Cheaper by far than a turn of the event loop.
 */
const drainMicrotasks = (): Promise<void> => new Promise((resolve) => void process.nextTick(resolve))

/** Signals and reports get through between two stretches. */
const takeTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

const isBefore = (a: Item, b: Item): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank)

const push = (heap: Item[], item: Item): void => {
  let index = heap.length
  while (index > 0) {
    const parent = (index - 1) >> 1
    const above = heap[parent] as Item
    if (!isBefore(item, above)) break
    heap[index] = above
    index = parent
  }
  heap[index] = item
}

const pop = (heap: Item[]): Item => {
  const first = heap[0] as Item
  const last = heap.pop() as Item
  if (heap.length === 0) return first
  let index = 0
  for (let child = 1; child < heap.length; child = 2 * index + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Item, heap[child] as Item)) child++
    const below = heap[child] as Item
    if (!isBefore(below, last)) break
    heap[index] = below
    index = child
  }
  heap[index] = last
  return first
}
