import { connect } from 'node:net'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { GivenAnswer } from '../../src/wallboard/answers.ts'
import type { WallboardLimits } from '../../src/wallboard/limits.ts'
import { createWallboard, type Wallboard } from '../../src/wallboard/server.ts'
import { openEvents } from './event-reader.ts'
import { createFakeSnapshots, createManualClock, makeSnapshot, snapshotKey } from './fake-snapshots.ts'
import { buildPageForTest } from './wallboard-page.ts'

const startMs = Date.UTC(2026, 5, 1, 10, 0, 0)
const opened: { close(): unknown }[] = []
let pageDir: URL

beforeAll(async () => {
  pageDir = await buildPageForTest()
})

afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource.close()
})

async function openWallboard(
  limits: Partial<WallboardLimits> = {},
  answers: Readonly<Record<string, GivenAnswer>> = {},
) {
  const snapshots = createFakeSnapshots()
  const clock = createManualClock(startMs)
  const options = {
    port: 0,
    snapshots,
    clock,
    mode: { demo: true },
    buildId: 'build-1',
    zone: 'UTC',
    pageDir,
  }
  const wallboard = await createWallboard({ ...options, answers, limits: { frameEveryMs: 20, ...limits } })
  opened.push(wallboard)
  const put = (scope: Readonly<Record<string, string>>, value: number): void => {
    const metrics = { waitingNow: { value, unit: 'count', n: value } }
    const shape = { scope, window: 'now', asOfMs: clock.now(), metrics }
    snapshots.put(snapshotKey(shape), makeSnapshot(shape))
  }
  return { wallboard, snapshots, clock, put }
}

async function readEvents(wallboard: Wallboard) {
  const reader = await openEvents(`${wallboard.url}/events`)
  opened.push(reader)
  return reader
}

test('a stream begins with hello and the whole board, then brings what changed', async () => {
  const { wallboard, put, snapshots } = await openWallboard()
  put({}, 3)
  put({ queueId: 'billing' }, 2)
  const events = await readEvents(wallboard)
  const hello = await events.next('hello')
  expect(hello.data).toMatchObject({ buildId: 'build-1', demo: true, zone: 'UTC', intervalMs: 5_000 })
  const whole = await events.next('snapshots')
  expect(whole.data.full).toBe(true)
  expect(Object.keys(whole.data.set)).toEqual(['default||now', 'default|queueId=billing|now'])
  put({ queueId: 'billing' }, 5)
  snapshots.putRaw('default||now', null)
  const change = await events.next('snapshots')
  expect(change.data).toMatchObject({ full: false, gone: ['default||now'] })
  expect(change.data.set['default|queueId=billing|now'].metrics.waitingNow.value).toBe(5)
  expect(Number(change.id)).toBeGreaterThan(Number(whole.id))
})

test('a retry pause with jitter comes with the stream', async () => {
  const { wallboard } = await openWallboard({ retryMs: 1_000 })
  const events = await readEvents(wallboard)
  await events.next('hello')
  expect(events.retryMs()).toBeGreaterThanOrEqual(1_000)
  expect(events.retryMs()).toBeLessThanOrEqual(2_000)
})

test('answers of others stand before its own, and are told what the wall knows of itself', async () => {
  const { wallboard } = await openWallboard(
    {},
    {
      '/readyz': async (wall) => ({ status: 503, type: 'text/plain', body: JSON.stringify(wall) }),
      '/metrics': () => Promise.reject(new Error('no metric')),
    },
  )
  const ready = await fetch(`${wallboard.url}/readyz`)
  expect(ready.status).toBe(503)
  expect(ready.headers.get('content-type')).toBe('text/plain')
  expect(await ready.json()).toMatchObject({ status: 'no-snapshots', keys: 0, streams: 0 })
  const failed = await fetch(`${wallboard.url}/metrics`)
  expect([failed.status, await failed.json()]).toEqual([500, { error: 'Error: no metric' }])
  expect((await fetch(`${wallboard.url}/livez`)).status).toBe(200)
})

test('many changes between two frames are one frame', async () => {
  const { wallboard, put } = await openWallboard({ frameEveryMs: 150 })
  const events = await readEvents(wallboard)
  await events.next('snapshots')
  put({}, 0)
  await events.next('snapshots')
  const atMs = performance.now()
  for (let value = 1; value <= 50; value += 1) put({}, value)
  const frame = await events.next('snapshots')
  expect(performance.now() - atMs).toBeGreaterThan(100)
  expect(frame.data.set['default||now'].metrics.waitingNow.value).toBe(50)
})

