import type { FeedMarks } from './wire.ts'

type Mark = { readonly atMs: number; readonly movedAtMs: number }

/** What a record says about the processor's progress; a heartbeat says only this. */
export type RecordTimes = {
  readonly asOfMs: number | null
  readonly watermarkMs: number | null
  readonly emittedAtMs: number | null
}

export type ProgressMarks = {
  /** Takes in a record that arrived at `nowMs`. */
  note(times: RecordTimes, nowMs: number): void
  read(nowMs: number): FeedMarks
}

/** Records of a processor that died long ago must not look alive when they are read from a compacted topic. */
const emittedSkewMs = 60_000

/**
 * Follows the greatest as-of and watermark over all records. As-of goes back only when Redis loses its tail: a lower one
 * is believed once nothing has moved for `believeLowerAfterMs`.
 */
export function createProgressMarks(options: {
  readonly demo: boolean
  readonly believeLowerAfterMs: number
}): ProgressMarks {
  let recordAtMs: number | null = null
  let asOf: Mark | null = null
  let watermark: Mark | null = null
  return {
    note(times, nowMs) {
      const arrivedAtMs = arrivalOf(times, nowMs, options.demo)
      recordAtMs = recordAtMs === null ? arrivedAtMs : Math.max(recordAtMs, arrivedAtMs)
      asOf = moveMark(asOf, times.asOfMs, { arrivedAtMs, ...options })
      watermark = moveMark(watermark, times.watermarkMs, { arrivedAtMs, ...options })
    },
    read: (nowMs) => ({
      serverAtMs: nowMs,
      recordAtMs,
      asOfMs: asOf?.atMs ?? null,
      asOfMovedAtMs: asOf?.movedAtMs ?? null,
      watermarkMs: watermark?.atMs ?? null,
      watermarkMovedAtMs: watermark?.movedAtMs ?? null,
    }),
  }
}

function arrivalOf(times: RecordTimes, nowMs: number, demo: boolean): number {
  if (demo || times.emittedAtMs === null || nowMs - times.emittedAtMs <= emittedSkewMs) return nowMs
  return times.emittedAtMs
}

type Move = { readonly arrivedAtMs: number; readonly believeLowerAfterMs: number }

function moveMark(mark: Mark | null, atMs: number | null, move: Move): Mark | null {
  if (atMs === null) return mark
  if (mark === null) return { atMs, movedAtMs: move.arrivedAtMs }
  const isBelieved = atMs > mark.atMs || move.arrivedAtMs - mark.movedAtMs > move.believeLowerAfterMs
  if (atMs === mark.atMs || !isBelieved) return mark
  return { atMs, movedAtMs: Math.max(mark.movedAtMs, move.arrivedAtMs) }
}
