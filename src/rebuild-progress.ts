import type { ShardHead } from './core/shard-codec.ts'
import type { EventSource } from './ports.ts'
import type { RebuildMark } from './rebuild-mark.ts'

export type RebuildProgress = {
  readonly phase: 'counting' | 'catching-up'
  readonly recordCount: number
  /** Records of the log that lie before the mark, and those of them that are filed. */
  readonly readCount: number
  readonly wantedCount: number
  /** The latest event filed; null: none. */
  readonly eventAtMs: number | null
}

export const progressOfHeads = (
  heads: ReadonlyMap<number, ShardHead>,
): Pick<RebuildProgress, 'recordCount' | 'eventAtMs'> => {
  const counted = [...heads.values()]
  const events = counted.flatMap(({ lastEventAtMs }) => lastEventAtMs ?? [])
  return {
    recordCount: counted.reduce((sum, { counters }) => sum + (counters.records ?? 0), 0),
    eventAtMs: events.length === 0 ? null : Math.max(...events),
  }
}

export const progressTo = (
  mark: RebuildMark | undefined,
  source: EventSource,
): Pick<RebuildProgress, 'readCount' | 'wantedCount'> => {
  let readCount = 0n
  let wantedCount = 0n
  for (const [shard, offsets] of mark?.offsets ?? [])
    for (const { topic, position } of source.lag(shard)) {
      const wanted = offsets[topic] ?? 0n
      wantedCount += wanted
      readCount += position < wanted ? position : wanted
    }
  return { readCount: Number(readCount), wantedCount: Number(wantedCount) }
}
