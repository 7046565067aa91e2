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

const nothing = new Set<string>()

const bucketOf = (dueMs: number): number => Math.floor(dueMs / bucketMs)

export const createDueIndex = (): DueIndex => {
  const dueAt = new Map<string, number>()
  /** Undefined: all that lay in it was moved. Where tickets are told of every minute, each leaves such a one behind, a year ahead. */
  const buckets = new Map<number, Set<string> | undefined>()
  const order = createMinHeap()
  const put = (key: string, bucket: number) => {
    let keys = buckets.get(bucket)
    if (!keys) {
      if (!buckets.has(bucket)) order.push(bucket)
      keys = new Set()
      buckets.set(bucket, keys)
    }
    keys.add(key)
  }
  const takeOut = (key: string, bucket: number) => {
    const keys = buckets.get(bucket)
    if (keys?.delete(key) && keys.size === 0) buckets.set(bucket, undefined)
  }
  return {
    size: () => dueAt.size,
    set: (key, dueMs) => {
      const before = dueAt.get(key)
      if (before === dueMs) return
      const isDue = dueMs < Number.POSITIVE_INFINITY
      if (isDue) dueAt.set(key, dueMs)
      else dueAt.delete(key)
      const bucket = isDue ? bucketOf(dueMs) : undefined
      const left = before === undefined ? undefined : bucketOf(before)
      if (left === bucket) return
      if (left !== undefined) takeOut(key, left)
      if (bucket !== undefined) put(key, bucket)
    },
    takeBefore: (toMs, limit) => {
      const taken: { readonly key: string; readonly dueMs: number }[] = []
      let reachedMs = toMs
      for (let bucket = order.peek(); bucket !== undefined; bucket = order.peek()) {
        if (bucket * bucketMs >= toMs) break
        if (taken.length >= limit) {
          reachedMs = bucket * bucketMs
          break
        }
        const keys = buckets.get(bucket) ?? nothing
        for (const key of keys) {
          const dueMs = dueAt.get(key) as number
          if (dueMs >= toMs) continue
          taken.push({ key, dueMs })
          keys.delete(key)
          dueAt.delete(key)
        }
        if (keys.size > 0) break
        order.pop()
        buckets.delete(bucket)
      }
      taken.sort((a, b) => a.dueMs - b.dueMs || (a.key < b.key ? -1 : 1))
      return { keys: taken.map(({ key }) => key), reachedMs }
    },
  }
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
