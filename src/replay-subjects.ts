import type { Shard } from './core/shard.ts'
import { readExpiry } from './core/subject-codec.ts'
import { createPackedSubjects } from './packed-subjects.ts'

export type ReplaySubjectLimits = {
  /**
   * Subjects kept in memory decoded, and packed: past the second number ended ones are forgotten. None is packed before
   * `unpackedShare` times the first number lives: a short history costs no packing, a long one no memory.
   */
  readonly liveSubjectsMax: number
  readonly packedSubjectsMax: number
}

/** Where a replay keeps its subjects: those lately heard of in the engine, the others packed. */
export type ReplaySubjects = {
  /** Brings the subject back where it is packed. */
  load(key: string): void
  /** Packs what was longest unused, and forgets what nothing can join any more. No event may wait in a subject. */
  settle(): void
  /** So many may live. */
  readonly liveMax: () => number
}

const unpackedShare = 4

export const createReplaySubjects = (
  engine: Shard,
  { latenessMs, ...limits }: ReplaySubjectLimits & { readonly latenessMs: number },
): ReplaySubjects => {
  const packed = createPackedSubjects()
  let liveMax = limits.liveSubjectsMax * unpackedShare
  let packedMax = limits.packedSubjectsMax
  /** Where few could be dropped, asks again after a quarter more. */
  const forget = (): void => {
    const horizonMs = engine.asOfMs() - latenessMs
    packed.drop((bytes) => readExpiry(bytes) < horizonMs)
    packedMax = Math.max(limits.packedSubjectsMax, packed.size() * 1.25)
  }
  return {
    liveMax: () => liveMax,
    load: (key) => {
      if (!engine.isMissing(key)) return
      const bytes = packed.take(key)
      if (bytes) engine.loadSubject(key, bytes)
    },
    settle: () => {
      if (engine.subjectCount() > liveMax) liveMax = limits.liveSubjectsMax
      engine.evictSubjects(liveMax, packed.put)
      if (packed.size() > packedMax) forget()
    },
  }
}
