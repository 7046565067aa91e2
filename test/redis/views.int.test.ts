import { randomUUID } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { createRedisViews, type RedisViews } from '../../src/redis/views.ts'
import { redisUrl } from '../support/servers.ts'

const opened: RedisViews[] = []

afterAll(async () => {
  for (const views of opened) await views.close()
})

const openViews = async (): Promise<RedisViews> => {
  const keyPrefix = `test-${randomUUID()}`
  const views = await createRedisViews({
    url: await redisUrl(),
    keyPrefix,
    commandTimeoutMs: 2_000,
    logger: { debug: () => {} },
  })
  opened.push(views)
  return views
}

const revision = 1_795_292_860_503_000

it('a lower revision never replaces a higher one, a higher one does', async () => {
  const views = await openViews()
  const key = 'acme|queueId={Kø}|15m'
  await views.putLatest([{ key, value: 'second', revision: revision + 1 }], 60_000)
  await views.putLatest([{ key, value: 'first', revision }], 60_000)
  expect(await views.readLatest()).toEqual([{ key, value: 'second', revision: revision + 1 }])
  await views.putLatest([{ key, value: 'third', revision: revision + 2 }], 60_000)
  expect(await views.readLatest()).toEqual([{ key, value: 'third', revision: revision + 2 }])
})

it('a tombstone takes the key away, and an older snapshot does not bring it back', async () => {
  const views = await openViews()
  await views.putLatest([{ key: 'k', value: 'a', revision }], 60_000)
  await views.putLatest([{ key: 'k', value: null, revision: revision + 2 }], 60_000)
  await views.putLatest([{ key: 'k', value: 'b', revision: revision + 1 }], 60_000)
  expect(await views.readLatest()).toEqual([])
  await views.putLatest([{ key: 'k', value: 'c', revision: revision + 3 }], 60_000)
  expect(await views.readLatest()).toEqual([{ key: 'k', value: 'c', revision: revision + 3 }])
})

it('a snapshot that is not put again expires', async () => {
  const views = await openViews()
  await views.putLatest([{ key: 'short', value: 'a', revision }], 30)
  await views.putLatest([{ key: 'long', value: 'a', revision }], 60_000)
  await expect.poll(async () => (await views.readLatest()).map(({ key }) => key)).toEqual(['long'])
})

it('more snapshots than one call takes are put and read', async () => {
  const views = await openViews()
  const records = Array.from({ length: 1_201 }, (_, i) => ({ key: `k${i}`, value: `v${i}`, revision }))
  await views.putLatest(records, 60_000)
  const byKey = new Map((await views.readLatest()).map((record) => [record.key, record]))
  expect([...byKey.values()].length).toBe(1_201)
  expect(byKey.get('k1200')).toEqual({ key: 'k1200', value: 'v1200', revision })
})
