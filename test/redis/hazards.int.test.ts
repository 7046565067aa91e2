import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FloorwatchError } from '../../src/errors.ts'
import type { StateStore } from '../../src/ports.ts'
import { createRedisStore } from '../../src/redis/store.ts'
import { commitOf, plainCells } from '../contract/plain-state.ts'
import { NOW_MS, SHARD } from '../contract/store-bench.ts'
import { type FaultyProxy, startProxy } from '../support/proxy.ts'
import type { RunningServer } from '../support/servers/server-process.ts'
import { startRedis } from '../support/servers.ts'

const COMMAND_TIMEOUT_MS = 400
const keyPrefix = 'floorwatch-test'
const closing: (() => unknown)[] = []
let redis: RunningServer
let logged: object[]

beforeEach(async () => {
  logged = []
  redis = await startRedis()
})
afterEach(async () => {
  await redis.stop()
  for (const close of closing.splice(0)) await close()
})

const openStore = async (url = redis.address, commandTimeoutMs = COMMAND_TIMEOUT_MS): Promise<StateStore> => {
  const logger = { debug: (fields: object) => logged.push(fields) }
  const store = await createRedisStore({
    url,
    keyPrefix,
    chainLength: 16,
    commandTimeoutMs,
    logger,
  })
  closing.push(() => store.close())
  return store
}

const openProxy = async (): Promise<FaultyProxy & { readonly url: string }> => {
  const proxy = await startProxy({ host: '127.0.0.1', port: redis.port })
  closing.push(() => proxy.close())
  return { ...proxy, url: `redis://127.0.0.1:${proxy.port}` }
}

const openAdmin = (): Redis => {
  const admin = new Redis(redis.address, { protocol: 2 })
  admin.on('error', () => {})
  closing.push(() => admin.disconnect())
  return admin
}

const untilAnswered = async <T>(question: () => Promise<T>): Promise<T> => {
  const deadlineMs = Date.now() + 10_000
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (!(error instanceof FloorwatchError && error.retriable) || Date.now() > deadlineMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Takes the shard and commits once, so that Redis knows the scripts and a lost reply is that of a commit carried out. */
const takeAndCommit = async (store: StateStore) => {
  const { epoch } = await store.takeShard(SHARD, NOW_MS)
  expect(await store.commit(SHARD, commitOf(epoch, ['', 'first'], {}))).toBe('committed')
  return epoch
}

const countCommits = async (admin: Redis): Promise<number> => admin.llen(`${keyPrefix}:{${SHARD}}:chain`)

describe('lost replies', () => {
  it('R1 R2: a commit whose reply is lost as the connection drops is of unknown outcome at once, and stands once', async () => {
    const proxy = await openProxy()
    const store = await openStore(proxy.url, 60_000)
    const epoch = await takeAndCommit(store)
    const commit = commitOf(epoch, ['first', 'a'], { cells: { s: { f: '1' } } })
    proxy.holdReplies()
    const pending = store.commit(SHARD, commit)
    const admin = openAdmin()
    await expect.poll(() => countCommits(admin)).toBe(2)
    const cutMs = performance.now()
    proxy.cut()
    await expect(pending).rejects.toMatchObject({ code: 'redis-outcome-unknown', retriable: true })
    expect(performance.now() - cutMs).toBeLessThan(10_000)
    proxy.releaseReplies()
    expect(await untilAnswered(() => store.lastCommitId(SHARD))).toBe('a')
    expect(await store.commit(SHARD, commit)).toBe('committed')
    expect(await countCommits(admin)).toBe(2)
  })

  it('R2: a commit whose reply never comes on a connection that stays open is of unknown outcome after the timeout', async () => {
    const proxy = await openProxy()
    const store = await openStore(proxy.url)
    const epoch = await takeAndCommit(store)
    proxy.holdReplies()
    const pending = store.commit(SHARD, commitOf(epoch, ['first', 'a'], {}))
    await expect(pending).rejects.toMatchObject({ code: 'redis-outcome-unknown' })
    proxy.cut()
    proxy.releaseReplies()
    expect(await untilAnswered(() => store.lastCommitId(SHARD))).toBe('a')
  })

  it('R3: a late reply to one commit is not taken for the reply to the next', async () => {
    const proxy = await openProxy()
    const store = await openStore(proxy.url)
    const epoch = await takeAndCommit(store)
    proxy.holdReplies()
    const first = store.commit(SHARD, commitOf(epoch, ['first', 'a'], {}))
    await expect(first).rejects.toMatchObject({ code: 'redis-outcome-unknown' })
    const second = store.commit(SHARD, commitOf(epoch, ['never', 'b'], {}))
    proxy.releaseReplies()
    expect(await second).toBe('diverged')
    expect(await store.lastCommitId(SHARD)).toBe('a')
  })

  it('of two owners that load a shard at once, the one whose epoch was passed meanwhile is told so', async () => {
    const stores = [await openStore(), await openStore()]
    const [first] = stores as [StateStore, StateStore]
    const { epoch } = await first.takeShard(SHARD, NOW_MS)
    const cells = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`s${i}`, { f: '1' }]))
    await first.commit(SHARD, commitOf(epoch, ['', 'a'], { cells }))
    const loads = await Promise.allSettled(stores.map((store) => store.takeShard(SHARD, NOW_MS)))
    expect(loads.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const refused = loads.find((load) => load.status === 'rejected')
    expect(refused?.reason).toMatchObject({ code: 'redis-unavailable', retriable: true })
  })

  it('a commit that arrives after the shard was taken again is fenced', async () => {
    const [slow, successor] = [await openStore(), await openStore()]
    const { epoch } = await slow.takeShard(SHARD, NOW_MS)
    const { epoch: newer } = await successor.takeShard(SHARD, NOW_MS)
    expect(await slow.commit(SHARD, commitOf(epoch, ['', 'late'], {}))).toBe('fenced')
    expect(await successor.commit(SHARD, commitOf(newer, ['', 'a'], {}))).toBe('committed')
  })
})

