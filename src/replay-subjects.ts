import type { Shard } from './core/shard.ts'
import { readExpiry } from './core/subject-reader.ts'
import { createPackedSubjects } from './packed-subjects.ts'

export type ReplaySubjectLimits = {
  /**
   * Subjects kept in memory decoded, and packed: past the second number ended ones are forgotten. None is packed before
   * `unpackedEvents` times as many events as may live are filed: a short history costs no packing, a long one no memory.
   */
  readonly liveSubjectsMax: number
  readonly packedSubjectsMax: number
}

/** Where a replay keeps its subjects: those lately heard of in the engine, the others packed. */
export type ReplaySubjects = {
  /** Brings the subject back where it is packed. */
  load(key: string): void
  /** Packs what was longest unused, and forgets what nothing can join any more. No event may wait in a subject. */
  settle(filed: { readonly eventCount: number }): void
  /** So many events may be filed before the next `settle`. */
  readonly eventsAtOnce: () => number
}

const unpackedEvents = 16
const unpackedAtOnce = 4

export const createReplaySubjects = (
  engine: Shard,
  { latenessMs, liveSubjectsMax, packedSubjectsMax }: ReplaySubjectLimits & { readonly latenessMs: number },
): ReplaySubjects => {
  const packed = createPackedSubjects()
  let unpackedLeft = liveSubjectsMax * unpackedEvents
  let packedMax = packedSubjectsMax
  /** Where few could be dropped, asks again after a quarter more. */
  const forget = (): void => {
    const horizonMs = engine.asOfMs() - latenessMs
    packed.drop((bytes) => readExpiry(bytes) < horizonMs)
    packedMax = Math.max(packedSubjectsMax, packed.size() * 1.25)
  }
  return {
    eventsAtOnce: () => liveSubjectsMax * (unpackedLeft > 0 ? unpackedAtOnce : 1),
    load: (key) => {
      if (!engine.isMissing(key)) return
      const bytes = packed.take(key)
      if (bytes) engine.loadSubject(key, bytes)
    },
    settle: ({ eventCount }) => {
      unpackedLeft -= eventCount
      if (unpackedLeft > 0) return
      engine.evictSubjects(liveSubjectsMax, packed.put)
      if (packed.size() > packedMax) forget()
    },
  }
}
