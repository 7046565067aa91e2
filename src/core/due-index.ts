/**
 * The next due instant of each subject, one entry a subject. Entries lie in buckets of a minute; a bucket is looked
 * through when as-of reaches it.
 */
export type DueIndex = {
  /** `Infinity` takes the subject out. */
  set(subjectKey: string, dueMs: number): void
  /** Takes the subjects due before `toMs`: about `limit` of them, whole minutes, up to the instant then reached. */
  takeBefore(toMs: number, limit: number): DueStep
  readonly size: () => number
}

/** `keys` sorted by (instant, key); nothing else is due before `reachedMs`. */
export type DueStep = { readonly keys: readonly string[]; readonly reachedMs: number }

const bucketMs = 60_000

/** A subject's next due instant, and where it stands in the bucket of that. Mutable. */
type DueEntry = { readonly key: string; dueMs: number; place: number }

const bucketOf = (dueMs: number): number => Math.floor(dueMs / bucketMs)

export const createDueIndex = (): DueIndex => {
  const entries = new Map<string, DueEntry>()
  /** Undefined: all that lay in it was moved. Where tickets are told of every minute, each leaves such a one behind, a year ahead. */
  const buckets = new Map<number, DueEntry[] | undefined>()
  const order = createMinHeap()
  const put = (entry: DueEntry) => {
    const bucket = bucketOf(entry.dueMs)
    const held = buckets.get(bucket)
    if (!held && !buckets.has(bucket)) order.push(bucket)
    if (held) entry.place = held.push(entry) - 1
    else {
      buckets.set(bucket, [entry])
      entry.place = 0
    }
  }
  const takeOut = (entry: DueEntry) => {
    const bucket = bucketOf(entry.dueMs)
    const held = buckets.get(bucket) ?? []
    dropFrom(held, entry)
    if (held.length === 0) buckets.set(bucket, undefined)
  }
  return {
    size: () => entries.size,
    set: (key, dueMs) => {
      const isDue = dueMs < Number.POSITIVE_INFINITY
      const entry = entries.get(key)
      if (!entry) {
        if (!isDue) return
        const made = { key, dueMs, place: 0 }
        entries.set(key, made)
        put(made)
        return
      }
      if (isDue && bucketOf(dueMs) === bucketOf(entry.dueMs)) {
        entry.dueMs = dueMs
        return
      }
      takeOut(entry)
      entry.dueMs = dueMs
      if (isDue) put(entry)
      else entries.delete(key)
    },
    takeBefore: (toMs, limit) => {
      const taken: DueEntry[] = []
      let reachedMs = toMs
      for (let bucket = order.peek(); bucket !== undefined; bucket = order.peek()) {
        if (bucket * bucketMs >= toMs) break
        if (taken.length >= limit) {
          reachedMs = bucket * bucketMs
          break
        }
        const held = buckets.get(bucket) ?? []
        const known = taken.length
        takeDueOf(held, toMs, taken)
        for (let place = known; place < taken.length; place++) entries.delete(taken[place]?.key as string)
        if (held.length > 0) break
        order.pop()
        buckets.delete(bucket)
      }
      taken.sort((a, b) => a.dueMs - b.dueMs || (a.key < b.key ? -1 : 1))
      return { keys: taken.map(({ key }) => key), reachedMs }
    },
  }
}

/** Moves what is due before `toMs` from the one to the other. */
const takeDueOf = (held: DueEntry[], toMs: number, taken: DueEntry[]): void => {
  let kept = 0
  for (const entry of held) {
    if (entry.dueMs < toMs) taken.push(entry)
    else {
      entry.place = kept
      held[kept++] = entry
    }
  }
  held.length = kept
}

/** The last takes its place. */
const dropFrom = (held: DueEntry[], entry: DueEntry): void => {
  const last = held.pop() as DueEntry
  if (last === entry) return
  held[entry.place] = last
  last.place = entry.place
}

type MinHeap = { push(value: number): void; pop(): void; peek(): number | undefined }

const createMinHeap = (): MinHeap => {
  const values: number[] = []
  const swap = (a: number, b: number) => {
    const held = values[a] as number
    values[a] = values[b] as number
    values[b] = held
  }
  const siftUp = (from: number) => {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if ((values[parent] as number) <= (values[at] as number)) return
      swap(at, parent)
      at = parent
    }
  }
  const siftDown = () => {
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < values.length && (values[child] as number) < (values[least] as number)) least = child
      if (least === at) return
      swap(at, least)
      at = least
    }
  }
  return {
    peek: () => values[0],
    push: (value) => {
      siftUp(values.push(value) - 1)
    },
    pop: () => {
      const last = values.pop()
      if (last === undefined || values.length === 0) return
      values[0] = last
      siftDown()
    },
  }
}