test('a ping says the server time, as-of and watermark, and when each last moved', async () => {
  const { wallboard, put, clock, snapshots } = await openWallboard({ pingEveryMs: 30 })
  put({}, 1)
  clock.set(startMs + 2_000)
  const heartbeat = {
    asOf: new Date(startMs).toISOString(),
    watermark: new Date(startMs + 1_000).toISOString(),
  }
  snapshots.put('heartbeat', heartbeat)
  clock.set(startMs + 3_000)
  const events = await readEvents(wallboard)
  const { data } = await events.next('ping')
  expect(data.marks).toEqual({
    serverAtMs: startMs + 3_000,
    recordAtMs: startMs + 2_000,
    asOfMs: startMs,
    asOfMovedAtMs: startMs,
    watermarkMs: startMs + 1_000,
    watermarkMovedAtMs: startMs + 2_000,
  })
})

test('a record with a lower revision, or that is no JSON object, changes nothing', async () => {
  const { wallboard, snapshots, put } = await openWallboard()
  put({}, 7)
  snapshots.putRaw('default||now', '{"metrics":{}}', 0)
  snapshots.putRaw('default|queueId=x|now', 'no json')
  const { snapshots: found } = (await (await fetch(`${wallboard.url}/api/v1/snapshots`)).json()) as {
    snapshots: { metrics: { waitingNow: { value: number } } }[]
  }
  expect(found.map(({ metrics }) => metrics.waitingNow.value)).toEqual([7])
  const health = (await (await fetch(`${wallboard.url}/healthz`)).json()) as { dropped: unknown }
  expect(health.dropped).toEqual({ unreadable: 1, overLimit: 0 })
})

test('a snapshot laid out over several lines arrives whole', async () => {
  const { wallboard, snapshots, clock } = await openWallboard()
  const shape = { window: 'now', asOfMs: clock.now(), metrics: { waitingNow: { value: 4 } } }
  snapshots.putRaw(snapshotKey(shape), JSON.stringify(makeSnapshot(shape), null, 2))
  const events = await readEvents(wallboard)
  const { data } = await events.next('snapshots')
  expect(data.set['default||now'].metrics.waitingNow.value).toBe(4)
})

test('single agents stay off the stream, and stand in the API', async () => {
  const { wallboard, put } = await openWallboard()
  put({ agentId: 'anna' }, 1)
  const events = await readEvents(wallboard)
  expect((await events.next('snapshots')).data.set).toEqual({})
  const answer = await fetch(`${wallboard.url}/api/v1/snapshots?scope=agentId%3Danna&window=now`)
  expect(await answer.json()).toMatchObject({ snapshots: [{ scope: { agentId: 'anna' } }] })
})

test('the API narrows by scope and window and answers 304 until a record comes', async () => {
  const { wallboard, put } = await openWallboard()
  put({}, 1)
  put({ queueId: 'a b' }, 2)
  const url = `${wallboard.url}/api/v1/snapshots?scope=${encodeURIComponent('queueId=a b')}&window=now`
  const first = await fetch(url)
  expect(await first.json()).toMatchObject({
    asOf: '2026-06-01T10:00:00.000Z',
    snapshots: [{ scope: { queueId: 'a b' } }],
  })
  const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
  expect((await fetch(url, { headers })).status).toBe(304)
  put({}, 2)
  expect((await fetch(url, { headers })).status).toBe(200)
  expect(await (await fetch(`${wallboard.url}/api/v1/snapshots?scope=`)).json()).toMatchObject({
    snapshots: [{ scope: {} }],
  })
})

