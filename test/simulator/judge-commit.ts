import { decodeHead, type ShardHead } from '../../src/core/shard-codec.ts'
import type { Topic } from '../../src/core/topics.ts'
import type { CommitSeen } from './redis-model.ts'
import { findShard } from './redis-state.ts'
import type { World } from './world.ts'

/** What must hold of every commit that stands, at the instant at which it does. */
export const judgeCommit = (world: World, seen: CommitSeen): void => {
  const { shard, writer, commit, outcome, sentMs } = seen
  if (outcome !== 'committed') return
  const before = findShard(world.redis.state(), shard)
  if (before.lastId === commit.id) return
  const head = decodeHead(commit.head)
  const former = before.head ? decodeHead(before.head) : undefined
  // One that comes late, after Redis forgot what stood against it, is judged by nothing that the writer heard since.
  const isFresh = world.scheduler.now() - sentMs <= world.plan.timeoutMs
  const faults = [
    ...(before.epoch?.nonce === commit.epoch.nonce ? [] : ['it stands although the shard was taken since']),
    ...accountFor(head),
    ...(former && head.asOfMs < former.asOfMs ? ['as-of went back'] : []),
    ...(isFresh && head.asOfMs > (former?.asOfMs ?? 0) ? boundAsOf(world, { shard, writer, head }) : []),
  ]
  for (const fault of faults) world.violations.push(`commit of shard ${shard} by ${writer}: ${fault}`)
}

/** Law 5: each record up to the offsets has one fate. */
const accountFor = ({ next, counters }: ShardHead): readonly string[] => {
  const taken = Object.values(next).reduce((sum, offset) => sum + Number(offset), 0)
  const { records = 0 } = counters
  const fated = fatesOf(counters)
  const faults: string[] = []
  if (records !== taken) faults.push(`${records} records are counted, the offsets say ${taken}`)
  if (fated !== records) faults.push(`${fated} of ${records} records are accounted for`)
  return faults
}

const fatesOf = (counters: ShardHead['counters']): number =>
  Object.entries(counters)
    .filter(
      ([name]) => ['applied', 'duplicate', 'notCounted'].includes(name) || name.startsWith('deadLetter.'),
    )
    .reduce((sum, [, count]) => sum + count, 0)

type Advanced = { readonly shard: number; readonly writer: string; readonly head: ShardHead }

/** While a topic lags, as-of stays behind what was read of it; it never runs ahead of the clock. */
const boundAsOf = (world: World, advanced: Advanced): readonly string[] => {
  const { log, plan, scheduler } = world
  const { asOfMs } = advanced.head
  if (plan.source === 'clock' && asOfMs > scheduler.now()) return ['as-of is ahead of the clock']
  return log.topics.flatMap((topic) => {
    const boundMs = boundOf(world, advanced, topic)
    return asOfMs > boundMs
      ? [`as-of ${iso(asOfMs)} while ${topic} lags at ${Number.isFinite(boundMs) ? iso(boundMs) : 'nothing'}`]
      : []
  })
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** Infinity: the topic was read to its end, as far as the writer was told. */
const boundOf = (world: World, { shard, writer, head }: Advanced, topic: Topic): number => {
  const { sources, verdicts, plan } = world
  const next = Number(head.next[topic] ?? 0)
  const ends = sources.get(writer)?.heardEnds(shard, topic) ?? []
  if (ends.some((end) => end !== null && next >= Number(end))) return Number.POSITIVE_INFINITY
  const judged = verdicts.of(topic, shard)
  const takenMs = judged[next - 1]?.greatestMs ?? Number.NEGATIVE_INFINITY
  const nextMs = judged[next]?.event?.occurredAt ?? Number.NEGATIVE_INFINITY
  return Math.max(takenMs, nextMs) - plan.disorderMs
}
