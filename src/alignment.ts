import { type LoopTime, slowestOf } from './common-time.ts'
import type { CommonTime } from './core/watermark.ts'
import type { ShardSet } from './shard-set.ts'
import type { ShardWriter } from './shard-writer.ts'

export type AlignedTaking = {
  /** Undefined: an outage kept the shard from it. */
  readonly take: (writer: ShardWriter, common: CommonTime) => Promise<ShardWriter | undefined>
  readonly shards: ShardSet
  readonly at: LoopTime
}

/**
 * Lets each shard take a batch for the next step. What had to wait for the slowest goes on as far as that has come meanwhile, so
 * that shards of one process fill their batches side by side. Returns those that have taken one, be it an empty one.
 */
export const takeAligned = async (
  writers: readonly ShardWriter[],
  common: CommonTime,
  { take, shards, at }: AlignedTaking,
): Promise<readonly ShardWriter[]> => {
  const takeEach = (some: readonly ShardWriter[], now: CommonTime) =>
    Promise.all(some.map((writer) => take(writer, now)))
  const taken = (await takeEach(writers, common)).filter((writer) => writer !== undefined)
  for (let reachedMs = common.slowestMs; ; ) {
    const held = taken.filter((writer) => writer.isHeld())
    const movedMs = held.length === 0 ? reachedMs : slowestOf(shards, at)
    if (movedMs <= reachedMs) return taken
    reachedMs = movedMs
    await takeEach(held, { ...common, slowestMs: movedMs })
  }
}

const idleMs = 200
const heldMs = 50

/** How long a turn without records is followed by none: nothing wakes a process whose records wait for other processes. */
export const idleWaitMs = (shards: Pick<ShardSet, 'isHeld'>): number => (shards.isHeld() ? heldMs : idleMs)