test('every answer carries the strict content policy, and only GET and HEAD are answered', async () => {
  const { wallboard } = await openWallboard()
  for (const path of ['/', '/page.js', '/page.css', '/favicon.svg', '/livez', '/nowhere']) {
    const answer = await fetch(`${wallboard.url}${path}`)
    expect(answer.status).toBe(path === '/nowhere' ? 404 : 200)
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    )
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  }
  const refused = await fetch(`${wallboard.url}/`, { method: 'POST' })
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  const head = await fetch(`${wallboard.url}/`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('the first load is at most 40 kB compressed, and an unchanged asset is not sent again', async () => {
  const { wallboard } = await openWallboard()
  let bytes = 0
  for (const path of ['/', '/page.js', '/page.css', '/favicon.svg']) {
    const answer = await fetch(`${wallboard.url}${path}`, { headers: { 'accept-encoding': 'gzip' } })
    bytes += Number(answer.headers.get('content-length'))
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' }
    expect((await fetch(`${wallboard.url}${path}`, { headers })).status).toBe(304)
  }
  expect(bytes).toBeLessThan(40_000)
})

test('it is alive at once, ready with the first snapshot, and not ready once they stop', async () => {
  const { wallboard, put, clock } = await openWallboard()
  const statusOf = async (path: string) => (await fetch(`${wallboard.url}${path}`)).status
  expect([await statusOf('/livez'), await statusOf('/readyz'), await statusOf('/healthz')]).toEqual([
    200, 503, 503,
  ])
  put({}, 1)
  expect([await statusOf('/readyz'), await statusOf('/healthz')]).toEqual([200, 200])
  clock.set(startMs + 25_001)
  expect([await statusOf('/livez'), await statusOf('/readyz')]).toEqual([200, 503])
})

test('a busy port is one line that names --port', async () => {
  const { wallboard, snapshots, clock } = await openWallboard()
  const port = Number(new URL(wallboard.url).port)
  const again = createWallboard({
    port,
    snapshots,
    clock,
    mode: { demo: true },
    buildId: 'b',
    zone: 'UTC',
    pageDir,
  })
  await expect(again).rejects.toMatchObject({
    code: 'port-busy',
    message: `port ${port} on 127.0.0.1 is busy: choose another with --port (demo, wallboard) or http.port`,
  })
})

test('a page that was never built is an error that says what to run', async () => {
  const options = {
    port: 0,
    snapshots: createFakeSnapshots(),
    clock: createManualClock(startMs),
    mode: { demo: true },
  }
  const made = createWallboard({
    ...options,
    buildId: 'b',
    zone: 'UTC',
    pageDir: new URL('nowhere/', pageDir),
  })
  await expect(made).rejects.toMatchObject({
    code: 'file-unreadable',
    message: expect.stringContaining('npm run build'),
  })
})

test('streams beyond the cap are answered 503 with a pause to keep', async () => {
  const { wallboard } = await openWallboard({ streamsMax: 1 })
  await readEvents(wallboard)
  const refused = await fetch(`${wallboard.url}/events`)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
})

test('a client that does not read is cut, and the others go on', async () => {
  const { wallboard, put } = await openWallboard({ unsentBytesMax: 10_000, frameEveryMs: 1 })
  const socket = connect(Number(new URL(wallboard.url).port), '127.0.0.1')
  opened.push({ close: () => socket.destroy() })
  socket.pause()
  const isCut = new Promise<void>((resolve) =>
    socket.on('error', () => resolve()).on('close', () => resolve()),
  )
  socket.write('GET /events HTTP/1.1\r\nHost: wall\r\n\r\n')
  const events = await readEvents(wallboard)
  await events.next('snapshots')
  const streams = async () =>
    ((await (await fetch(`${wallboard.url}/healthz`)).json()) as { streams: number }).streams
  await expect.poll(streams).toBe(2)
  for (let round = 0; round < 400 && (await streams()) === 2; round += 1)
    put({ queueId: 'q'.repeat(40_000) }, round)
  expect(await streams()).toBe(1)
  socket.resume()
  await isCut
  put({}, 1)
  expect((await events.next('snapshots')).data.full).toBe(false)
}, 20_000)

test('keys beyond the limit are dropped and counted', async () => {
  const { wallboard, put } = await openWallboard({ keysMax: 1 })
  put({}, 1)
  put({ queueId: 'one-too-many' }, 2)
  const health = await (await fetch(`${wallboard.url}/healthz`)).json()
  expect(health).toMatchObject({ keys: 1, dropped: { overLimit: 1 } })
})

test('closing ends open streams within a second, and twice is once', async () => {
  const { wallboard, put } = await openWallboard()
  const events = await readEvents(wallboard)
  await events.next('snapshots')
  const atMs = performance.now()
  await Promise.all([wallboard.close(), wallboard.close()])
  expect(performance.now() - atMs).toBeLessThan(1_000)
  await events.ended()
  put({}, 1)
  await expect(fetch(`${wallboard.url}/livez`)).rejects.toThrow()
})
