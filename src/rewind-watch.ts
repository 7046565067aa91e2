import type { Topic } from './core/topics.ts'
import type { Log } from './outage-log.ts'
import type { ShardOffsets } from './ports.ts'

/** Tells when the store has lost commits that it had acknowledged (R12): the log is read again from where the state stands. */
export type RewindWatch = {
  /** A shard that is given up had come so far. */
  noteReached(shard: number, offsets: ShardOffsets): void
  /** The same shard, taken again, stands here. */
  noteTaken(shard: number, offsets: ShardOffsets): void
}

export const createRewindWatch = (log: Log): RewindWatch => {
  const reached = new Map<number, ShardOffsets>()
  return {
    noteReached: (shard, offsets) => void reached.set(shard, offsets),
    noteTaken: (shard, offsets) => {
      const before = reached.get(shard) ?? {}
      reached.delete(shard)
      let records = 0n
      for (const [topic, offset] of Object.entries(before)) {
        const stands = offsets[topic as Topic] ?? 0n
        if (stands < offset) records += offset - stands
      }
      if (records > 0n)
        log.error(
          { shard, records: Number(records) },
          'the state has gone back: the log is read again from there',
        )
    },
  }
}
