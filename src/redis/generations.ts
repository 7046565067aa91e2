import { FloorwatchError } from '../errors.ts'
import type { Bytes, Generation, GenerationStore, LiveGeneration } from '../ports.ts'
import { connectRedis, type RedisConnection, type RedisLink } from './client.ts'
import { generationsKey, identityKey, shardKeys, statePrefix } from './keys.ts'
import { listNodes } from './nodes.ts'
import { chunkItems } from './read-shard.ts'
import { retireShardScript, runScript, swapGenerationScript } from './scripts.ts'

export type RedisGenerationsOptions = RedisConnection & { readonly keyPrefix: string }

type Room = { readonly link: RedisLink; readonly keyPrefix: string; readonly key: string }

const keysPerScan = 1_000
const dropsAtOnce = 200
const recordField = (name: string): string => `generation:${name}`
const rulesField = (name: string): string => `rules:${name}`

/** One hash names the live generation and what is known of the others; the state itself is a store under `statePrefix`. */
export const createRedisGenerations = async (options: RedisGenerationsOptions): Promise<GenerationStore> => {
  const { keyPrefix } = options
  const link = await connectRedis(options)
  const room: Room = { link, keyPrefix, key: generationsKey(keyPrefix) }
  return {
    live: () => readLive(room),
    list: () => listGenerations(room),
    put: async (generation) => {
      const field = recordField(generation.name)
      await link.ask((client) => client.hset(room.key, field, JSON.stringify(generation)))
    },
    readRules: (name) => link.ask((client) => client.hget(room.key, rulesField(name))),
    putRules: async (name, rules) => {
      await link.ask((client) => client.hset(room.key, rulesField(name), rules))
    },
    swap: (change) => swap(room, change),
    readIdentity: (name) => link.ask((client) => client.get(identityKey(statePrefix(keyPrefix, name)))),
    retireShard: (name, shard) => retireShard(room, name, shard),
    noteRetired: (former, revisionFloor) => noteRetired(room, former, revisionFloor),
    drop: (name) => dropGeneration(room, name),
    close: async () => link.close(),
  }
}

const readLive = async ({ link, key }: Room): Promise<LiveGeneration> => {
  const [name, former, retired, floor] = await link.ask((client) =>
    client.hmget(key, 'live', 'former', 'retired', 'floor'),
  )
  if (former == null) return { name: name ?? '', former: null, revisionFloor: null }
  return { name: name ?? '', former, revisionFloor: retired === former ? Number(floor ?? 0) : null }
}

const listGenerations = async ({ link, key }: Room): Promise<readonly Generation[]> => {
  const fields = await link.ask((client) => client.hgetall(key))
  return Object.entries(fields)
    .filter(([field]) => field.startsWith(recordField('')))
    .map(([, text]) => JSON.parse(text) as Generation)
    .sort((a, b) => a.begunMs - b.begunMs)
}

const swap = async (
  { link, key }: Room,
  { from, to }: Parameters<GenerationStore['swap']>[0],
): Promise<'swapped' | 'moved'> => {
  const answer = await link.ask((client) =>
    runScript(client, { script: swapGenerationScript, key, args: [from, to] }),
  )
  const outcome = String(answer)
  if (outcome === 'swapped' || outcome === 'moved') return outcome
  throw new FloorwatchError('redis-unavailable', `Redis answered the swap to ${to} as ${outcome}`)
}

const retireShard = async ({ link, keyPrefix }: Room, name: string, shard: number): Promise<Bytes | null> => {
  const key = shardKeys(statePrefix(keyPrefix, name), shard).head
  const head = await link.ask((client) => runScript(client, { script: retireShardScript, key, args: [] }))
  return head as Buffer | null
}

const noteRetired = async ({ link, key }: Room, former: string, revisionFloor: number): Promise<void> => {
  const before = Number((await link.ask((client) => client.hget(key, 'floor'))) ?? 0)
  const floor = String(Math.max(before, revisionFloor))
  await link.ask((client) => client.hset(key, 'retired', former, 'floor', floor))
}

/** In bounded steps. Its record goes last, so that what was cut short can be listed and dropped again. */
const dropGeneration = async ({ link, keyPrefix, key }: Room, name: string): Promise<void> => {
  const prefix = statePrefix(keyPrefix, name)
  const isState = (found: string) => /^:\{\d+\}:/.test(found.slice(prefix.length))
  for (const node of listNodes(link.client)) {
    let cursor = '0'
    do {
      const [next, page] = await link.ask(() =>
        node.scan(cursor, 'MATCH', `${escapeGlob(prefix)}:{*}:*`, 'COUNT', keysPerScan),
      )
      for (const chunk of chunkItems(page.filter(isState), dropsAtOnce))
        await Promise.all(chunk.map((found) => link.ask((client) => client.unlink(found))))
      cursor = next
    } while (cursor !== '0')
  }
  await link.ask((client) => client.del(identityKey(prefix)))
  await link.ask((client) => client.hdel(key, recordField(name), rulesField(name)))
}

const escapeGlob = (text: string): string => text.replace(/[*?[\]\\^]/g, '\\$&')
