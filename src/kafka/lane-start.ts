/** Where a lane starts in the log, and whether the log still holds what it is to read next (hazard K16, fault F11). */
import { setTimeout } from 'node:timers/promises'
import { FloorwatchError } from '../errors.ts'
import type { DataLoss } from '../ports.ts'
import type { Lane } from './lane.ts'
import type { LogOffsets, LogRange } from './log-offsets.ts'
import type { StartFrom } from './source-options.ts'

export type LaneStart = { readonly start: bigint; readonly end: bigint; readonly loss?: DataLoss }

type StartOptions = { readonly logOffsets: LogOffsets; readonly startFrom: StartFrom }

export async function findStart(
  lane: Lane,
  stored: bigint | undefined,
  options: StartOptions,
): Promise<LaneStart> {
  const range = await rangeOf(lane, options.logOffsets)
  if (stored === undefined) return { start: await findFirst(lane, range, options), end: range.high }
  const loss = await findLoss(lane, stored, options.logOffsets)
  return { start: loss?.found ?? stored, end: range.high, ...(loss ? { loss } : {}) }
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
      'Count anew what is left under another redis.keyPrefix, or set kafka.onDataLoss to continue to go on from there',
  )
}
