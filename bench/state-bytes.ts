import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Redis } from 'ioredis'
import { type Event, subjectOf } from '../src/core/events.ts'
import { isCounted } from '../src/core/facts.ts'
import type { Shard } from '../src/core/shard.ts'
import type { ShardDelta } from '../src/core/shard-delta.ts'
import { shardKeys } from '../src/redis/keys.ts'
import { createSimulation } from '../src/simulate/simulation.ts'
import { openShard } from './shard.ts'

/** What a thing of the state costs. Packed: as Redis holds it; `redis`: with what Redis itself needs; `process`: live. */
export type Weight = {
  readonly what: string
  readonly count: number
  readonly packedBytes: number
  readonly redisBytes: number
  readonly processBytes: number
}

export type StateBytes = {
  readonly weights: readonly Weight[]
  readonly eventBytes: { readonly call: number; readonly ticket: number }
  /** CPU to load such a shard, in ms. */
  readonly loadMs: number
}

const events = 100_000
const endMs = Date.UTC(2026, 0, 6, 4)
const keyPrefix = 'bench-weights'

/** A shard with the default scopes after a simulated day of 100,000 events, as-of just after the last of them. */
export const measureState = async (redisUrl: string): Promise<StateBytes> => {
  const shard = openShard()
  const counts = fileDay(shard)
  const openTickets = [...shard.open.entries()]
    .map(([key]) => key)
    .filter((key) => key.split('|')[1] === 'ticket')
  const delta = shard.takeDelta()
  const redis = new Redis(redisUrl)
  const weigh = (what: string, part: Part) => weighPart(redis, what, part)
  try {
    const subjectsOf = (kind: string) =>
      present([...delta.subjects].filter(([key]) => key.split('|')[1] === kind))
    const weights = [
      await weigh('live scope', cellsPart(delta)),
      await weigh('open ticket, in the open and due index', openPart(delta, openTickets)),
      await weigh('call', subjectsPart(subjectsOf('call'))),
      await weigh('ticket', subjectsPart(subjectsOf('ticket'))),
    ]
    const bytesOf = (kind: 'call' | 'ticket') =>
      sumBytes(subjectsOf(kind).map(([, bytes]) => bytes)) / counts[kind].events
    return {
      weights,
      eventBytes: { call: bytesOf('call'), ticket: bytesOf('ticket') },
      loadMs: timeLoad(delta),
    }
  } finally {
    redis.disconnect()
  }
}

type KindCount = { events: number }

const fileDay = (shard: Shard): Readonly<Record<'call' | 'ticket', KindCount>> => {
  const counts = { call: { events: 0 }, ticket: { events: 0 } }
  for (const event of simulateDay()) {
    const { kind } = subjectOf(event)
    if (!isCounted(kind)) continue
    shard.fileEvent(event)
    if (kind === 'call' || kind === 'ticket') counts[kind].events++
  }
  shard.advance(endMs, shard.takeDue(endMs, Number.POSITIVE_INFINITY).keys)
  return counts
}

function* simulateDay(): Generator<Event> {
  const startAtMs = Date.UTC(2026, 0, 5)
  const simulation = createSimulation({ seed: 1, profile: 'default', eventsPerSecond: 1, startAtMs, events })
  for (const items of simulation.batches()) for (const item of items) if ('event' in item) yield item.event
}

/** One kind of thing: how many, its packed bytes, how it is put into Redis, and into a live shard. */
type Part = {
  readonly count: number
  readonly packedBytes: number
  readonly store: (redis: Redis) => Promise<unknown>
  readonly load: (shard: Shard) => void
}

const keys = shardKeys(keyPrefix, 0)

const cellsPart = ({ cells }: ShardDelta): Part => {
  const scopes = [...cells].map(([key, fields]) => [key, new Map(present([...fields]))] as const)
  return {
    count: scopes.length,
    packedBytes: sumBytes(scopes.flatMap(([, fields]) => [...fields.values()])),
    store: async (redis) => {
      for (const [key, fields] of scopes) await redis.hset(keys.cells(key), toBuffers(fields))
    },
    load: (shard) => {
      shard.restore({ asOfMs: endMs, cells: new Map(scopes), open: new Map() })
    },
  }
}

const openPart = ({ open }: ShardDelta, wanted: readonly string[]): Part => {
  const entries = present(wanted.map((key) => [key, open.get(key) ?? null] as const))
  return {
    count: entries.length,
    packedBytes: sumBytes(entries.map(([, bytes]) => bytes)),
    store: (redis) => redis.hset(keys.open, toBuffers(new Map(entries))),
    load: (shard) => {
      shard.restore({ asOfMs: endMs, cells: new Map(), open: new Map(entries) })
    },
  }
}

const subjectsPart = (subjects: readonly (readonly [string, Uint8Array])[]): Part => ({
  count: subjects.length,
  packedBytes: sumBytes(subjects.map(([, bytes]) => bytes)),
  store: async (redis) => {
    const pipeline = redis.pipeline()
    for (const [key, bytes] of subjects) pipeline.set(keys.subject(key), Buffer.from(bytes))
    await pipeline.exec()
  },
  load: (shard) => {
    for (const [key, bytes] of subjects) shard.loadSubject(key, bytes)
  },
})

const weighPart = async (
  redis: Redis,
  what: string,
  { count, packedBytes, store, load }: Part,
): Promise<Weight> => {
  const before = await usedMemory(redis)
  await store(redis)
  const redisBytes = (await usedMemory(redis)) - before
  const written = await redis.keys(`${keyPrefix}*`)
  for (let start = 0; start < written.length; start += 5_000)
    await redis.del(written.slice(start, start + 5_000))
  const each = (bytes: number) => Math.round(bytes / count)
  const processBytes = weighHeap(load)
  return {
    what,
    count,
    packedBytes: each(packedBytes),
    redisBytes: each(redisBytes),
    processBytes: each(processBytes),
  }
}

const usedMemory = async (redis: Redis): Promise<number> =>
  Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])

/** Heap that a shard with the part in it holds more than an empty one. */
const weighHeap = (load: (shard: Shard) => void): number => {
  const shard = openShard()
  const before = settledHeap()
  load(shard)
  const after = settledHeap()
  // Held until here, so that it is not collected before it is weighed.
  return shard.subjectCount() >= 0 ? after - before : 0
}

const settledHeap = (): number => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What is outside the heap goes with the collection after the one that finds it unused.
  for (let times = 0; times < 4; times++) collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const timeLoad = ({ cells, open }: ShardDelta): number => {
  const stored = {
    asOfMs: endMs,
    cells: new Map([...cells].map(([key, fields]) => [key, new Map(present([...fields]))])),
    open: new Map(present([...open])),
  }
  const before = process.cpuUsage()
  openShard().restore(stored)
  return process.cpuUsage(before).user / 1_000
}

type Entries = readonly (readonly [string, Uint8Array | null])[]

const present = (entries: Entries): readonly (readonly [string, Uint8Array])[] =>
  entries.flatMap(([key, bytes]) => (bytes ? [[key, bytes] as const] : []))

const toBuffers = (fields: ReadonlyMap<string, Uint8Array>): Map<string, Buffer> =>
  new Map([...fields].map(([key, bytes]) => [key, Buffer.from(bytes)]))

const sumBytes = (all: readonly Uint8Array[]): number => all.reduce((sum, bytes) => sum + bytes.length, 0)
