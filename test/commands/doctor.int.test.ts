import { afterEach, expect, test } from 'vitest'
import type { CheckLine } from '../../src/commands/check-lines.ts'
import type { RunningServer } from '../support/servers/server-process.ts'
import { startRedis } from '../support/servers.ts'
import { runCli } from './run-cli.ts'
import { openSurroundings } from './surroundings.ts'

let redis: RunningServer | undefined
afterEach(() => redis?.stop())

test('where all is well every line is ✓ and the exit code 0', async () => {
  const { env, names, makeTopics } = await openSurroundings()
  await makeTopics(2)
  const { code, stdout, stderr } = await runCli(['doctor'], { env })
  expect(stderr).toBe('')
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => !line.startsWith('✓'))).toEqual([])
  const told = ['configuration', 'kafka connection', `topic ${names.deadLetters}`, 'redis clock', 'registry']
  for (const name of told) expect(stdout).toContain(`✓ ${name}: `)
  expect(code).toBe(0)
})

test('missing topics and an evicting Redis are ✗ with the fix, what else is well stays ✓, exit 1', async () => {
  const { env, names } = await openSurroundings()
  redis = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } })
  const evicting = { ...env, FLOORWATCH_REDIS_URL: redis.address }
  const { code, stdout } = await runCli(['doctor', '--json'], { env: evicting })
  expect(code).toBe(1)
  const lines = JSON.parse(stdout) as CheckLine[]
  const lineOf = (name: string) => lines.find((line) => line.name === name)
  expect(lineOf(`topic ${names.input.ticket}`)).toMatchObject({ ok: false, detail: 'does not exist' })
  expect(lineOf('redis maxmemory-policy')).toMatchObject({
    ok: false,
    detail: 'allkeys-lru',
    fix: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
  })
  expect(lineOf('kafka connection')?.ok).toBe(true)
  expect(lineOf('redis connection')?.ok).toBe(true)
  expect(lines.every(({ ok, fix }) => ok === (fix === null))).toBe(true)
})

test('start refuses an evicting Redis with one line that says how to set it, exit 1', async () => {
  const { env, makeTopics } = await openSurroundings()
  await makeTopics(1)
  redis = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } })
  const { code, stderr } = await runCli(['start'], { env: { ...env, FLOORWATCH_REDIS_URL: redis.address } })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^floorwatch: Redis has maxmemory-policy allkeys-lru.*noeviction.*\n$/)
})

test('servers that are not there are a ✗ each, and the rest is looked at all the same', async () => {
  const { code, stdout } = await runCli(['doctor', '--json'], {
    env: {
      FLOORWATCH_KAFKA_BROKERS: '127.0.0.1:1',
      FLOORWATCH_REDIS_URL: 'redis://127.0.0.1:1',
      FLOORWATCH_REGISTRY_URL: 'http://127.0.0.1:1',
    },
  })
  expect(code).toBe(1)
  const bad = (JSON.parse(stdout) as CheckLine[]).filter(({ ok }) => !ok)
  expect(bad.map(({ name }) => name)).toEqual(['kafka connection', 'redis connection', 'registry'])
  expect(bad.every(({ fix }) => fix !== null)).toBe(true)
})
