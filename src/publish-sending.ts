import type { SnapshotRecord } from './ports.ts'

/** A send that goes on beside the rounds. */
export type Sending = {
  /** Resolves when it is over, however it ended. */
  readonly ended: Promise<void>
  isOver(): boolean
  /** What it failed with; undefined: it has not. */
  failure(): { readonly error: unknown } | undefined
}

export const followSending = (sent: Promise<void>): Sending => {
  let isOver = false
  let failure: { readonly error: unknown } | undefined
  const ended = sent
    .catch((error: unknown) => {
      failure = { error }
    })
    .then(() => {
      isOver = true
    })
  return { ended, isOver: () => isOver, failure: () => failure }
}

const recordsPerSendMax = 500

export const sendInParts = async (
  records: readonly SnapshotRecord[],
  send: (part: readonly SnapshotRecord[]) => Promise<void>,
): Promise<void> => {
  for (let start = 0; start < records.length; start += recordsPerSendMax)
    await send(records.slice(start, start + recordsPerSendMax))
}
