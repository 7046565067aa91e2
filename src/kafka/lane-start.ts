/** Where a lane starts in the log, and whether the log still holds what it is to read next (hazard K16, fault F11). */
import { setTimeout } from 'node:timers/promises'
import { FloorwatchError } from '../errors.ts'
import type { DataLoss } from '../ports.ts'
import type { Lane, LogEnd } from './lane.ts'
import type { LogOffsets, LogRange } from './log-offsets.ts'
import type { StartFrom } from './source-options.ts'

export type LaneStart = LogEnd & { readonly start: bigint; readonly loss?: DataLoss }

type StartOptions = { readonly logOffsets: LogOffsets; readonly startFrom: StartFrom }

/** What is known of how far a lane was read: by its state, and by Kafka, which was told of it. */
export type Reached = { readonly stored: bigint | undefined; readonly told: bigint | undefined }

export async function findStart(
  lane: Lane,
  { stored, told }: Reached,
  options: StartOptions,
): Promise<LaneStart> {
  const range = await rangeOf(lane, options.logOffsets)
  const known = { end: range.high, endAtMs: range.askedAtMs }
  if (stored === undefined) {
    const start = await findFirst(lane, range, options)
    return withLoss({ start, ...known }, lossOfState(lane, { start, told, range }))
  }
  const loss = await findLoss(lane, stored, options.logOffsets)
  return withLoss({ start: loss?.found ?? stored, ...known }, loss)
}

const withLoss = (start: LaneStart, loss: DataLoss | undefined): LaneStart =>
  loss ? { ...start, loss } : start

type Anew = { readonly start: bigint; readonly told: bigint | undefined; readonly range: LogRange }

/** The state is gone (R13): lost is what the log no longer holds, and what lies before a start at its end. */
const lossOfState = ({ topic, partition }: Lane, { start, told, range }: Anew): DataLoss | undefined => {
  if (told === undefined) return undefined
  if (start > range.low && start === range.high && told < start)
    return { topic, partition, expected: told, found: start }
  return start === range.low && start > 0n ? { topic, partition, expected: 0n, found: start } : undefined
}

async function findFirst(
  { topicName, partition }: Lane,
  range: LogRange,
  { logOffsets, startFrom }: StartOptions,
): Promise<bigint> {
  if (startFrom === 'earliest') return range.low
  if (startFrom === 'latest') return range.high
  const offsets = await logOffsets.offsetsAt(topicName, startFrom.atMs)
  return offsets.get(partition) ?? range.high
}

/** A new leader may for a moment say an end that lies too low. */
const beyondEndChecks = 3
const beyondEndWaitMs = 500

/** Whether `next` lies outside the log. */
export async function findLoss(
  lane: Lane,
  next: bigint,
  logOffsets: LogOffsets,
): Promise<DataLoss | undefined> {
  const { topic, partition } = lane
  for (let check = 1; ; check += 1) {
    const { low, high } = await rangeOf(lane, logOffsets)
    if (next >= low && next <= high) return undefined
    if (next < low || check === beyondEndChecks) return { topic, partition, expected: next, found: low }
    await setTimeout(beyondEndWaitMs)
  }
}

export async function rangeOf({ topicName, partition }: Lane, logOffsets: LogOffsets): Promise<LogRange> {
  const range = (await logOffsets.ranges(topicName)).get(partition)
  if (range) return range
  throw new FloorwatchError(
    'kafka-topic-missing',
    `partition ${partition} of ${topicName} does not exist; \`floorwatch topics\` shows and creates what is missing`,
  )
}

export function lossError({ topicName, partition }: Lane, { expected, found }: DataLoss): FloorwatchError {
  const why =
    found > expected
      ? 'retention has removed records that were not read'
      : 'the topic was made anew or has lost its end'
  return new FloorwatchError(
    'kafka-data-loss',
    `${topicName} partition ${partition}: offset ${expected} was to be read next, but ${why}; the log begins at ${found}. ` +
      'Go on from there with kafka.onDataLoss: continue, or count anew what the log still has: `floorwatch rebuild --swap`',
  )
}
