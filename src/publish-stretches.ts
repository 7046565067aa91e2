import type { ClosedSnapshot } from './publish-closed.ts'

/** False: not all of it went out; what it was for is tried again. */
export type SendClosed = (closed: readonly ClosedSnapshot[]) => Promise<boolean>

/** Mutable: how long a stretch of time is told at once. What takes more revisions than there are would be sent again and again. */
export type Pace = { stretchMs: number }

/** Longer than any slice is kept. */
export const stretchMaxMs = 1_200 * 86_400_000
const stretchLeastMs = 900_000
const closedPerSend = 500
/** About what the sender asks of the brokers at once: what waits for longer is made old by the collector before it is gone. */
const closedCharactersPerSend = 500_000
/** Of a snapshot, its record's headers and its key: what stands beside its metrics. */
const charactersBeside = 1_000

export const createPace = (): Pace => ({ stretchMs: stretchMaxMs })

export type Stretch = {
  readonly fromMs: number
  readonly upTo: number
  /** What is to be told of its first part. */
  readonly read: (toMs: number) => Iterable<ClosedSnapshot>
  readonly send: SendClosed
}

/** Sends what is to be told of a stretch of time, or of the first part of it; returns how far that is. Undefined: not all of it went out. */
export const sendStretch = async (
  pace: Pace,
  { fromMs, upTo, read, send }: Stretch,
): Promise<number | undefined> => {
  if (upTo <= fromMs) return fromMs
  const toMs = Math.min(upTo, fromMs + pace.stretchMs)
  const isSent = await sendAsRead(read(toMs), send)
  if (!isSent) pace.stretchMs = Math.max(stretchLeastMs, (toMs - fromMs) / 2)
  // What was told to its end says nothing of longer stretches: each round tells some that hold next to nothing.
  else if (toMs < upTo) pace.stretchMs = Math.min(stretchMaxMs, pace.stretchMs * 2)
  return isSent ? toMs : undefined
}

const sendAsRead = async (all: Iterable<ClosedSnapshot>, send: SendClosed): Promise<boolean> => {
  let part: ClosedSnapshot[] = []
  let characters = 0
  for (const closed of all) {
    characters += closed.texts.metrics.length + charactersBeside
    if (part.push(closed) < closedPerSend && characters < closedCharactersPerSend) continue
    if (!(await send(part))) return false
    part = []
    characters = 0
  }
  return send(part)
}
