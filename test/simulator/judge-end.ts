import { decodeHead, type ShardHead } from '../../src/core/shard-codec.ts'
import { judgeNumbers } from './judge-numbers.ts'
import { judgeRevisions } from './judge-revisions.ts'
import { findShard } from './redis-state.ts'
import type { World } from './world.ts'

/** What must hold when all is calm. */
export const judgeEnd = (world: World): void => {
  const heads = headsOf(world)
  const faults = [
    ...judgeOffsets(world, heads),
    ...judgeCounters(world, heads),
    ...judgeLetters(world),
    ...judgeRevisions(world),
    ...judgeNumbers(world, heads),
  ]
  world.violations.push(...faults)
}

const headsOf = ({ redis, plan }: World): readonly (ShardHead | undefined)[] =>
  Array.from({ length: plan.partitions }, (_, shard) => {
    const { head } = findShard(redis.state(), shard)
    return head ? decodeHead(head) : undefined
  })

const judgeOffsets = ({ log }: World, heads: readonly (ShardHead | undefined)[]): readonly string[] =>
  heads.flatMap((head, shard) =>
    log.topics.flatMap((topic) => {
      const { high } = log.range(topic, shard)
      const next = head?.next[topic] ?? '0'
      return next === String(high) ? [] : [`${topic}-${shard}: next is ${next}, the log ends at ${high}`]
    }),
  )

/** Refusals that the log alone decides are as many as they should be. */
const judgeCounters = ({ verdicts }: World, heads: readonly (ShardHead | undefined)[]): readonly string[] => {
  const reasons = ['malformed', 'misrouted', 'too-old', 'from-the-future']
  return reasons.flatMap((reason) => {
    const expected = verdicts.all().filter((verdict) => verdict.reason === reason).length
    const counted = heads.reduce((sum, head) => sum + (head?.counters[`deadLetter.${reason}`] ?? 0), 0)
    return counted === expected ? [] : [`${counted} records are counted as ${reason}, not ${expected}`]
  })
}

/** Every refused record lies on the topic, and nothing else. */
const judgeLetters = ({ verdicts, outputs }: World): readonly string[] => {
  const nameOf = ({ topic, partition, offset }: (typeof outputs.letters)[number]['record']) =>
    `${topic}-${partition}-${offset}`
  const sent = new Map(outputs.letters.map(({ record, reason }) => [nameOf(record), reason]))
  return verdicts.all().flatMap(({ record, reason }) => {
    const name = nameOf(record)
    const letter = sent.get(name)
    if (letter === reason || (reason === undefined && letter === 'conflicting')) return []
    return [`${name} was refused as ${letter}, not ${reason}`]
  })
}
