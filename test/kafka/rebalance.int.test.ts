import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { Topic } from '../../src/core/topics.ts'
import type { EventSource } from '../../src/ports.ts'
import { numbered, until } from '../contract/event-source.ts'
import { createKafkaTopics, type KafkaTopics } from './kafka-log.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close()
})

/** What a real store does, in memory: offsets per shard, and only the latest owner may move them. */
type Store = {
  readonly owners: Map<number, string>
  readonly next: Map<string, bigint>
  readonly applied: string[]
  readonly faults: string[]
}

type Member = {
  readonly name: string
  readonly source: EventSource
  readonly assigned: number[]
  readonly revoked: number[]
  readonly fatal: Error[]
  leave(): Promise<void>
}

const createStore = (): Store => ({ owners: new Map(), next: new Map(), applied: [], faults: [] })

async function joinGroup(topics: KafkaTopics, store: Store, name: string): Promise<Member> {
  const source = await topics.open()
  const told = { assigned: [] as number[], revoked: [] as number[], fatal: [] as Error[] }
  let running = true
  await source.start({
    onAssigned: async (shard) => {
      store.owners.set(shard, name)
      told.assigned.push(shard)
      return { 'call-queue': nextOf(store, 'call-queue', shard), ticket: nextOf(store, 'ticket', shard) }
    },
    onRevoked: async (shard) => {
      told.revoked.push(shard)
    },
    onFatal: (error) => told.fatal.push(error),
  })
  const looping = (async () => {
    while (running) {
      for (let shard = 0; shard < source.partitions; shard += 1) applyShard(store, source, { shard, name })
      await source.wait(50)
    }
  })()
  const leave = async () => {
    running = false
    await looping
    await source.close()
  }
  opened.push({ close: leave })
  return { name, source, ...told, leave }
}

const nextOf = (store: Store, topic: Topic, shard: number) => store.next.get(`${topic}-${shard}`) ?? 0n

/** Applies what is queued, all topics in turn. */
function applyShard(
  store: Store,
  source: EventSource,
  { shard, name }: { shard: number; name: string },
): void {
  for (let heads = source.peek(shard); heads.length > 0; heads = source.peek(shard)) {
    for (const { topic } of heads) {
      const record = source.take(shard, topic)
      if (!record || store.owners.get(shard) !== name) continue
      const lane = `${topic}-${shard}`
      const expected = nextOf(store, topic, shard)
      if (record.offset !== expected) store.faults.push(`${name} ${lane}: ${record.offset}, not ${expected}`)
      store.next.set(lane, record.offset + 1n)
      store.applied.push(`${lane}@${record.offset}`)
    }
  }
}

/** Appends to all partitions, a little every 20 ms, until told to stop; resolves to how many a lane has got. */
function keepAppending(topics: KafkaTopics): () => Promise<number> {
  let going = true
  const appending = (async () => {
    let from = 0
    for (; going; from += 5) {
      for (const topic of ['call-queue', 'ticket'] as const) {
        const records = [...Array(topics.partitions).keys()].flatMap((partition) =>
          numbered(5, partition, from),
        )
        await topics.append(topic, records)
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return from
  })()
  return () => {
    going = false
    return appending
  }
}

const shardsOf = (store: Store, name: string) =>
  [...store.owners].filter(([, owner]) => owner === name).map(([shard]) => shard)

describe('K1, K2, K11: members come and go', () => {
  test('each record is applied once, in order, while a member joins and another leaves', async () => {
    const topics = await createKafkaTopics({ partitions: 4 })
    opened.push(topics)
    const store = createStore()
    const stopAppending = keepAppending(topics)
    const a = await joinGroup(topics, store, 'a')
    await until(() => shardsOf(store, 'a').length === 4 && store.applied.length > 50)
    const b = await joinGroup(topics, store, 'b')
    await until(() => shardsOf(store, 'b').length === 2)
    // Sticky: a keeps two shards without being told of them again.
    await until(() => a.revoked.length === 2)
    expect(a.assigned.length).toBe(4)
    expect(b.assigned.toSorted()).toEqual(a.revoked.toSorted())
    const before = store.applied.length
    await until(() => store.applied.length > before + 200)
    await a.leave()
    await until(() => shardsOf(store, 'b').length === 4)
    expect(b.revoked).toEqual([])
    const perLane = await stopAppending()
    await until(() => store.applied.length >= perLane * 8)
    expect(store.faults).toEqual([])
    expect(new Set(store.applied).size).toBe(perLane * 8)
    expect([...a.fatal, ...b.fatal]).toEqual([])
    const loud = topics.said.filter(({ level }) => level === 'warn' || level === 'error')
    expect(loud).toEqual([])
  })

  test('F6: a storm of joins and leaves ends exact', async () => {
    const topics = await createKafkaTopics({ partitions: 4 })
    opened.push(topics)
    const store = createStore()
    const stopAppending = keepAppending(topics)
    const steady = await joinGroup(topics, store, 'steady')
    for (let round = 0; round < 4; round += 1) {
      const guest = await joinGroup(topics, store, `guest-${randomUUID()}`)
      await new Promise((resolve) => setTimeout(resolve, 400))
      await guest.leave()
    }
    const perLane = await stopAppending()
    await until(() => store.applied.length >= perLane * 8, 40_000)
    expect(store.faults).toEqual([])
    expect(new Set(store.applied).size).toBe(perLane * 8)
    expect(steady.fatal).toEqual([])
  })

  test('K1: a listener that is slow to let go does not hold up the others', async () => {
    const topics = await createKafkaTopics({ partitions: 2 })
    opened.push(topics)
    const slow = await topics.open()
    await slow.start({
      onAssigned: async () => ({}),
      onRevoked: () => new Promise((resolve) => setTimeout(resolve, 4000)),
      onFatal: () => {},
    })
    await until(() => slow.lag(1).length > 0)
    const began = Date.now()
    const quick = await topics.open()
    let assignedAtMs = 0
    await quick.start({
      onAssigned: async () => {
        assignedAtMs = Date.now()
        return {}
      },
      onRevoked: async () => {},
      onFatal: () => {},
    })
    await until(() => assignedAtMs > 0)
    expect(assignedAtMs - began).toBeLessThan(3000)
  })
})