describe('a Redis that goes away', () => {
  it('R4 R5: a commit while disconnected fails at once, is known not to stand, and never runs later', async () => {
    const proxy = await openProxy()
    const store = await openStore(proxy.url)
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    proxy.cut()
    await expect
      .poll(() => store.lastCommitId(SHARD).catch((error: Error) => error.message))
      .toContain('not connected')
    const commit = store.commit(SHARD, commitOf(epoch, ['', 'a'], {}))
    await expect(commit).rejects.toMatchObject({ code: 'redis-unavailable', retriable: true })
    expect(await untilAnswered(() => store.lastCommitId(SHARD))).toBe('')
    expect(await countCommits(openAdmin())).toBe(0)
  })

  it('R10: after a restart that forgot the scripts the same store goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'floorwatch-redis-'))
    const settings = { appendfsync: 'always' }
    await redis.stop()
    redis = await startRedis({ folder, settings })
    closing.push(() => rm(folder, { recursive: true, force: true }))
    const store = await openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], { cells: { s: { f: '1' } } }))
    await redis.stop()
    redis = await startRedis({ folder, settings, port: redis.port })
    expect(await untilAnswered(() => store.lastCommitId(SHARD))).toBe('a')
    expect(await untilAnswered(() => store.commit(SHARD, commitOf(epoch, ['a', 'b'], {})))).toBe('committed')
    const changes = await untilAnswered(() => store.readChanges(SHARD, { sinceId: '', wanted: () => true }))
    expect([changes.lastId, plainCells(changes.cells)]).toEqual(['b', { s: { f: '1' } }])
  })

  it('R10: scripts flushed in operation are sent again', async () => {
    const store = await openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], {}))
    await openAdmin().script('FLUSH')
    expect(await store.commit(SHARD, commitOf(epoch, ['a', 'b'], {}))).toBe('committed')
  })

  it('F4: a hung Redis is an outage after the timeout, and serves again when it wakes', async () => {
    const proxy = await openProxy()
    const store = await openStore(proxy.url)
    proxy.holdReplies()
    await expect(store.readSubjects(SHARD, ['x'])).rejects.toMatchObject({ code: 'redis-unavailable' })
    proxy.releaseReplies()
    expect((await untilAnswered(() => store.readSubjects(SHARD, ['x']))).size).toBe(0)
  })

  it('nothing half-connected is handed out: an absent Redis is an outage that names host and port', async () => {
    await redis.stop()
    await expect(openStore()).rejects.toMatchObject({
      code: 'redis-unavailable',
      message: expect.stringContaining(`127.0.0.1:${redis.port}: connect ECONNREFUSED`),
    })
  })
})

