import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Generation, GenerationStore, StateStore } from '../../src/ports.ts'
import { createRedisGenerations } from '../../src/redis/generations.ts'
import { statePrefix } from '../../src/redis/keys.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import { commitOf } from '../contract/plain-state.ts'
import { startRedisSlots } from '../support/servers/redis-slots.ts'
import { redisUrl } from '../support/servers.ts'

const closing: { close(): Promise<void> }[] = []
const logger = { debug: () => {}, warn: () => {} }
let slots: Awaited<ReturnType<typeof startRedisSlots>>
let keyPrefix: string
let url: string
let generations: GenerationStore

beforeAll(async () => {
  slots = await startRedisSlots()
})
afterAll(() => slots.stop())

afterEach(async () => {
  for (const one of closing.splice(0)) await one.close()
})

const openStore = async (name: string): Promise<StateStore> => {
  const prefix = statePrefix(keyPrefix, name)
  const store = await createRedisStore({
    url,
    keyPrefix: prefix,
    commandTimeoutMs: 10_000,
    logger,
    chainLength: 4,
  })
  closing.push(store)
  return store
}

const generation = (name: string, begunMs: number): Generation => ({
  name,
  identity: 'i',
  fingerprint: 'f',
  fromMs: null,
  completeFromMs: null,
  isResharded: false,
  begunMs,
  seenMs: begunMs,
})

describe.each([
  ['Redis', redisUrl],
  ['Redis Cluster', async () => slots.url],
] as const)('generations in %s', (_, addressOf) => {
  beforeEach(async () => {
    keyPrefix = `test[${randomUUID()}]`
    url = await addressOf()
    generations = await createRedisGenerations({ url, keyPrefix, commandTimeoutMs: 10_000, logger })
    closing.push(generations)
  })

  it('at first the state without a name is live, and it has no former one', async () => {
    expect(await generations.live()).toEqual({ name: '', former: null, revisionFloor: null })
  })

  it('of two swaps from the same state one happens; sent again it changes nothing', async () => {
    const outcomes = await Promise.all([
      generations.swap({ from: '', to: 'a' }),
      generations.swap({ from: '', to: 'b' }),
    ])
    expect([...outcomes].sort()).toEqual(['moved', 'swapped'])
    const { name } = await generations.live()
    expect(await generations.swap({ from: '', to: name })).toBe('swapped')
    expect(await generations.live()).toEqual({ name, former: '', revisionFloor: null })
  })

  it('a retired shard can be read, and neither written nor taken', async () => {
    const store = await openStore('')
    const { epoch } = await store.takeShard(0, 1)
    await store.commit(0, commitOf(epoch, ['', 'a'], {}))
    const head = await generations.retireShard('', 0)
    expect(head).toEqual((await store.readChanges(0, { sinceId: '', wanted: () => true })).head)
    expect(await store.commit(0, commitOf(epoch, ['a', 'b'], {}))).toBe('fenced')
    await expect(store.takeShard(0, 2)).rejects.toMatchObject({ code: 'state-moved' })
    expect(await store.lastCommitId(0)).toBe('a')
  })

  it('the floor of revisions is known once all are retired, holds until the next swap, and never falls', async () => {
    await generations.swap({ from: '', to: 'a' })
    await generations.noteRetired('', 70)
    expect(await generations.live()).toMatchObject({ name: 'a', former: '', revisionFloor: 70 })
    await generations.swap({ from: 'a', to: 'b' })
    expect(await generations.live()).toMatchObject({ name: 'b', former: 'a', revisionFloor: null })
    await generations.noteRetired('a', 60)
    expect(await generations.live()).toMatchObject({ revisionFloor: 70 })
  })

  it('dropping one state leaves every other, whatever its name', async () => {
    for (const name of ['', 'a', 'b']) {
      const store = await openStore(name)
      await store.checkIdentity(`of ${name}`)
      const { epoch } = await store.takeShard(12, 1)
      await store.commit(12, commitOf(epoch, ['', 'x'], { cells: { s: { f: '1' } }, subjects: { k: 'v' } }))
      if (name !== '') await generations.put(generation(name, name === 'a' ? 1 : 2))
      await generations.putRules(name, `rules of ${name}`)
    }
    const admin = new Redis(url.replace('redis-cluster:', 'redis:'))
    const keysOf = async (name: string) =>
      (await admin.keys(`${statePrefix(keyPrefix, name).replace(/[[\]]/g, '\\$&')}:{*`)).length
    const before = await keysOf('b')
    await generations.drop('a')
    await generations.drop('')
    expect([await keysOf(''), await keysOf('a'), await keysOf('b')]).toEqual([0, 0, before])
    admin.disconnect()
    expect(before).toBeGreaterThan(3)
    expect(await generations.list()).toEqual([generation('b', 2)])
    expect(await Promise.all(['', 'a', 'b'].map(generations.readIdentity))).toEqual([null, null, 'of b'])
    expect(await Promise.all(['', 'a', 'b'].map(generations.readRules))).toEqual([null, null, 'rules of b'])
  })
})
