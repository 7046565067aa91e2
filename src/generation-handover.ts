import { decodeHead } from './core/shard-codec.ts'
import type { GenerationStore, LiveGeneration } from './ports.ts'

/**
 * Makes sure that nobody writes the former state any more before anybody writes the live one: whoever opens it first,
 * or swapped to it, retires all shards of the former. Safe to begin again after a crash, and for several at once.
 */
export const finishHandover = async (generations: GenerationStore): Promise<LiveGeneration> => {
  const live = await generations.live()
  const { former, revisionFloor } = live
  if (former === null || revisionFloor !== null) return live
  const identity = await generations.readIdentity(former)
  const shardCount = identity === null ? 0 : partitionsOf(identity)
  let floor = 0
  for (let shard = 0; shard < shardCount; shard++) {
    const head = await generations.retireShard(former, shard)
    if (head) floor = Math.max(floor, decodeHead(head).revisionTo ?? 0)
  }
  await generations.noteRetired(former, floor)
  const { name, ...after } = await generations.live()
  // Swapped again meanwhile: that swap has a former one of its own.
  return name === live.name ? { name, ...after } : finishHandover(generations)
}

/** The partition count that an identity tells. */
export const partitionsOf = (identity: string): number =>
  (JSON.parse(identity) as { readonly partitions: number }).partitions
