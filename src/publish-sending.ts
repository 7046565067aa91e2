import { FloorwatchError } from './errors.ts'
import type { SnapshotRecord } from './ports.ts'

/** A send that goes on beside the rounds. */
export type Sending = {
  /** Resolves when it is over, however it ended. */
  readonly ended: Promise<void>
  isOver(): boolean
  /** What it failed with; undefined: it has not. */
  failure(): { readonly error: unknown } | undefined
  /** Called while it goes on: throws once no answer has come for long, which is an outage, and then a fault of the client. */
  watch(nowMs: number): void
}

const silentMs = 10_000
/** Longer than the client tries. */
const lostMs = 600_000
/** A machine that slept has not waited. */
const stepMaxMs = 1_000

export const followSending = (sent: Promise<void>, startMs: number): Sending => {
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  let watchedMs = startMs
  let waitedMs = 0
  const ended = sent
    .catch((error: unknown) => {
      failure = { error }
    })
    .then(() => {
      isOver = true
    })
  return {
    ended,
    isOver: () => isOver,
    failure: () => failure,
    watch: (nowMs) => {
      waitedMs += Math.min(nowMs - watchedMs, stepMaxMs)
      watchedMs = nowMs
      const seconds = Math.round(waitedMs / 1_000)
      if (waitedMs > lostMs) throw new Error(`snapshots sent ${seconds} s ago have not been answered`)
      if (waitedMs > silentMs)
        throw new FloorwatchError('kafka-unavailable', `no answer to snapshots for ${seconds} s`)
    },
  }
}

const recordsPerSendMax = 500

/** Part after part; what is left is given up once nobody wants it any more. */
export const sendInParts = async (
  records: readonly SnapshotRecord[],
  send: (part: readonly SnapshotRecord[]) => Promise<void>,
  isWanted: () => boolean = () => true,
): Promise<void> => {
  for (let start = 0; start < records.length && isWanted(); start += recordsPerSendMax)
    await send(records.slice(start, start + recordsPerSendMax))
}