describe('a Redis that may not be written', () => {
  it('R6: on a read-only replica a commit is refused, known not to stand, and works again after promotion', async () => {
    const admin = openAdmin()
    const store = await openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], { cells: { s: { f: '1' } } }))
    await admin.replicaof('127.0.0.1', '1')
    const refused = store.commit(SHARD, commitOf(epoch, ['a', 'b'], { cells: { s: { f: '2' } } }))
    await expect(refused).rejects.toMatchObject({
      code: 'redis-unavailable',
      message: expect.stringContaining('READONLY'),
    })
    await admin.replicaof('NO', 'ONE')
    const again = commitOf(epoch, ['a', 'b'], { cells: { s: { f: '3' } } })
    expect(await untilAnswered(() => store.commit(SHARD, again))).toBe('committed')
    expect(plainCells((await store.takeShard(SHARD, NOW_MS)).cells)).toEqual({ s: { f: '3' } })
  })

  it('F4: at its memory limit Redis refuses a commit whole', async () => {
    const admin = openAdmin()
    const store = await openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    const changes = { cells: { s: { f: '1', g: null }, t: { f: '1' } }, subjects: { x: '1' } }
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], changes))
    await admin.config('SET', 'maxmemory', '1')
    const next = {
      cells: { t: null, s: { f: '2', g: '2' } },
      subjects: { x: null, y: '2' },
      open: { x: '2' },
    }
    const refused = store.commit(SHARD, commitOf(epoch, ['a', 'b'], next))
    await expect(refused).rejects.toMatchObject({
      code: 'redis-unavailable',
      message: expect.stringContaining('OOM'),
    })
    await admin.config('SET', 'maxmemory', '0')
    const state = await store.takeShard(SHARD, NOW_MS)
    expect([state.lastId, plainCells(state.cells)]).toEqual(['a', { s: { f: '1' }, t: { f: '1' } }])
    expect([...(await store.readSubjects(SHARD, ['x', 'y'])).keys()]).toEqual(['x'])
  })

  it.each(['allkeys-lru', 'volatile-ttl'])(
    'R13: maxmemory-policy %s is refused, with what to set',
    async (policy) => {
      await openAdmin().config('SET', 'maxmemory-policy', policy)
      await expect(openStore()).rejects.toMatchObject({
        code: 'redis-policy-refused',
        retriable: false,
        message: expect.stringMatching(new RegExp(`${policy}.*CONFIG SET maxmemory-policy noeviction`)),
      })
    },
  )

  it('R13 F3: after FLUSHALL the former owner is fenced, and a new one finds an empty shard and a new epoch', async () => {
    const store = await openStore()
    const { epoch } = await store.takeShard(SHARD, NOW_MS)
    await store.commit(SHARD, commitOf(epoch, ['', 'a'], { cells: { s: { f: '1' } } }))
    await openAdmin().flushall()
    expect(await store.commit(SHARD, commitOf(epoch, ['a', 'b'], {}))).toBe('fenced')
    const state = await store.takeShard(SHARD, NOW_MS)
    expect([state.lastId, state.head, state.cells.size, state.epoch.nonce === epoch.nonce]).toEqual([
      '',
      null,
      0,
      false,
    ])
  })
})

describe('secrets', () => {
  it('neither errors nor the log carry the password or the values of a command', async () => {
    const secret = `secret-${randomUUID()}`
    await openAdmin().config('SET', 'requirepass', secret)
    const wrong = openStore(`redis://:wrong-${secret}@127.0.0.1:${redis.port}`)
    const refused = await wrong.catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'redis-unavailable',
      message: expect.stringContaining('WRONGPASS'),
    })
    const store = await openStore(`redis://:${secret}@127.0.0.1:${redis.port}`)
    const failed = await store.checkIdentity('personal-data').then(
      () => store.commit(SHARD, commitOf({ counter: 1, nonce: 'x' }, ['', 'a'], {})),
      (error: unknown) => error,
    )
    expect(failed).toBe('fenced')
    const told = JSON.stringify(
      [refused, (refused as Error).message, (refused as Error).cause, logged],
      replaceErrors,
    )
    expect(told).not.toContain(secret)
    expect(Object.keys((refused as Error).cause as object)).toEqual([])
  })
})

const replaceErrors = (_key: string, value: unknown): unknown =>
  value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value
