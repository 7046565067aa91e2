import { partitionFor } from '../../src/core/partition.ts'
import type { SentRecord } from './kafka-outputs.ts'
import type { World } from './world.ts'

/** A consumer that drops lower revisions never sees a former owner again once it has seen the next one. */
export const judgeRevisions = (world: World): readonly string[] => {
  const seen = new Map<string, { readonly revision: number; readonly rank: number }>()
  const faults: string[] = []
  for (const record of world.outputs.current) {
    if (record.key.startsWith('~')) continue
    const rank = rankOf(world, record)
    const known = seen.get(record.key)
    if (known && record.revision <= known.revision) continue
    if (known && rank < known.rank && !world.takings[known.rank]?.isLost)
      faults.push(`${record.key}@${record.revision} by ${record.writer} outranks its successor`)
    seen.set(record.key, { revision: record.revision, rank })
  }
  return faults
}

/** How many had taken the scope's shard when the writer last did, by the time it said so. */
const rankOf = ({ takings, plan }: World, { key, writer, saidMs }: SentRecord): number => {
  const scopeKey = key.slice(0, key.lastIndexOf('|'))
  const shard = partitionFor(scopeKey, plan.partitions, 'murmur2')
  return takings.findLastIndex(
    (taking) => taking.shard === shard && taking.writer === writer && taking.atMs <= saidMs,
  )
}
