import { afterEach, expect, it } from 'vitest'
import { checkRedis } from '../../src/redis/check.ts'
import type { RunningServer } from '../support/servers/server-process.ts'
import { startRedis } from '../support/servers.ts'

let redis: RunningServer | undefined
afterEach(() => redis?.stop())

const check = async (url: string, aheadMs = 0) => {
  const rows = await checkRedis({
    url,
    keyPrefix: 'floorwatch',
    commandTimeoutMs: 1_000,
    logger: { debug: () => {} },
    clock: { now: () => Date.now() - aheadMs },
    skewMs: 60_000,
  })
  return rows.filter((row) => !row.ok).map(({ name, fix }) => ({ name, fix }))
}

it('a Redis as it should be passes every check', async () => {
  redis = await startRedis()
  expect(await check(redis.address)).toEqual([])
})

it('an evicting Redis without append-only file fails those two checks, each with its fix', async () => {
  redis = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' } })
  expect(await check(redis.address)).toEqual([
    { name: 'redis maxmemory-policy', fix: expect.stringContaining('noeviction') },
    { name: 'redis persistence', fix: expect.stringContaining('appendonly yes') },
  ])
})

it('a clock that lies apart by more than the skew fails', async () => {
  redis = await startRedis()
  expect(await check(redis.address, 3_600_000)).toEqual([
    { name: 'redis clock', fix: expect.stringContaining('NTP') },
  ])
})

it('a replica fails the role and the writing check', async () => {
  redis = await startRedis({ settings: { replicaof: '127.0.0.1 1' } })
  expect((await check(redis.address)).map(({ name }) => name)).toEqual(['redis role', 'redis scripts'])
})

it('an absent Redis is one failed row', async () => {
  redis = await startRedis()
  await redis.stop()
  expect(await check(redis.address)).toEqual([
    { name: 'redis connection', fix: expect.stringContaining('start Redis') },
  ])
})
